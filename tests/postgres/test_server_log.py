"""Why archiving fails, read from logs in every form: as servers write them, cut anywhere, arbitrary."""

import csv
import io
import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_status import ArchiveFailure
from pgtui.domain.masked import masked
from pgtui.postgres.archive_log import LogText, failures, newest_failure
from pgtui.postgres.server_log import time_in

SEGMENT = "000000010000000000000003"
COMMAND = f'test ! -f "/a/{SEGMENT}" && cp "pg_wal/{SEGMENT}" "/a/{SEGMENT}"'
AT = "2026-07-01 12:00:07.123 UTC"
WHEN = datetime(2026, 7, 1, 12, 0, 7, 123000, UTC)


def stderr_log(words: str, what: str = "failed with exit code 1", severity: str = "LOG") -> str:
    return (
        "2026-07-01 12:00:06.000 UTC [40] LOG:  checkpoint complete: wrote 3 buffers (0.0%)\n"
        f"{words}"
        f"{AT} [12345] {severity}:  archive command {what}\n"
        f"{AT} [12345] DETAIL:  The failed archive command was: {COMMAND}\n"
    )


def only(path: str, text: str) -> ArchiveFailure:
    (found,) = failures(path, text)
    return found


@pytest.mark.parametrize(
    ("words", "code", "cause"),
    [
        ("cp: cannot create regular file '/a/x': Permission denied", 1, "may not write"),
        ("dd: error writing '/a/.x.tmp': No space left on device", 1, "is full"),
        ("cp: cannot create regular file '/a/x': No such file or directory", 1, "is missing"),
        ("cp: cannot create regular file '/a/x': Read-only file system", 1, "read-only"),
        ("cp: failed to access '/a/x': Not a directory", 1, "not a directory"),
        ("0003 exists with different contents", 11, "lies in the archive already"),
        ("archive /a not mounted", 10, "mark that shows"),
        ("sh: 1: archive-it: not found", 127, "was not found"),
        ("sh: 1: /opt/archive-it: Permission denied", 126, "may not be executed"),
        ("ssh: connect to host b port 22: Connection refused", 255, "refuses the connection"),
        ("ssh: connect to host b port 22: Connection timed out", 255, "not answer in time"),
        ("root@b: Permission denied (publickey,password).", 255, "let the server's account in"),
        ("ssh: Could not resolve hostname b: Name or service not known", 255, "cannot be resolved"),
        ("Segmentation fault", 139, "crashed (SIGSEGV)"),
        ("gurgle", 3, "a reason of its own"),
        ("", 1, "lies in the archive already"),
    ],
)
def test_the_cause_is_told_by_the_commands_own_words(words: str, code: int, cause: str) -> None:
    line = f"{words}\n" if words else ""
    found = only("log", stderr_log(line, f"failed with exit code {code}"))
    assert (found.segment, found.exit_code, found.signal, found.when) == (SEGMENT, code, None, WHEN)
    assert found.words == (words or f"archive command failed with exit code {code}")
    assert cause in found.cause
    assert found.hint
    assert found.meaning


def test_a_signal_is_told_from_an_exit_code() -> None:
    found = only("log", stderr_log("", "was terminated by signal 9: Killed", "FATAL"))
    assert (found.exit_code, found.signal) == (None, 9)
    assert "SIGKILL" in found.meaning
    assert "killed" in found.cause


@pytest.mark.parametrize(
    "prefix", ["", "%", "db=x,user=y ", "[%] app LOG [7] ", "<a> 99 b ", "{}: ", "\\d+ "]
)
def test_any_prefix_will_do(prefix: str) -> None:
    text = (
        f"cp: gone\n{prefix}LOG:  archive command failed with exit code 2\n"
        f"{prefix}DETAIL:  The failed archive command was: cp {SEGMENT}\n"
    )
    found = only("log", text)
    assert (found.segment, found.exit_code, found.words, found.when) == (SEGMENT, 2, "cp: gone", None)


def test_words_are_found_behind_messages_of_other_sessions() -> None:
    between = "2026-07-01 12:00:07.000 UTC [77] LOG:  statement: select '\n\tcp: no words of a command\n\t'\n"
    found = only("log", stderr_log("cp: the words\n" + between))
    assert found.words == "cp: the words"


def test_words_of_an_older_failure_are_not_taken_for_those_of_a_newer_one() -> None:
    older, newer = failures("log", stderr_log("cp: old words\n") + stderr_log(""))
    assert older.words == "cp: old words"
    assert newer.words == "archive command failed with exit code 1"


def test_giving_up_repeats_the_failure_before_it() -> None:
    gave_up = (
        f'2026-07-01 12:00:09.500 UTC [12345] WARNING:  archiving write-ahead log file "{SEGMENT}" failed too'
        " many times, will try again later\n"
    )
    found = only("log", stderr_log("cp: the words\n") + gave_up)
    assert (found.words, found.exit_code) == ("cp: the words", 1)
    assert found.when == datetime(2026, 7, 1, 12, 0, 9, 500000, UTC)
    alone = only("log", gave_up)
    assert (alone.segment, alone.exit_code) == (SEGMENT, None)


def test_giving_up_tells_the_name_that_the_command_does_not() -> None:
    at = "2026-07-01 12:00:09.500 UTC [12345]"
    text = (
        "push: No space left on device\n"
        f"{at} LOG:  archive command failed with exit code 1\n"
        f"{at} DETAIL:  The failed archive command was: push\n"
        f'{at} WARNING:  archiving write-ahead log file "{SEGMENT}" failed too many times, will try again'
        " later\n"
    )
    found = only("log", text)
    assert (found.segment, found.exit_code) == (SEGMENT, 1)
    assert found.words == "push: No space left on device"
    assert "is full" in found.cause
    other = text.replace("was: push", "was: push 000000010000000000000009")
    assert [each.segment for each in failures("log", other)] == ["000000010000000000000009", SEGMENT]


def test_a_command_of_several_lines_still_tells_its_segment() -> None:
    text = (
        f"{AT} [9] LOG:  archive command failed with exit code 1\n"
        f"{AT} [9] DETAIL:  The failed archive command was: set -e\n\tcp pg_wal/{SEGMENT} /a/{SEGMENT}\n"
    )
    assert only("log", text).segment == SEGMENT


def test_an_archive_library_is_known_by_its_process() -> None:
    text = (
        f'{AT} [88] FATAL:  could not access file "no_lib": No such file or directory\n'
        f'{AT} [77] FATAL:  role "x" does not exist\n'
        f"{AT} [1] LOG:  archiver process (PID 88) exited with exit code 1\n"
    )
    found = only("log", text)
    assert (found.exit_code, found.signal) == (None, None)
    assert "archive_library" in found.cause
    assert 'could not access file "no_lib"' in found.words


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ('WARNING:  "archive_mode" enabled, yet archiving is not configured', "nothing tells how"),
        ("WARNING:  archive_mode enabled, yet archive_command is not set", "nothing tells how"),
        ('FATAL:  both "archive_command" and "archive_library" set', "both set"),
    ],
)
def test_settings_that_cannot_work_are_causes_too(message: str, cause: str) -> None:
    assert cause in only("log", f"{AT} [88] {message}\n").cause


def csv_log(*, code: int = 1, columns: int = 26) -> str:
    rows = io.StringIO()
    write = csv.writer(rows, lineterminator="\n")
    other = [AT, "u", "d", "7", "", "s", "1", "SELECT", AT, "", "0", "ERROR", "42P01", 'say, "x"\nLOG:  y']
    write.writerow([*other, *[""] * (columns - len(other))])
    mine = [AT, "", "", "88", "", "s", "2", "", AT, "", "0", "LOG", "00000"]
    mine += [f"archive command failed with exit code {code}", f"The failed archive command was: {COMMAND}"]
    mine += [""] * 8 + ["archiver", "", "0"]
    write.writerow(mine[:columns])
    return rows.getvalue()


def json_log(*, code: int = 1) -> str:
    record = {
        "timestamp": AT,
        "pid": 88,
        "error_severity": "LOG",
        "message": f"archive command failed with exit code {code}",
        "detail": f"The failed archive command was: {COMMAND}",
        "backend_type": "archiver",
    }
    return json.dumps({"message": "x", "pid": []}) + "\n" + json.dumps(record) + "\n[1]\n"


@pytest.mark.parametrize("columns", [23, 24, 26])
def test_csvlog_is_read_in_every_width(columns: int) -> None:
    found = only("log/pg.csv", csv_log(columns=columns))
    assert (found.segment, found.exit_code, found.when) == (SEGMENT, 1, WHEN)


def test_a_tail_may_begin_and_end_in_the_middle() -> None:
    text = csv_log()
    for cut in range(0, text.index("\n") + 1, 7):
        assert len(failures("a.csv", text[cut:])) == 1
    assert failures("a.csv", text + text[:40])[-1].segment == SEGMENT


def test_jsonlog_is_read() -> None:
    found = only("log/pg.json", json_log(code=127))
    assert (found.segment, found.exit_code, found.when) == (SEGMENT, 127, WHEN)
    assert "not found" in found.cause


@pytest.mark.parametrize(("path", "text"), [("l/pg.csv", csv_log()), ("l/pg.json", json_log())])
def test_the_words_come_from_the_file_beside(path: str, text: str) -> None:
    raw = "cp: cannot create '/a': No space left on device\n"
    found = newest_failure([LogText("l/pg.log", raw, WHEN), LogText(path, text, WHEN)])
    assert found is not None
    assert found.words == raw.strip()
    assert "full" in found.cause


def test_words_that_were_printed_long_before_are_not_the_cause() -> None:
    old = datetime(2026, 7, 1, 11, 0, tzinfo=UTC)
    found = newest_failure(
        [LogText("pg.log", "cp: old: No space left on device\n", old), LogText("pg.csv", csv_log(), WHEN)]
    )
    assert found is not None
    assert "full" not in found.cause


def test_the_newest_failure_of_all_files_counts_with_its_words() -> None:
    newer = stderr_log("cp: the words\n").replace("12:00:07", "12:00:08")
    logs = [LogText("pg.log", newer, WHEN), LogText("pg.csv", csv_log(), WHEN)]
    for order in (logs, logs[::-1]):
        found = newest_failure(order)
        assert found is not None
        assert found.words == "cp: the words"
    assert newest_failure([]) is None
    assert newest_failure([LogText("x", "nothing of interest\n")]) is None


@pytest.mark.parametrize(
    ("secret", "text"),
    [
        ("s3cr3t", "sh: PGPASSWORD=s3cr3t: bad"),
        ("s3cr3t", "run --password=s3cr3t --x"),
        ("s3cr3t", "run --password s3cr3t --x"),
        ("two words", "AWS_SECRET_ACCESS_KEY='two words' aws s3 cp"),
        ("s3cr3t", "curl -u me:s3cr3t https://host"),
        ("s3cr3t", "curl https://me:s3cr3t@host/x"),
        ("s3cr3t", "sshpass -p s3cr3t rsync"),
        ("s3cr3t", "Authorization: Bearer s3cr3t"),
        ("s3cr3t", '{"token": "s3cr3t"}'),
    ],
)
def test_secrets_are_masked(secret: str, text: str) -> None:
    found = only("log", stderr_log(f"{text}\n"))
    assert secret not in found.words
    assert "***" in found.words
    assert secret not in repr(found)


def test_plain_words_stay_as_they_are() -> None:
    words = "FATAL: password authentication failed for user x; secret santa: cp -u a:b /c"
    assert (
        masked("cp: cannot stat '/tokens/a b': No such file") == "cp: cannot stat '/tokens/a b': No such file"
    )
    assert "password authentication failed" in masked(words)


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("2026-07-01 12:00:07.123 UTC [1] ", WHEN),
        ("2026-07-01 14:00:07.123 CEST [1] ", WHEN),
        ("2026-07-01 17:30:07.123 +0530 [1] ", WHEN),
        ("2026-07-01 09:00:07.123 -03 [1] ", WHEN),
        ("1782907207.123 ", WHEN),
        ("2026-07-01 10:00:00 UTC 2026-07-01 12:00:07.123 UTC", WHEN),
        ("2026-07-01 12:00:07.123 XYZ ", None),
        ("2026-13-41 12:00:07.123 UTC ", None),
        ("[12] user@db ", None),
    ],
)
def test_the_time_of_a_prefix(prefix: str, expected: datetime | None) -> None:
    assert time_in(prefix) == expected


def test_a_hostile_log_is_shown_as_it_is_and_harms_nobody() -> None:
    found = only("log", stderr_log("cp: '/a\x1b[31m[red]$(x)\x00': No space left on device\n"))
    assert "[red]$(x)" in found.words
    assert "full" in found.cause


PIECES = st.sampled_from(
    [
        *(stderr_log("cp: x\n"), csv_log(), json_log(), AT, "\t", "\n", '"', ",", "{", "LOG:  ", "DETAIL:  "),
        *("archive command failed with exit code 99999999999", "archiver process (PID 1) exited", "\0", "\r"),
        *("+99:99", "9999-12-31 23:59:59.999 -12 LOG:  ", "0001-01-01 00:00:00 +14 LOG:  ", SEGMENT),
    ]
)


@given(
    st.sampled_from(["a.log", "a.csv", "a.json", ""]),
    st.lists(PIECES | st.text(max_size=30), max_size=12),
    st.integers(0, 400),
)
def test_no_text_at_all_makes_it_raise(path: str, pieces: list[str], cut: int) -> None:
    text = "".join(pieces)[cut:]
    for failure in failures(path, text):
        assert failure.words
        assert failure.cause
    newest_failure([LogText(path, text), LogText("b.log", text), LogText("b.csv", text)])


@given(
    st.text("abcXYZ0189$()[];:/@=", min_size=4, max_size=40), st.sampled_from(["PGPASSWORD={}", "--token={}"])
)
def test_no_value_of_a_secret_is_left(value: str, form: str) -> None:
    secret = f"§{value}"
    assert secret not in masked(f"x {form.format(secret)} y")
