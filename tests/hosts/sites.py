"""The two implementations of `Host`, each with a real server, for the contract suite."""

import asyncio
import shutil
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pgtui.domain.command import Command
from pgtui.domain.place import HostKind, Place
from pgtui.domain.recovery_settings import sandbox_settings
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.base import Engine, Host, check
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.local import LocalEngine
from tests.docker_engine import PostgresContainer
from tests.local_cluster import LocalCluster

LIMITS = {
    "max_connections": 100,
    "max_worker_processes": 8,
    "max_wal_senders": 10,
    "max_prepared_xacts": 0,
    "max_locks_per_xact": 64,
}
DEADLINE = 60.0


class Site(Protocol):
    """A server, and what a test must be able to do behind the host's back."""

    @property
    def place(self) -> Place: ...

    @property
    def room(self) -> str:
        """A directory that stays reachable while the server is stopped, owned by the server's account."""

    @property
    def archive(self) -> str: ...

    @property
    def major(self) -> int: ...

    def engine(self) -> Engine: ...

    def psql(self, sql: str) -> str: ...

    def base_backup(self, name: str) -> str: ...

    def archive_wal(self) -> str: ...

    def command_lines(self) -> tuple[str, ...]:
        """The command lines of all processes where the server lives."""

    def vanish(self) -> None:
        """Take away what the cluster lives in."""


@dataclass(frozen=True)
class LocalSite:
    cluster: LocalCluster

    @property
    def place(self) -> Place:
        return Place(HostKind.LOCAL, str(self.cluster.data))

    @property
    def room(self) -> str:
        return str(self.cluster.home)

    @property
    def archive(self) -> str:
        return str(self.cluster.archive)

    @property
    def major(self) -> int:
        return self.cluster.major

    def engine(self) -> LocalEngine:
        return LocalEngine(
            data_directories=(str(self.cluster.data),),
            bindirs=(str(self.cluster.bindir),),
            sandbox_directory=str(self.cluster.home / "sandboxes"),
        )

    def psql(self, sql: str) -> str:
        return self.cluster.psql(sql)

    def base_backup(self, name: str) -> str:
        return str(self.cluster.base_backup(name))

    def archive_wal(self) -> str:
        return self.cluster.archive_wal()

    def command_lines(self) -> tuple[str, ...]:
        found = []
        for process in Path("/proc").glob("[0-9]*"):
            try:
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
            except (FileNotFoundError, ProcessLookupError):
                continue
        return tuple(found)

    def vanish(self) -> None:
        if self.cluster.is_running():
            self.cluster.stop("immediate")
        shutil.rmtree(self.cluster.data)


@dataclass(frozen=True)
class DockerSite:
    container: PostgresContainer

    @property
    def place(self) -> Place:
        return Place(HostKind.DOCKER, self.container.name)

    @property
    def room(self) -> str:
        return str(self.container.backups)

    @property
    def archive(self) -> str:
        return str(self.container.archive)

    @property
    def major(self) -> int:
        return self.container.major

    def engine(self) -> DockerEngine:
        return DockerEngine()

    def psql(self, sql: str) -> str:
        return self.container.psql(sql)

    def base_backup(self, name: str) -> str:
        path = f"{self.container.backups}/{name}"
        self.container.base_backup(path)
        return path

    def archive_wal(self) -> str:
        return self.container.archive_wal()

    def command_lines(self) -> tuple[str, ...]:
        listing = "for p in /proc/[0-9]*; do tr '\\000' ' ' <$p/cmdline; echo; done 2>/dev/null"
        return tuple(self.container.run("sh", "-c", listing, user="root").splitlines())

    def vanish(self) -> None:
        self.container.container.remove(force=True, v=True)


@dataclass(frozen=True)
class Past:
    """A moment between two changes of a table, with a backup before it and all WAL archived."""

    backup: str
    target: datetime
    rows: str
    """What the table held then."""


def make_past(site: Site, name: str) -> Past:
    """Make a table, a backup, a row to be kept, a moment, and a row to be lost."""
    site.psql(f'drop table if exists "{name}"; create table "{name}" (x text)')
    backup = site.base_backup(name)
    site.psql(f"insert into \"{name}\" values ('kept')")
    target = make_target(site, f"insert into \"{name}\" values ('lost')")
    return Past(backup, target, "kept")


def make_target(site: Site, later: str = "create table later ()") -> datetime:
    """Note the time, commit something after it, and have all of it archived."""
    now = "select to_char(clock_timestamp() at time zone 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00:00'"
    target = datetime.fromisoformat(site.psql(now))
    site.psql(later)
    site.archive_wal()
    return target


async def spec_of(site: Site, host: Host, past: Past, name: str, *, cluster: str = "cluster") -> SandboxSpec:
    """The spec that brings a past moment into a sandbox."""
    place, directory = host.sandbox_at(name)
    settings = sandbox_settings(
        ServerVersion.of_major(site.major),
        TimeTarget(past.target, 1),
        directory=directory,
        archive=await host.sandbox_archive(site.archive),
        limits=LIMITS,
    )
    return SandboxSpec(
        name=name,
        cluster=cluster,
        source=site.place,
        place=place,
        directory=directory,
        backup=past.backup,
        archive=site.archive,
        tablespaces=(),
        settings=settings,
        user="postgres",
        target=str(past.target),
        created=datetime.now(UTC).isoformat(),
        bindir=host.bindir,
    )


async def ask(host: Host, spec: SandboxSpec, sql: str) -> str:
    """A sandbox's answer to a query."""
    argv = (f"{spec.bindir}/psql", "-XqAt", "-h", spec.socket_directory, "-U", spec.user, "-d", "postgres")
    return (await check(host.run_in_sandbox(spec, Command((*argv, "-c", sql))), "psql")).decode().strip()


async def until(condition: Callable[[], Awaitable[bool]], what: str, deadline: float = DEADLINE) -> None:
    """Wait for a condition."""
    end = time.monotonic() + deadline
    while not await condition():
        assert time.monotonic() < end, f"not within {deadline:g} s: {what}"
        await asyncio.sleep(0.05)
