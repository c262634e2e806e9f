"""The way from the services to the servers: one kept connection for each cluster and database.

Imports psycopg through its neighbours: bootstrap imports it late.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, WalDirectory
from pgtui.domain.cluster import ArchiverState, ClusterFacts, Database, Relation, Schema
from pgtui.domain.server_configuration import ServerConfiguration
from pgtui.postgres import archive_catalog, catalog, configuration
from pgtui.postgres.connection import Connection
from pgtui.postgres.held_connection import HeldConnection
from pgtui.postgres.target import ConnectionTarget

T = TypeVar("T")
MOST_CONNECTIONS = 4
"""To one cluster at the same time: the console must not eat up max_connections."""


class ServerGateway:
    """Asks servers over connections that it keeps, the least recently used closed first."""

    def __init__(self) -> None:
        self._held: dict[tuple[str, str], HeldConnection] = {}

    async def facts(self, target: ConnectionTarget) -> ClusterFacts:
        return await self._ask(target, "Reading the facts", catalog.read_facts)

    async def archiver(self, target: ConnectionTarget) -> ArchiverState:
        return await self._ask(target, "Reading the archiver's state", catalog.read_archiver)

    async def databases(self, target: ConnectionTarget) -> tuple[Database, ...]:
        return await self._ask(target, "Listing the databases", catalog.read_databases)

    async def schemas(self, target: ConnectionTarget) -> tuple[Schema, ...]:
        return await self._ask(target, "Listing the schemas", catalog.read_schemas)

    async def relations(self, target: ConnectionTarget, schema: str) -> tuple[Relation, ...]:
        async def question(connection: Connection) -> tuple[Relation, ...]:
            return await catalog.read_relations(connection, schema)

        return await self._ask(target, "Listing the relations", question)

    async def archive_sample(self, target: ConnectionTarget) -> ArchiveSample:
        return await self._ask(
            target, "Taking a sample of the archiving", archive_catalog.read_archive_sample
        )

    async def wal_directory(self, target: ConnectionTarget) -> WalDirectory | None:
        return await self._ask(target, "Looking into pg_wal", archive_catalog.read_wal_directory)

    async def archive_look(
        self, target: ConnectionTarget, directory: str, names: Sequence[str], taken: datetime
    ) -> ArchiveLook | None:
        async def question(connection: Connection) -> ArchiveLook | None:
            return await archive_catalog.read_archive_look(connection, directory, names, taken)

        return await self._ask(target, "Looking into the archive", question)

    async def configuration(self, target: ConnectionTarget) -> ServerConfiguration:
        return await self._ask(target, "Reading the configuration", configuration.read_configuration)

    async def run(
        self, target: ConnectionTarget, statements: Sequence[str]
    ) -> tuple[tuple[str | None, ...], ...]:
        async def question(connection: Connection) -> tuple[tuple[str | None, ...], ...]:
            return await configuration.run_statements(connection, statements)

        return await self._ask(target, "Running statements", question, once=True)

    async def _ask(
        self,
        target: ConnectionTarget,
        what: str,
        question: Callable[[Connection], Awaitable[T]],
        *,
        once: bool = False,
    ) -> T:
        key = (target.cluster, target.database)
        held = self._held.pop(key, None) or HeldConnection()
        # Put in last: the dictionary's order is the order of use.
        self._held[key] = held
        await self._close_oldest(target.cluster)
        return await held.ask(target, f"{what} of {target.cluster}", question, once=once)

    async def _close_oldest(self, cluster: str) -> None:
        mine = [key for key in self._held if key[0] == cluster]
        for key in mine[:-MOST_CONNECTIONS]:
            await self._held.pop(key).retire()

    async def forget(self, cluster: str) -> None:
        for key in [key for key in self._held if key[0] == cluster]:
            await self._held.pop(key).retire()

    async def close(self) -> None:
        held, self._held = list(self._held.values()), {}
        await asyncio.gather(*(each.close() for each in held))
