"""Which settings are changed and what is said about it, and the SQL that does it."""

import pytest

from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.archiving_settings import (
    Change,
    change_findings,
    changes,
    needs_restart,
    setting_rows,
    setup_findings,
    wanted_settings,
)
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.safe_archive_command import safe_command
from pgtui.domain.server_configuration import FileLine, ServerConfiguration, SettingFact
from pgtui.domain.sql import SqlSession, literal, psql_argv, switch_query

BY_SQL, BY_FILE = SettingsMethod.ALTER_SYSTEM, SettingsMethod.CONFIGURATION_FILE
DRAFT = ArchiveDraft("c", "/archive")
RESTART = ("wal_level", "archive_mode", "max_wal_senders", "logging_collector")
DEFAULTS = {
    **{"wal_level": "replica", "archive_mode": "off", "archive_command": "", "archive_library": ""},
    **{"archive_timeout": "0", "max_wal_senders": "10", "logging_collector": "off"},
}


def fact(
    name: str, value: str, *lines: FileLine, source: str = "default", waits: bool = False
) -> SettingFact:
    context = "postmaster" if name in RESTART else "sighup"
    return SettingFact(name, value, context, source, waits, DEFAULTS[name], lines)


def told(*facts: SettingFact, **others: object) -> ServerConfiguration:
    """A default server's configuration, but for these facts."""
    own = {each.name: each for each in facts}
    values: dict[str, object] = {
        **{"version_num": 170000, "in_recovery": False, "is_superuser": True, "may_switch": True},
        **{"may_make_restore_point": True, "allows_alter_system": True, "user": "postgres"},
        **{"database": "postgres", "encoding": "UTF8", "socket_directory": "/run", "port": 5432},
        **{"config_file": "/c/postgresql.conf", "system_identifier": "7", "sees_files": True},
        "settings": tuple(own.get(name) or fact(name, value) for name, value in DEFAULTS.items()),
    }
    return ServerConfiguration(**{**values, **others})  # type: ignore[arg-type]


def found(configuration: ServerConfiguration, draft: ArchiveDraft = DRAFT) -> tuple[Change, ...]:
    return changes(configuration, wanted_settings(draft, configuration))


def names(configuration: ServerConfiguration, draft: ArchiveDraft = DRAFT) -> list[str]:
    return [change.fact.name for change in found(configuration, draft)]


def refusal(findings: tuple[Finding, ...]) -> Finding:
    (only,) = [finding for finding in findings if finding.severity is Severity.REFUSE]
    assert only.hint
    return only


@pytest.mark.parametrize(
    ("text", "quoted"), [("a", "'a'"), ("a'b", "'a''b'"), ("a\\'", "E'a\\\\'''"), ('$1 "%', "'$1 \"%'")]
)
def test_text_is_quoted_whatever_the_servers_settings_are(text: str, quoted: str) -> None:
    assert literal(text) == quoted


def test_psql_asks_nothing_and_takes_a_name_as_a_name() -> None:
    argv = psql_argv("psql", SqlSession("ann", "a=b host='evil' \\", "", 5433))
    assert {"-X", "-w", "ON_ERROR_STOP=1"} <= set(argv)
    assert argv[-1] == "dbname='a=b host=\\'evil\\' \\\\'"
    assert argv[argv.index("-h") + 1] == "127.0.0.1"


def test_a_position_is_subtracted_from_only_where_that_can_be_done() -> None:
    assert "pg_switch_wal() - 1" in switch_query(140000)
    assert "- 1" not in switch_query(130022)


def test_a_default_server_needs_mode_and_command() -> None:
    assert names(told()) == ["archive_mode", "archive_command"]
    assert needs_restart(found(told()))


def test_what_stands_in_the_way_is_changed_too() -> None:
    server = told(fact("wal_level", "minimal"), fact("archive_library", "basic_archive"))
    draft = ArchiveDraft("c", "/archive", timeout=60, keep_log=True)
    assert {change.fact.name: change.value for change in found(server, draft)} | {"archive_command": ""} == {
        **{"wal_level": "replica", "archive_mode": "on", "archive_library": "", "archive_command": ""},
        **{"archive_timeout": "60", "logging_collector": "on"},
    }
    words = " ".join(each.message for each in setup_findings(server, "/archive", found(server), None))
    assert "archive_library is replaced" in words
    assert "wal_level becomes replica" in words


def test_always_stays_always() -> None:
    line = FileLine("/c/postgresql.conf", 3, "always")
    assert names(told(fact("archive_mode", "always", line))) == ["archive_command"]


def test_a_value_that_waits_in_a_file_is_not_written_again() -> None:
    line = FileLine("/c/postgresql.conf", 3, "on")
    server = told(fact("archive_mode", "off", line, waits=True), waiting=("archive_mode",))
    mode = found(server)[0]
    assert (mode.fact.name, mode.is_to_be_written) == ("archive_mode", False)
    assert needs_restart(found(server))
    assert change_findings(server, BY_SQL, found(server)) == ()


def test_a_value_that_a_file_would_take_away_is_written() -> None:
    lines = (FileLine("/c/postgresql.conf", 3, "on"), FileLine("/d/postgresql.auto.conf", 3, "off"))
    server = told(fact("archive_mode", "on", *lines))
    assert found(server)[0].is_to_be_written
    assert not needs_restart(found(server))


@pytest.mark.parametrize(
    ("server", "method", "words"),
    [
        (told(fact("archive_mode", "off", source="command line")), BY_SQL, "command line, as 'off'"),
        (told(is_superuser=False), BY_SQL, "no superuser"),
        (told(allows_alter_system=False), BY_SQL, "allow_alter_system"),
        (told(errors=(FileLine("/c/x.conf", 7, "", "syntax error"),)), BY_SQL, "line 7 is wrong"),
        (
            told(fact("archive_mode", "off", FileLine("/d/postgresql.auto.conf", 3, "off"))),
            BY_FILE,
            "wins over postgresql.conf",
        ),
    ],
)
def test_what_cannot_be_changed_is_refused(
    server: ServerConfiguration, method: SettingsMethod, words: str
) -> None:
    assert words in refusal(change_findings(server, method, found(server))).message


@pytest.mark.parametrize("own", [True, False])
def test_a_command_of_others_is_never_shown(own: bool) -> None:
    # Nothing tells that this is a secret.
    command = safe_command("/old") if own else "/opt/push.sh hunter2 %p"
    server = told(fact("archive_command", command, source="command line"))
    message = refusal(change_findings(server, BY_SQL, found(server))).message
    (row,) = setting_rows(server, {"archive_command": safe_command("/new")})
    assert "hunter2" not in f"{message}{row}"
    assert ("as another command: no file" in message) is not own
    assert row.value == (command if own else "another command")
    assert row.changes


def test_what_the_command_line_has_right_is_left_alone() -> None:
    assert names(told(fact("archive_mode", "on", source="command line"))) == ["archive_command"]


def test_what_others_left_waiting_is_not_hidden() -> None:
    server = told(waiting=("archive_mode", "shared_buffers"))
    (warning,) = change_findings(server, BY_SQL, found(server))
    assert (warning.severity, "shared_buffers" in warning.message) == (Severity.WARN, True)
    reload_only = told(fact("archive_mode", "on"), waiting=("shared_buffers",))
    (note,) = change_findings(reload_only, BY_SQL, found(reload_only))
    assert note.severity is Severity.NOTE


@pytest.mark.parametrize(
    ("server", "directory", "words"),
    [(told(in_recovery=True), "/a", "is a standby"), (told(encoding="LATIN1"), "/ä", "LATIN1")],
)
def test_where_archiving_cannot_be_proved_it_is_not_set_up(
    server: ServerConfiguration, directory: str, words: str
) -> None:
    assert words in refusal(setup_findings(server, directory, found(server), None)).message


def test_what_to_know_is_told() -> None:
    old = "cp %p /old/%f && PUSH_TOKEN=s3cr3t push %f"
    server = told(fact("max_wal_senders", "0"), fact("archive_command", old))
    messages = [each.message for each in setup_findings(server, "/a", found(server), "/other/")]
    assert any("names another archive" in message for message in messages)
    assert any("max_wal_senders is 0" in message for message in messages)
    assert "archive_command is replaced. What was archived with it so far stays in /old." in messages
    assert not any("s3cr3t" in message for message in messages)
    assert setup_findings(told(), "/a", found(told()), "/a/") == ()
