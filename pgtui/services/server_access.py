"""How a cluster's server is reached: addresses and passwords from every source, as one value."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, WalDirectory
from pgtui.domain.cluster import ArchiverState, ClusterFacts, Database, Relation, Schema
from pgtui.domain.errors import ConnectError
from pgtui.domain.secret import Secret
from pgtui.domain.server_configuration import ServerConfiguration
from pgtui.hosts.base import Address, Host
from pgtui.postgres.credentials import PasswordSources, Request
from pgtui.postgres.target import Candidate, ConnectionTarget, Endpoint
from pgtui.services.overlay import Known


class Gateway(Protocol):
    """Questions to servers, over connections that are kept. Raises ConnectError, QueryFailed."""

    async def facts(self, target: ConnectionTarget) -> ClusterFacts:
        """Return what the server tells of itself."""

    async def archiver(self, target: ConnectionTarget) -> ArchiverState:
        """Return how WAL is archived."""

    async def databases(self, target: ConnectionTarget) -> tuple[Database, ...]:
        """Return the databases, sorted by name."""

    async def schemas(self, target: ConnectionTarget) -> tuple[Schema, ...]:
        """Return the schemas of the target's database, sorted by name."""

    async def relations(self, target: ConnectionTarget, schema: str) -> tuple[Relation, ...]:
        """Return the relations of a schema, sorted by name."""

    async def archive_sample(self, target: ConnectionTarget) -> ArchiveSample:
        """Return what the server tells of its archiving now."""

    async def wal_directory(self, target: ConnectionTarget) -> WalDirectory | None:
        """Return what lies in pg_wal; None when the role may not look."""

    async def archive_look(
        self, target: ConnectionTarget, directory: str, names: Sequence[str], taken: datetime
    ) -> ArchiveLook | None:
        """Return which segments lie in the archive, looked at by the server; None when the role may not."""

    async def configuration(self, target: ConnectionTarget) -> ServerConfiguration:
        """Return the settings about archiving, and where they come from."""

    async def run(
        self, target: ConnectionTarget, statements: Sequence[str]
    ) -> tuple[tuple[str | None, ...], ...]:
        """Run statements one by one and return the last one's rows as text."""

    async def forget(self, cluster: str) -> None:
        """Close a cluster's connections; the next question connects anew, at once."""

    async def close(self) -> None:
        """Close every connection."""


class ServerAccess:
    """Makes connection targets, and keeps what does not change between two questions."""

    def __init__(self, sources: PasswordSources, connect_timeout: float, statement_timeout: float) -> None:
        self._sources = sources
        self._connect_timeout = connect_timeout
        self._statement_timeout = statement_timeout
        self._typed: dict[str, Secret] = {}

    def use_password(self, name: str, password: Secret) -> None:
        """Keep a typed password, in memory only."""
        self._typed[name] = password

    def forget_password(self, name: str) -> None:
        """Drop a typed password that the server refused."""
        self._typed.pop(name, None)

    async def target(self, known: Known, host: Host | None, database: str) -> ConnectionTarget:
        """Find out where and how to connect; without a host, where the configuration says.

        Raises ConnectError when there is no way.
        """
        cluster, entry = known.cluster, known.entry
        addresses = await self._addresses(known, host)
        own = await host.own_password() if host else None
        endpoints: list[Endpoint] = []
        notes: dict[str, None] = {}
        for address in addresses:
            request = Request(cluster.name, address.host, address.port, database, cluster.user)
            # Files may lie on a slow or absent network mount.
            password_file = entry.password_file if entry else None
            found = await asyncio.to_thread(self._sources.find, request, password_file)
            notes |= dict.fromkeys(found.notes)
            candidates = [*self._typed_candidate(cluster.name), *found.candidates]
            if own:
                candidates.append(Candidate(own, "the container's POSTGRES_PASSWORD"))
            endpoints.append(Endpoint(address.host, address.port, _distinct(candidates)))
        return ConnectionTarget(
            cluster=cluster.name,
            endpoints=tuple(endpoints),
            user=cluster.user,
            database=database,
            sslmode=entry.sslmode if entry else None,
            sslrootcert=entry.sslrootcert if entry else None,
            connect_timeout=self._connect_timeout,
            statement_timeout=self._statement_timeout,
            notes=tuple(notes),
        )

    def _typed_candidate(self, name: str) -> list[Candidate]:
        return [Candidate(self._typed[name], "the password typed here")] if name in self._typed else []

    async def _addresses(self, known: Known, host: Host | None) -> tuple[Address, ...]:
        entry = known.entry
        if entry and entry.address:
            return (Address(entry.address, entry.port or 5432),)
        if host is None:
            raise ConnectError(f"Nothing is known of where the server of {known.cluster.name} listens.")
        addresses = await host.addresses()
        if entry and entry.port:
            return tuple(Address(address.host, entry.port) for address in addresses)
        return addresses


def _distinct(candidates: list[Candidate]) -> tuple[Candidate, ...]:
    """Leave out what would be tried a second time."""
    first: dict[Secret, Candidate] = {}
    for candidate in candidates:
        first.setdefault(candidate.password, candidate)
    return tuple(first.values())
