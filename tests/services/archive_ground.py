"""Servers whose archiving can be broken in every way and mended again, and a monitor that watches them."""

import asyncio
import os
import shlex
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.base import Engine
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.local import LocalEngine
from pgtui.postgres.gateway import ServerGateway
from pgtui.services.archive_lookout import Lookout
from pgtui.services.archive_monitor import ArchiveMonitor
from pgtui.services.inventory import Inventory
from tests.docker_engine import ContainerFactory, PostgresContainer
from tests.local_cluster import ClusterFactory, Installation, LocalCluster, server_account
from tests.services.house import NoConfigFile, now, until

NAME = "student"
SEGMENT = 1024 * 1024
HOSTILE = "a \"b'c; $(x) [red] é"
FINE = (ArchiveState.OK, ArchiveState.IDLE)
DEADLINE = 45.0
SETTINGS = {"archive_mode": "on", "wal_level": "replica", "fsync": "off", "full_page_writes": "off"}


class Ground(Protocol):
    """A server with an archive on a small file system."""

    @property
    def cluster(self) -> Cluster: ...

    @property
    def scratch(self) -> str: ...

    @property
    def major(self) -> int: ...

    def engine(self) -> Engine: ...

    def psql(self, sql: str) -> str: ...

    def shell(self, script: str, *arguments: str) -> str:
        """Run a script where the server lives, as root if we are."""

    def stop(self, *, kill: bool = False) -> None:
        """Stop the server, or kill it."""

    def start(self) -> None:
        """Start it."""

    def freeze(self) -> None:
        """Have it not answer any more, without its connections breaking."""

    def thaw(self) -> None:
        """Have it go on."""

    def vanish(self) -> None:
        """Take away what the server lives in."""


@dataclass(frozen=True)
class LocalGround:
    """A local cluster."""

    local: LocalCluster
    scratch: str
    is_small: bool
    """Whether the archive lies on a file system of its own, which can be filled and made read-only."""

    @property
    def cluster(self) -> Cluster:
        return cluster_at(Place(HostKind.LOCAL, str(self.local.data)), self.scratch)

    @property
    def major(self) -> int:
        return self.local.major

    def engine(self) -> Engine:
        return LocalEngine(data_directories=(str(self.local.data),), bindirs=(str(self.local.bindir),))

    def psql(self, sql: str) -> str:
        return self.local.psql(sql)

    def shell(self, script: str, *arguments: str) -> str:
        argv = ["sh", "-c", script, "sh", *arguments]
        return subprocess.run(argv, check=True, capture_output=True, text=True).stdout

    def stop(self, *, kill: bool = False) -> None:
        self.local.stop("immediate" if kill else "fast")

    def start(self) -> None:
        self.local.start()

    def _pids(self) -> list[int]:
        """The postmaster and the sessions of pgtui."""
        postmaster = int((self.local.data / "postmaster.pid").read_text().split()[0])
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        return [postmaster, *map(int, children)]

    def freeze(self) -> None:
        for pid in self._pids():
            os.kill(pid, signal.SIGSTOP)

    def thaw(self) -> None:
        for pid in self._pids():
            os.kill(pid, signal.SIGCONT)

    def vanish(self) -> None:
        self.local.stop("immediate")
        self.local.data.rename(self.local.data.with_name("gone"))


@dataclass(frozen=True)
class DockerGround:
    """A container with a file system in memory for its archive."""

    container: PostgresContainer
    scratch: str = "/scratch"

    @property
    def cluster(self) -> Cluster:
        return cluster_at(Place(HostKind.DOCKER, self.container.name), self.scratch)

    @property
    def major(self) -> int:
        return self.container.major

    def engine(self) -> Engine:
        return DockerEngine()

    def psql(self, sql: str) -> str:
        return self.container.psql(sql)

    def shell(self, script: str, *arguments: str) -> str:
        return self.container.run("sh", "-c", script, "sh", *arguments, user="root")

    def stop(self, *, kill: bool = False) -> None:
        if kill:
            self.container.container.kill()
        else:
            self.container.container.stop(timeout=30)

    def start(self) -> None:
        self.container.container.start()
        self.container.wait_ready()

    def freeze(self) -> None:
        self.container.container.pause()

    def thaw(self) -> None:
        self.container.container.unpause()

    def vanish(self) -> None:
        self.container.container.remove(force=True, v=True)


def cluster_at(place: Place, scratch: str) -> Cluster:
    return Cluster(name=NAME, place=place, state=ServerState.RUNNING, archive=f"{scratch}/{HOSTILE}")


def local_ground(
    clusters: ClusterFactory, installation: Installation, settings: dict[str, str] | None = None
) -> LocalGround:
    """Make a local cluster whose archive lies on a small tmpfs, where we may mount one."""
    local = clusters(installation, settings=SETTINGS | (settings or {}), initdb_args=("--wal-segsize=1",))
    scratch = local.home / "scratch"
    scratch.mkdir()
    account = server_account()
    options = f"size=24m,mode=0755,uid={account.uid if account else 0}"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(scratch)], check=False, capture_output=True
    )
    ground = LocalGround(local, str(scratch), mounted.returncode == 0)
    make_archive(ground)
    if account:
        ground.shell('chown "$2" "$1"/*', str(scratch), f"{account.uid}:{account.gid}")
    return ground


def docker_ground(containers: ContainerFactory, major: int, *, is_small: bool = True) -> DockerGround:
    """Start a container whose archive lies on a small tmpfs, or on a volume that outlives a restart."""
    arguments = [word for name, value in SETTINGS.items() for word in ("-c", f"{name}={value}")]
    container = containers(
        major,
        env={"POSTGRES_INITDB_ARGS": "--wal-segsize=1"},
        server_args=arguments,
        tmpfs={"/scratch": "size=24m,mode=0755"} if is_small else {},
        volumes=() if is_small else ("/scratch",),
    )
    ground = DockerGround(container)
    make_archive(ground)
    ground.shell("chown -R postgres /scratch")
    return ground


def unmount(ground: LocalGround) -> None:
    if ground.is_small:
        subprocess.run(["umount", "-l", ground.scratch], check=True)


def make_archive(ground: Ground) -> None:
    ground.shell('mkdir "$1"', archive_of(ground))
    use_command(ground, sound_command(ground))


def archive_of(ground: Ground) -> str:
    return f"{ground.scratch}/{HOSTILE}"


def sound_command(ground: Ground) -> str:
    """Never overwrites, and appears in the archive whole or not at all."""
    to = shlex.quote(archive_of(ground))
    return f"test ! -f {to}/%f && cp %p {to}/.%f.tmp && mv {to}/.%f.tmp {to}/%f"


def lying_command(ground: Ground) -> str:
    """Says that it succeeded, and keeps nothing."""
    to = shlex.quote(archive_of(ground))
    return f"cp %p {to}/.%f.tmp && rm {to}/.%f.tmp"


def hanging_command(ground: Ground) -> str:
    """Runs for as long as a file beside the archive is there."""
    mark = shlex.quote(f"{ground.scratch}/hang")
    return f"while test -e {mark}; do sleep 0.1; done; test %p = nothing"


def use_command(ground: Ground, command: str) -> None:
    quoted = command.replace("'", "''")
    ground.psql(f"ALTER SYSTEM SET archive_command = '{quoted}'")
    ground.psql("SELECT pg_reload_conf()")
    # A new session has what the postmaster has: it has told the archiver by then.
    until(lambda: ground.psql("SHOW archive_command") == command)


def being_written(ground: Ground) -> str:
    """Name of the segment that is being written; an empty one would be told as the one before it."""
    return ground.psql("SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'switch'))")


def switch(ground: Ground) -> str:
    """Have a segment wait for the archiver; its name."""
    name = being_written(ground)
    ground.psql("SELECT pg_switch_wal()")
    return name


@dataclass
class Watching:
    """A monitor at work."""

    monitor: ArchiveMonitor
    inventory: Inventory
    lookout: Lookout

    @property
    def status(self) -> ArchiveStatus:
        found = self.monitor.status(NAME)
        assert found is not None
        return found

    async def until(
        self, holds: Callable[[ArchiveStatus], bool], what: str, deadline: float = DEADLINE
    ) -> ArchiveStatus:
        """Wait until the status is as it should be; return it."""
        news = asyncio.Event()
        end = self.monitor.listen(lambda _: news.set())
        try:
            async with asyncio.timeout(deadline):
                while True:
                    news.clear()
                    found = self.monitor.status(NAME)
                    if found is not None and holds(found):
                        return found
                    await news.wait()
        except TimeoutError:
            raise AssertionError(f"not within {deadline:g} s: {what}; it is {told(self.monitor)}") from None
        finally:
            end()

    async def until_fine(self, ground: Ground | None = None) -> ArchiveStatus:
        """Wait until all is well; the postmaster of a ground is woken up to start an archiver that died."""

        def is_fine(status: ArchiveStatus) -> bool:
            if ground is not None and status.sample is not None and status.sample.archiver is None:
                ground.psql("SELECT pg_reload_conf()")
            return status.is_current and status.verdict.state in FINE and status.failure is None

        return await self.until(is_fine, "all is well")

    async def until_logged(self, words: str, since: int) -> None:
        """Wait until the server has logged these words once more often than before: it has noticed."""
        end = time.monotonic() + DEADLINE
        while await self.logged(words) <= since:
            assert time.monotonic() < end, f"{words!r} was never logged"
            await asyncio.sleep(0.02)

    async def logged(self, words: str) -> int:
        host = await self.inventory.host(NAME)
        return sum(tail.data.count(words.encode()) for tail in await host.log_tails(512 * 1024))


def told(monitor: ArchiveMonitor) -> str:
    status = monitor.status(NAME)
    if status is None:
        return "without a status"
    cause = status.failure.cause if status.failure else "no cause"
    return f"{status.verdict.state.value}: {status.verdict.reason} ({cause}; {status.problem})"


@asynccontextmanager
async def watching(
    ground: Ground,
    *,
    cluster: Cluster | None = None,
    everything: bool = False,
    clock: Callable[[], datetime] = now,
) -> AsyncIterator[Watching]:
    """Have a monitor watch the ground in depth, or in the overview."""
    known = cluster or ground.cluster
    engine = ground.engine()
    inventory = Inventory((engine,), (), ServerGateway(), NoConfigFile(), extra=(known,), now=now)
    monitor = ArchiveMonitor(inventory, clock)
    monitor.watch(deep=None if everything else NAME, all=everything)
    running = asyncio.create_task(monitor.run())
    try:
        yield Watching(monitor, inventory, Lookout(inventory, NAME))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await inventory.close()
