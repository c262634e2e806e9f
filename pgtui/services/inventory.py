"""The inventory: which clusters there are, and what their servers tell of themselves."""

import asyncio
import difflib
import os
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, TypeVar

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, WalDirectory
from pgtui.domain.cluster import (
    Cluster,
    ClusterFacts,
    Database,
    HostStatus,
    InventorySnapshot,
    Relation,
    Schema,
    ServerState,
)
from pgtui.domain.errors import BadInput, ConnectError, HostError, PasswordNeeded, PgtuiError, ServerGone
from pgtui.domain.place import HostKind, Place
from pgtui.domain.secret import Secret
from pgtui.domain.server_configuration import ServerConfiguration
from pgtui.hosts.base import Engine, Host
from pgtui.postgres.credentials import PasswordSources
from pgtui.postgres.target import ConnectionTarget
from pgtui.services.overlay import EntryLike, Known, entry_fields, entry_for, matches, overlay
from pgtui.services.server_access import Gateway, ServerAccess
from pgtui.services.stopped_server import archive_command_in_files, version_in_files

T = TypeVar("T")
_LONGEST_LINE = 1024 * 1024


class ConfigWriter(Protocol):
    """Writes the configuration file; the user's comments stay. Raises ConfigError."""

    def add_cluster(self, fields: dict[str, object]) -> None:
        """Append a `[[clusters]]` entry with these keys."""

    def hide_cluster(self, name: str, place: Place) -> None:
        """Set `hidden = true` on the cluster's entry; append one when there is none."""


class Inventory:
    """Finds clusters on every engine, overlaid with the configuration's entries."""

    def __init__(
        self,
        engines: Sequence[Engine],
        entries: Sequence[EntryLike],
        gateway: Gateway,
        writer: ConfigWriter,
        *,
        extra: tuple[Cluster, ...] = (),
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        passwords: PasswordSources | None = None,
        connect_timeout: float = 5.0,
        statement_timeout: float = 30.0,
    ) -> None:
        self._engines = {engine.kind: engine for engine in engines}
        self._entries: tuple[EntryLike, ...] = tuple(entries)
        self._gateway = gateway
        self._writer = writer
        self._extra = extra
        self._now = now
        sources = passwords or PasswordSources(os.environ, Path.home())
        self._access = ServerAccess(sources, connect_timeout, statement_timeout)
        self._known: dict[str, Known] = {}
        self._newest: InventorySnapshot | None = None
        self._targets: dict[tuple[str, str], ConnectionTarget] = {}

    async def look(self) -> InventorySnapshot:
        """Look at every engine, concurrently, and return what is there now. Never raises."""
        looks = await asyncio.gather(*(_look_at(engine) for engine in self._engines.values()))
        statuses = tuple(status for status, _ in looks)
        found = [cluster for _, clusters in looks for cluster in clusters]
        laid = await asyncio.to_thread(overlay, found, self._entries, self._extra, os.path.realpath)
        problems = {status.kind: status.problem for status in statuses}
        known = await asyncio.gather(*(self._probed(each, problems) for each in laid))
        await self._take_over({each.cluster.name: each for each in known})
        order = list(self._engines)
        clusters = sorted((each.cluster for each in known), key=lambda c: (order.index(c.place.kind), c.name))
        self._newest = InventorySnapshot(statuses, tuple(clusters), self._now())
        return self._newest

    async def _take_over(self, known: dict[str, Known]) -> None:
        """Keep a new look; a server that came or went is asked anew, without waiting for a backoff."""
        before, self._known = self._known, known
        for name, old in before.items():
            new = known.get(name)
            if new is None or (new.cluster.place, new.cluster.state) != (
                old.cluster.place,
                old.cluster.state,
            ):
                await self._forget(name)

    async def _probed(self, known: Known, problems: dict[HostKind, str]) -> Known:
        """Ask for a cluster by name that discovery did not find."""
        if not known.needs_probe:
            return known
        cluster = known.cluster
        engine = self._engines.get(cluster.place.kind)
        problem = problems.get(cluster.place.kind, f"There is no {cluster.place.kind} host here.")
        if engine is None or problem:
            return replace(known, cluster=replace(cluster, state=ServerState.UNKNOWN, problem=problem))
        try:
            host = await engine.open(cluster.place)
            state, directory = await host.state(), await host.data_directory()
            version = await version_in_files(host, directory)
        except ServerGone:
            return replace(known, cluster=replace(cluster, state=ServerState.MISSING, problem=_gone(cluster)))
        except PgtuiError as error:
            return replace(known, cluster=replace(cluster, problem=error.message))
        seen = replace(cluster, state=state, data_directory=directory, version=version or cluster.version)
        return replace(known, cluster=seen)

    @property
    def newest(self) -> InventorySnapshot | None:
        """What the newest look found, without another one; None before the first."""
        return self._newest

    async def cluster(self, name: str) -> Cluster:
        """Return one cluster by name. Raises BadInput naming the nearest real one."""
        return (await self._find(name)).cluster

    async def _find(self, name: str) -> Known:
        if name not in self._known:
            await self.look()
        if name in self._known:
            return self._known[name]
        near = difflib.get_close_matches(name, self._known, n=1, cutoff=0.5)
        known = ", ".join(sorted(self._known)) or "none"
        hint = f"Did you mean {near[0]!r}?" if near else f"Known clusters: {known}."
        raise BadInput(f"There is no cluster {name!r}.", hint)

    async def host(self, name: str) -> Host:
        """Open the host of a cluster."""
        return await self._open(await self._find(name))

    async def _open(self, known: Known) -> Host:
        cluster = known.cluster
        engine = self._engines.get(cluster.place.kind)
        if engine is None:
            raise ServerGone(f"There is no {cluster.place.kind} host here for {cluster.name}.")
        return await engine.open(cluster.place)

    async def facts(self, name: str) -> ClusterFacts:
        """Ask the server for its facts. Raises ConnectError (PasswordNeeded), QueryFailed, HostError."""
        known = await self._find(name)
        return await self._ask(known, known.cluster.database, self._gateway.facts)

    async def _ask(
        self, known: Known, database: str, question: Callable[[ConnectionTarget], Awaitable[T]]
    ) -> T:
        """Put a question to a database; what is known of the way there is looked up again after a failure."""
        name = known.cluster.name
        target = self._targets.get((name, database))
        if target is None:
            host = await self._running_host(known)
            target = await self._access.target(known, host, database)
            self._targets[name, database] = target
        try:
            return await question(target)
        except PasswordNeeded:
            self._access.forget_password(name)
            self._targets.pop((name, database), None)
            raise
        except ConnectError:
            self._targets.pop((name, database), None)
            await self._running_host(known)
            raise

    async def _running_host(self, known: Known) -> Host | None:
        """Open the host, unless it is closed to us and the configuration tells where to connect."""
        try:
            host = await self._open(known)
            state = await host.state()
        except HostError:
            if known.entry and known.entry.address:
                return None
            raise
        if state is ServerState.STOPPED:
            raise ConnectError(f"The server of {known.cluster.name} is stopped.", "Start it, then ask again.")
        if state is ServerState.PAUSED:
            raise ConnectError(f"The server of {known.cluster.name} is paused.", "Unpause its container.")
        return host

    def use_password(self, name: str, password: Secret) -> None:
        """Keep a password that the user typed, in memory only."""
        self._access.use_password(name, password)
        self._drop_targets(name)

    def _drop_targets(self, name: str) -> None:
        self._targets = {key: target for key, target in self._targets.items() if key[0] != name}

    async def forget(self, name: str) -> None:
        """Close a cluster's connections, so that the next question looks for its server anew, at once."""
        await self._forget(name)

    async def _forget(self, name: str) -> None:
        self._drop_targets(name)
        await self._gateway.forget(name)

    async def databases(self, name: str) -> tuple[Database, ...]:
        """Return the databases, sorted by name."""
        known = await self._find(name)
        return await self._ask(known, known.cluster.database, self._gateway.databases)

    async def schemas(self, name: str, database: str) -> tuple[Schema, ...]:
        """Return the schemas of a database, sorted by name."""
        return await self._ask(await self._find(name), database, self._gateway.schemas)

    async def relations(self, name: str, database: str, schema: str) -> tuple[Relation, ...]:
        """Return the relations of a schema, sorted by name (100,000 are fine)."""
        known = await self._find(name)
        return await self._ask(known, database, lambda target: self._gateway.relations(target, schema))

    async def archive_sample(self, name: str) -> ArchiveSample:
        """Ask what the server tells of its archiving now, without a look at pg_wal."""
        known = await self._find(name)
        return await self._ask(known, known.cluster.database, self._gateway.archive_sample)

    async def wal_directory(self, name: str) -> WalDirectory | None:
        """Ask what lies in pg_wal; None when the role may not look."""
        known = await self._find(name)
        return await self._ask(known, known.cluster.database, self._gateway.wal_directory)

    async def archive_look(self, name: str, directory: str, names: Sequence[str]) -> ArchiveLook | None:
        """Have the server look for segments in its archive; None when the role may not."""
        known, taken = await self._find(name), self._now()

        async def question(target: ConnectionTarget) -> ArchiveLook | None:
            return await self._gateway.archive_look(target, directory, names, taken)

        return await self._ask(known, known.cluster.database, question)

    async def configuration(self, name: str) -> ServerConfiguration:
        """Ask the server for its settings about archiving. Raises as `facts`."""
        known = await self._find(name)
        return await self._ask(known, known.cluster.database, self._gateway.configuration)

    async def run_sql(self, place: Place, statements: Sequence[str]) -> tuple[tuple[str | None, ...], ...]:
        """Run statements on the server of a place; see `ServerSql`."""
        if not any(known.cluster.place == place for known in self._known.values()):
            await self.look()
        for known in self._known.values():
            if known.cluster.place == place:
                database = known.cluster.database
                return await self._ask(known, database, lambda way: self._gateway.run(way, statements))
        raise BadInput(f"No cluster is known at {place}.", "Has its container been removed or renamed?")

    async def archive_of(self, name: str) -> str | None:
        """Return the directory of archived WAL on the cluster's host; None when it cannot be recognised.

        It is the configuration's, else it is read from archive_command: asked of a running server, read
        from the configuration files of a stopped one.
        """
        known = await self._find(name)
        if known.cluster.archive:
            return known.cluster.archive
        try:
            host = await self._open(known)
            directory = known.cluster.data_directory or await host.data_directory()
            try:
                archiver = await self._ask(known, known.cluster.database, self._gateway.archiver)
                command = archiver.command
            except PgtuiError:
                command = await archive_command_in_files(host, directory)
        except HostError:
            return None
        archive = archive_directory(command)
        return os.path.join(directory, archive) if archive else None

    async def server_log(self, name: str, *, last: int = 1000) -> AsyncGenerator[str, None]:
        """Yield lines of a cluster's server log: the last ones, then those that come."""
        host = await self.host(name)
        rest = b""
        async with aclosing(host.server_log(follow=True, last=last)) as chunks:
            async for chunk in chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield line.decode(errors="replace")
                if len(rest) > _LONGEST_LINE:
                    yield rest.decode(errors="replace")
                    rest = b""
        if rest:
            yield rest.decode(errors="replace")

    async def add(self, cluster: Cluster) -> None:
        """Write an entry for a cluster to the configuration file; the user's comments stay."""
        entry = entry_for(cluster)
        if any(each.name == entry.name for each in self._entries):
            raise BadInput(f"The configuration has an entry {entry.name!r} already.", "Choose another name.")
        await asyncio.to_thread(self._writer.add_cluster, entry_fields(entry))
        self._entries = (*self._entries, entry)

    async def hide(self, name: str) -> None:
        """Have a discovered cluster not shown any more (`hidden = true` in the configuration)."""
        cluster = await self.cluster(name)
        await asyncio.to_thread(self._writer.hide_cluster, name, cluster.place)
        kept = [entry for entry in self._entries if not matches(entry, cluster, os.path.realpath)]
        self._entries = (*kept, replace(entry_for(cluster), hidden=True))

    async def close(self) -> None:
        """Close every connection."""
        await self._gateway.close()


async def _look_at(engine: Engine) -> tuple[HostStatus, tuple[Cluster, ...]]:
    try:
        return await engine.look()
    except PgtuiError as error:
        status = HostStatus(engine.kind, engine.kind.value, problem=error.message, hint=error.hint)
        return status, ()


def _gone(cluster: Cluster) -> str:
    named = "configuration names" if cluster.from_config else "console was given"
    if cluster.place.kind is HostKind.DOCKER:
        return f"The {named} the container {cluster.place.name}, which Docker does not have."
    return f"The {named} the data directory {cluster.place.name}, which holds no cluster."
