"""Reads a server's configuration, and runs the statements that change it.

Imports psycopg through its neighbours: whatever the console needs before its first frame must not import it.
"""

import json
from collections.abc import Sequence
from typing import Any, cast

from pgtui.domain.server_configuration import FileLine, ServerConfiguration, SettingFact
from pgtui.postgres.catalog import query
from pgtui.postgres.connection import Connection

_Line = tuple[str | None, str | None, str | None, int | None, str]


async def read_configuration(connection: Connection) -> ServerConfiguration:
    """Ask a server for its settings about archiving, with every line of a file that sets them."""
    cursor = await connection.execute(query("configuration"))
    (text,) = cast("tuple[str]", await cursor.fetchone())
    told: dict[str, Any] = json.loads(text)
    lines: list[_Line] = []
    if told["sees_files"]:
        cursor = await connection.execute(query("configuration_lines"))
        lines = cast("list[_Line]", await cursor.fetchall())
    identifier = None
    if told["sees_identifier"]:
        cursor = await connection.execute(query("system_identifier"))
        row = await cursor.fetchone()
        identifier = str(row[0]) if row else None
    sockets = [each.strip() for each in (told["sockets"] or "").split(",") if each.strip()]
    return ServerConfiguration(
        version_num=told["version_num"],
        in_recovery=told["in_recovery"],
        is_superuser=told["is_superuser"],
        may_switch=told["may_switch"],
        may_make_restore_point=told["may_make_restore_point"],
        allows_alter_system=told["allows_alter_system"],
        user=told["user"],
        database=told["database"],
        encoding=told["encoding"],
        socket_directory=sockets[0].strip('"') if sockets else "",
        port=told["port"],
        config_file=told["config_file"],
        system_identifier=identifier,
        settings=tuple(_fact(each, lines) for each in told["settings"]),
        sees_files=told["sees_files"],
        waiting=tuple(told["waiting"]),
        errors=tuple(_line(each) for each in lines if each[4]),
    )


def _fact(told: dict[str, Any], lines: Sequence[_Line]) -> SettingFact:
    mine = tuple(_line(each) for each in lines if (each[0] or "").lower() == told["name"])
    return SettingFact(**told, lines=mine)


def _line(row: _Line) -> FileLine:
    _, value, file, number, error = row
    return FileLine(file or "", number or 0, value or "", error)


async def run_statements(
    connection: Connection, statements: Sequence[str]
) -> tuple[tuple[str | None, ...], ...]:
    """Run statements one by one, each by itself, and return the last one's rows as text."""
    rows: tuple[tuple[str | None, ...], ...] = ()
    for statement in statements:
        cursor = await connection.execute(statement.encode(errors="surrogateescape"))
        found = await cursor.fetchall() if cursor.description else []
        rows = tuple(tuple(None if v is None else str(v) for v in row) for row in found)
    return rows
