"""SQL text, and the session it is run in, as it is kept in plans: never a password."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SqlSession:
    """How psql reaches a server from where it runs, as its own account."""

    user: str
    database: str
    socket_directory: str
    """"" when the server listens in none: then over the loopback."""
    port: int


def psql_argv(program: str, session: SqlSession) -> tuple[str, ...]:
    """Return a psql call to which `-c STATEMENT` is to be added: it asks nothing and stops at an error."""
    return (
        program,
        *("-X", "-w", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1"),
        *("-h", session.socket_directory or "127.0.0.1", "-p", str(session.port)),
        *("-U", session.user, "-d", f"dbname={_in_conninfo(session.database)}"),
    )


def _in_conninfo(text: str) -> str:
    """Quote a value for a connection string: a name that holds `=` would be taken for one."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def literal(text: str) -> str:
    """Return an SQL string, whatever standard_conforming_strings is."""
    quoted = text.replace("'", "''")
    if "\\" not in quoted:
        return f"'{quoted}'"
    escaped = quoted.replace("\\", "\\\\")
    return f"E'{escaped}'"


def switch_query(version_num: int) -> str:
    """Return the query that finishes the current segment and tells its name.

    A message goes first: in a segment without any WAL a switch does nothing. From 17 on pg_walfile_name()
    takes a position at a segment's end for the next one's begin; before 14 one cannot be subtracted from.
    """
    end = "pg_switch_wal() - 1" if version_num >= 140000 else "pg_switch_wal()"
    return f"SELECT pg_walfile_name({end}) FROM pg_logical_emit_message(false, 'pgtui', 'switch')"


def settings_query(settings: tuple[tuple[str, str], ...]) -> str:
    """Return the query that tells which of these settings the server does not have, `name = value` a row.

    What archive_command is instead is not told: it may hold a secret.
    """
    wanted = ", ".join(f"({literal(name)}, {literal(value)})" for name, value in settings)
    return (
        "SELECT w.name || ' = ' || CASE w.name WHEN 'archive_command' THEN '(another one)' "
        "ELSE coalesce(s.reset_val, '') END "
        f"FROM (VALUES {wanted}) w (name, value) LEFT JOIN pg_settings s USING (name) "
        "WHERE s.reset_val IS DISTINCT FROM w.value"
    )


FILE_ERRORS = (
    "SELECT sourcefile || ':' || sourceline || ': ' || coalesce(name || ': ', '') || error "
    "FROM pg_file_settings WHERE error IS NOT NULL"
)
"""What is wrong in the configuration files, a row each."""
ARCHIVED = (
    "SELECT archived_count, failed_count, coalesce(last_archived_wal, ''), "
    "coalesce(last_failed_wal, '') FROM pg_stat_archiver"
)
"""How archiving stands."""
