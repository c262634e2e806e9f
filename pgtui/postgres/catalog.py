"""What the catalogs tell, as values. PostgreSQL 13 to 18; each query file is for its version and newer.

Imports psycopg: whatever the console needs before its first frame must not import this module.
"""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import LiteralString, TypeVar, cast

from psycopg import errors
from psycopg.rows import class_row

from pgtui.domain.cluster import (
    ArchiverState,
    ChangedSetting,
    ClusterFacts,
    Database,
    Extension,
    Relation,
    Role,
    Schema,
    Tablespace,
)
from pgtui.domain.errors import QueryFailed
from pgtui.domain.lsn import Lsn
from pgtui.domain.server_version import ServerVersion
from pgtui.postgres.connection import Connection

R = TypeVar("R")
Row = tuple[object, ...]

MOST_MEASURED = 5_000
"""Relations of a schema whose files are measured; in a larger one sizes come from the catalog."""
_MEASURING_LIMIT, _SIZES_LIMIT = "2s", "5s"
_LOCK_LIMIT = "500ms"
BATCH = 500
"""Rows made into values before others get a turn."""

_KINDS = {
    "r": "table",
    "p": "partitioned table",
    "v": "view",
    "m": "materialized view",
    "S": "sequence",
    "f": "foreign table",
    "i": "index",
    "I": "partitioned index",
}


@cache
def query(name: str, version: int = 0) -> LiteralString:
    """Return the text of a query: of its files, the newest that this server version knows."""
    pattern = re.compile(rf"{re.escape(name)}(?:_(\d+))?\.sql")
    folder = files("pgtui.postgres") / "queries"
    found = {int(m[1] or 0): entry for entry in folder.iterdir() if (m := pattern.fullmatch(entry.name))}
    newest = max(number for number in found if number <= version)
    return found[newest].read_text(encoding="utf-8")


async def _rows(connection: Connection, kind: type[R], name: str, version: int = 0) -> tuple[R, ...]:
    """Ask for rows that are made into values of a kind, field by field of the same name."""
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query(name, version))
        return tuple(await cursor.fetchall())


async def _tuples(connection: Connection, name: str) -> list[Row]:
    async with connection.cursor() as cursor:
        await cursor.execute(query(name))
        return await cursor.fetchall()


async def _value(connection: Connection, name: str) -> object:
    """The one value of a query; None when it has no row, or when the role may not ask."""
    try:
        rows = await _tuples(connection, name)
    except errors.InsufficientPrivilege:
        return None
    return rows[0][0] if rows else None


@dataclass(frozen=True)
class _Identity:
    taken: datetime
    version_num: int
    version_text: str
    in_recovery: bool
    started: datetime
    wal_level: str
    wal_segment_size: int
    time_zone: str
    data_directory: str | None
    role: str


@dataclass(frozen=True)
class _Database:
    oid: int
    name: str
    owner: str
    encoding: str
    collation: str
    allows_connections: bool
    is_template: bool


@dataclass(frozen=True)
class _Tablespace:
    oid: int
    name: str
    location: str


async def read_facts(connection: Connection) -> ClusterFacts:
    """Ask a server for all that it tells of itself; what the role may not know is None."""
    (identity,) = await _rows(connection, _Identity, "identity")
    identifier = await _value(connection, "system_identifier")
    position = await _value(connection, "position")
    timeline = await _value(connection, "timeline_standby" if identity.in_recovery else "timeline_primary")
    databases = await _databases(connection, identity.version_num)
    sizes = await _sizes(connection, "database_sizes")
    spaces = await _rows(connection, _Tablespace, "tablespaces")
    space_sizes = await _sizes(connection, "tablespace_sizes")
    known = [sizes.get(database.oid) for database in databases]
    whole = sum(size for size in known if size is not None) if sizes and None not in known else None
    return ClusterFacts(
        taken=identity.taken,
        version=ServerVersion(identity.version_num),
        version_text=identity.version_text,
        system_identifier=cast("str | None", identifier),
        in_recovery=identity.in_recovery,
        timeline=cast("int | None", timeline),
        current_lsn=Lsn.parse(position) if isinstance(position, str) else None,
        wal_level=identity.wal_level,
        wal_segment_size=identity.wal_segment_size,
        time_zone=identity.time_zone,
        archiver=await read_archiver(connection),
        data_directory=identity.data_directory,
        started=identity.started,
        size=whole,
        tablespaces=tuple(Tablespace(t.oid, t.name, t.location, space_sizes.get(t.oid)) for t in spaces),
        databases=tuple(replace(d, size=sizes.get(d.oid)) for d in databases),
        roles=await _rows(connection, Role, "roles"),
        extensions=await _rows(connection, Extension, "extensions"),
        changed_settings=await _rows(connection, ChangedSetting, "changed_settings"),
        missing_privileges=_missing(identity, identifier, timeline, sizes, known, space_sizes),
    )


async def read_archiver(connection: Connection) -> ArchiverState:
    """Return the settings of archiving and what became of it so far."""
    (archiver,) = await _rows(connection, ArchiverState, "archiver")
    return archiver


def _missing(
    identity: _Identity,
    identifier: object,
    timeline: object,
    sizes: dict[int, int | None],
    known: Sequence[int | None],
    space_sizes: dict[int, int | None],
) -> tuple[str, ...]:
    """Say what could not be seen, and which grant would show it."""
    grant = f"GRANT pg_monitor TO {identity.role} shows"
    sentences: list[str] = []
    if identity.data_directory is None:
        sentences.append(f"The data directory and the files of the settings are hidden: {grant} them.")
    if identifier is None:
        sentences.append(
            "The system identifier is hidden: "
            f"GRANT EXECUTE ON FUNCTION pg_control_system() TO {identity.role} shows it."
        )
    if timeline is None:
        functions = "pg_control_checkpoint(), pg_control_recovery()"
        sentences.append(
            f"The timeline is hidden: GRANT EXECUTE ON FUNCTION {functions} TO {identity.role} shows it."
        )
    if not sizes:
        sentences.append("The sizes of the databases are not known: measuring them took too long.")
    elif None in known:
        sentences.append(f"The sizes of some databases are hidden: {grant} them.")
    if not space_sizes:
        sentences.append("The sizes of the tablespaces are not known: measuring them took too long.")
    elif None in space_sizes.values():
        sentences.append(f"The sizes of some tablespaces are hidden: {grant} them.")
    return tuple(sentences)


async def _sizes(connection: Connection, name: str) -> dict[int, int | None]:
    """Bytes by OID; None where the role may not know, nothing at all when it takes too long."""
    try:
        async with connection.transaction():
            await _limit(connection, _SIZES_LIMIT)
            return {cast(int, oid): cast("int | None", size) for oid, size in await _tuples(connection, name)}
    except (errors.QueryCanceled, errors.LockNotAvailable, errors.UndefinedObject, errors.UndefinedFile):
        return {}


async def _limit(connection: Connection, limit: str) -> None:
    """Bound what follows in this transaction, tighter than the session is."""
    await connection.execute(
        "SELECT set_config('statement_timeout', %s, true), set_config('lock_timeout', %s, true)",
        (limit, _LOCK_LIMIT),
    )


async def _databases(connection: Connection, version: int) -> tuple[Database, ...]:
    rows = await _rows(connection, _Database, "databases", version)
    return tuple(
        Database(d.oid, d.name, d.owner, d.encoding, d.collation, None, d.allows_connections, d.is_template)
        for d in rows
    )


async def read_databases(connection: Connection) -> tuple[Database, ...]:
    """Return the databases with their sizes, sorted by name."""
    databases = await _databases(connection, connection.info.server_version)
    sizes = await _sizes(connection, "database_sizes")
    return tuple(replace(database, size=sizes.get(database.oid)) for database in databases)


async def read_schemas(connection: Connection) -> tuple[Schema, ...]:
    """Return the schemas of the connected database, without the system's own."""
    return await _rows(connection, Schema, "schemas")


async def read_relations(connection: Connection, schema: str) -> tuple[Relation, ...]:
    """Return the relations of a schema; any number of them, without ever blocking others for long."""
    cursor = await connection.execute(query("relation_count"), (schema,))
    found = await cursor.fetchone()
    if found is None:
        raise QueryFailed(f"There is no schema {schema!r}.", "It may have been dropped: look again.")
    oid, count = cast("tuple[int, int]", found)
    if count <= MOST_MEASURED:
        try:
            async with connection.transaction():
                await _limit(connection, _MEASURING_LIMIT)
                return await _relations(connection, query("relations", connection.info.server_version), oid)
        except (errors.LockNotAvailable, errors.QueryCanceled):
            pass
    return await _relations(connection, query("relations_estimated"), oid)


async def _relations(connection: Connection, text: LiteralString, schema: int) -> tuple[Relation, ...]:
    relations: list[Relation] = []
    async with connection.cursor() as cursor:
        await cursor.execute(text, (schema,))
        while rows := await cursor.fetchmany(BATCH):
            relations.extend(_relation(row) for row in rows)
            await asyncio.sleep(0)
    return tuple(relations)


def _relation(row: Row) -> Relation:
    oid, name, kind, owner, size, estimate = cast("tuple[int, str, str, str, int | None, int | None]", row)
    # A relation that was dropped while it was measured has no size any more.
    return Relation(oid, name, _KINDS.get(kind, kind), owner, size or 0, estimate)
