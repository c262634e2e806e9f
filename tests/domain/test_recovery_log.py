"""What a sandbox server's log tells of its recovery."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_log import REACHED, explain, replayed_position, told_lines

MB = 1024 * 1024
START = "2026-11-22 12:00:00.000 UTC [42] "
ENDED_EARLY = f"{START}FATAL:  recovery ended before configured recovery target was reached\n"
NO_CHECKPOINT = (
    f"{START}LOG:  invalid checkpoint record\n"
    f"{START}FATAL:  could not locate required checkpoint record at 0/3000060\n"
    f'{START}HINT:  If you are restoring from a backup, touch "/d/recovery.signal" or "/d/standby.signal" '
    'and add required recovery options.\n\tIf you are not, try removing the file "/d/backup_label".\n'
)
LOG = f"""\
{START}LOG:  starting PostgreSQL 18.6
{START}LOG:  starting backup recovery with redo LSN 0/3000028, checkpoint LSN 0/3000080, on timeline ID 1
cp: cannot stat '/a/00000002.history': No such file or directory
{START}LOG:  starting point-in-time recovery to 2026-11-22 11:59:57.25+00
{START}LOG:  restored log file "000000010000000000000003" from archive
{START}LOG:  redo starts at 0/3000028
{START}LOG:  completed backup recovery with redo LSN 0/3000028 and end LSN 0/3000120
{START}LOG:  consistent recovery state reached at 0/3000120
{START}LOG:  restored log file "000000010000000000000004" from archive
{START}LOG:  redo in progress, elapsed time: 10.00 s, current LSN: 0/4000ABC
{START}LOG:  recovery stopping before commit of transaction 733, time 2026-11-22 11:59:58.000001+00
{START}LOG:  pausing at the end of recovery
{START}HINT:  Execute pg_wal_replay_resume() to promote.
"""


@pytest.mark.parametrize(
    ("log", "words"),
    [
        (ENDED_EARLY, "archive ended before the target"),
        (
            f"{START}FATAL:  requested recovery stop point is before consistent recovery point",
            "before the end",
        ),
        (
            f"{START}FATAL:  requested timeline 2 is not a child of this server's history",
            "path of the chosen",
        ),
        (f"{START}FATAL:  recovery target timeline 5 does not exist", "history file"),
        (NO_CHECKPOINT, "first WAL segment"),
        (
            f'{START}FATAL:  could not restore file "00000002.history" from archive: command not found',
            "restore command failed",
        ),
        (
            f'{START}FATAL:  archive file "000000010000000000000003" has wrong size: 1 instead of 16777216',
            "wrong size",
        ),
        (
            f"{START}FATAL:  recovery aborted because of insufficient parameter settings",
            "raised on the primary",
        ),
        (
            f"{START}WARNING:  hot standby is not possible because of insufficient parameter settings",
            "raised on the primary",
        ),
        (
            f"{START}FATAL:  hot standby is not possible because max_connections = 20 is a lower setting "
            "than on the master server (its value was 120)",
            "raised on the primary",
        ),
        (f"{START}FATAL:  this is an incremental backup, not a data directory", "incremental"),
        (f"{START}FATAL:  database files are incompatible with server", "another major version"),
        (f'{START}FATAL:  could not access file "nosuchlib": No such file or directory', "library"),
        (f'{START}FATAL:  could not write to file "x": No space left on device', "disk is full"),
    ],
)
def test_a_known_failure_is_explained_in_words_with_a_hint(log: str, words: str) -> None:
    found = explain(log)
    assert words in found.message
    assert found.hint
    # The server's hint would have people remove the backup_label, which ruins the copy.
    assert "backup_label" not in found.message + found.hint


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (
            f"{START}LOG:  WAL file is from different database system: WAL file database system identifier "
            "is 1, pg_control database system identifier is 2",
            "another database system",
        ),
        ("cp: error writing 'pg_wal/RECOVERYXLOG': No space left on device", "disk is full"),
    ],
)
@pytest.mark.parametrize("end", [ENDED_EARLY, NO_CHECKPOINT])
def test_the_cause_is_told_rather_than_what_came_of_it(cause: str, words: str, end: str) -> None:
    assert words in explain(f"{cause}\n{end}").message


def test_the_servers_last_severe_words_are_told_along() -> None:
    found = explain(f"{START}ERROR:  first\n{START}FATAL:  something new\n{START}LOG:  shut down\n")
    assert found.message == 'The server says: "something new".'
    assert found.hint


def test_a_silent_end_is_told_as_one() -> None:
    assert "without a word" in explain("").message


@given(st.text())
def test_any_log_is_explained_somehow(log: str) -> None:
    assert explain(log).message
    replayed_position(log, 16 * MB)
    told_lines(log)


def test_the_position_is_the_highest_one_told() -> None:
    assert replayed_position(LOG, 16 * MB) == Lsn.parse("0/4000ABC")
    assert replayed_position(LOG[: LOG.index("redo in progress")], 16 * MB) == Lsn.parse("0/4000000")
    assert replayed_position(f"{START}LOG:  starting", 16 * MB) is None


def test_the_position_depends_on_the_segment_size() -> None:
    log = f'{START}LOG:  restored log file "000000020000000100000003" from archive'
    assert replayed_position(log, 16 * MB) == Lsn.parse("1/3000000")
    assert replayed_position(log, MB) == Lsn.parse("1/300000")
    assert replayed_position(log, 1024 * MB) == Lsn.parse("1/C0000000")


def test_later_servers_write_positions_with_leading_zeros() -> None:
    log = f"{START}LOG:  redo in progress, elapsed time: 10.00 s, current LSN: 0/04000ABC"
    assert replayed_position(log, 16 * MB) == Lsn.parse("0/4000ABC")


def test_impossible_positions_are_passed_over() -> None:
    forged = "redo in progress, x, current LSN: 123456789/0\n"
    forged += 'restored log file "FFFFFFFFFFFFFFFFFFFFFFFF" from archive\n'
    assert replayed_position(forged, 16 * MB) is None


def test_the_course_is_told_without_prefixes() -> None:
    assert told_lines(LOG) == (
        "starting backup recovery with redo LSN 0/3000028, checkpoint LSN 0/3000080, on timeline ID 1",
        "starting point-in-time recovery to 2026-11-22 11:59:57.25+00",
        'restored log file "000000010000000000000003" from archive',
        "redo starts at 0/3000028",
        "consistent recovery state reached at 0/3000120",
        'restored log file "000000010000000000000004" from archive',
        "redo in progress, elapsed time: 10.00 s, current LSN: 0/4000ABC",
        "recovery stopping before commit of transaction 733, time 2026-11-22 11:59:58.000001+00",
        "pausing at the end of recovery",
    )
    assert REACHED in LOG
