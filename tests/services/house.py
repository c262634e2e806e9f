"""The services over real hosts, and clusters with a small history of renames."""

import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.domain.recovery_target import server_time
from pgtui.hosts.base import Engine
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.local import LocalEngine
from pgtui.postgres.gateway import ServerGateway
from pgtui.services.hosts import Hosts
from pgtui.services.inventory import Inventory
from pgtui.services.jobs import Jobs
from pgtui.services.recovery import Recovery
from pgtui.services.sandboxes import Sandboxes
from pgtui.storage.audit import AuditLog
from pgtui.storage.journal import Journal
from tests.docker_engine import PostgresContainer
from tests.local_cluster import LocalCluster

DEADLINE = 60.0
"""Seconds that a test waits for a condition before it fails."""


class NoConfigFile:
    """A configuration that nothing may be written to."""

    def add_cluster(self, fields: dict[str, object]) -> None:
        raise AssertionError(f"written to the configuration: {fields}")

    def hide_cluster(self, name: str, place: Place) -> None:
        raise AssertionError(f"written to the configuration: {name} {place}")


@dataclass(frozen=True)
class House:
    """Every service that a recovery needs."""

    hosts: Hosts
    inventory: Inventory
    recovery: Recovery
    sandboxes: Sandboxes
    jobs: Jobs
    journal: Journal
    state: Path


def now() -> datetime:
    return datetime.now(UTC)


def build_house(engine: Engine, cluster: Cluster, state: Path) -> House:
    """Wire the services as `bootstrap` does, over one engine and one cluster."""
    hosts = Hosts((engine,))
    inventory = Inventory(hosts.engines, (), ServerGateway(), NoConfigFile(), extra=(cluster,), now=now)
    journal = Journal(state / "jobs", now)
    audit = AuditLog(state / "audit.jsonl", now)
    jobs = Jobs(hosts, inventory, journal, audit, now, lambda: secrets.token_hex(4))
    return House(hosts, inventory, Recovery(inventory, now), Sandboxes(hosts), jobs, journal, state)


class Site(Protocol):
    """A server with an archive and a base backup directory, whichever host it is on."""

    cluster: Cluster

    def engine(self) -> Engine:
        """A fresh engine, as another pgtui would have it."""

    def psql(self, sql: str, database: str = "postgres") -> str:
        """The rows of a query, unaligned."""

    def base_backup(self, name: str) -> None:
        """Take a base backup."""

    def archive_wal(self) -> None:
        """Have everything archived that was written so far."""


class LocalSite:
    """A local cluster."""

    def __init__(self, cluster: LocalCluster) -> None:
        self.local = cluster
        # Beside the cluster: its path is short enough for a socket, and the server's account gets there.
        self.sandboxes = cluster.home.parent / "s"
        self.cluster = Cluster(
            name="student",
            place=Place(HostKind.LOCAL, str(cluster.data)),
            state=ServerState.RUNNING,
            user=cluster.superuser,
            backups=(str(cluster.backups),),
            archive=str(cluster.archive),
        )

    def engine(self) -> Engine:
        return LocalEngine(
            data_directories=(str(self.local.data),),
            bindirs=(str(self.local.bindir),),
            sandbox_directory=str(self.sandboxes),
        )

    def psql(self, sql: str, database: str = "postgres") -> str:
        return self.local.psql(sql, database)

    def base_backup(self, name: str) -> None:
        self.local.base_backup(name)

    def archive_wal(self) -> None:
        self.local.archive_wal()

    def remove_backup(self, name: str) -> None:
        shutil.rmtree(self.local.backups / name)


class DockerSite:
    """A container with its archive and its backups on volumes."""

    def __init__(self, container: PostgresContainer, *, archive: str, backups: str) -> None:
        self.container = container
        self.cluster = Cluster(
            name="student",
            place=Place(HostKind.DOCKER, container.name),
            state=ServerState.RUNNING,
            user=container.user,
            database=container.database,
            backups=(backups,),
            archive=archive,
        )
        self._backups = backups

    def engine(self) -> Engine:
        return DockerEngine()

    def psql(self, sql: str, database: str = "postgres") -> str:
        return self.container.psql(sql, database)

    def base_backup(self, name: str) -> None:
        self.container.base_backup(f"{self._backups}/{name}")

    def archive_wal(self) -> None:
        self.container.archive_wal()


@dataclass(frozen=True)
class History:
    """Moments of the server's clock around the renames."""

    before_backup: str
    iron: str
    iron2: str
    iron3: str
    at_end: str


DATABASE = "stu\"dent's; $(x) [red]=1"
TABLE = 'class "a\'b" [/red]'


def quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def write_history(site: Site) -> History:
    """A base backup, then Iron -> Iron2 -> Iron3, all archived."""
    before = clock(site)
    site.psql(f"CREATE DATABASE {quoted(DATABASE)}")
    site.psql(f"CREATE TABLE {quoted(TABLE)} (id int, name text)", DATABASE)
    site.psql(f"INSERT INTO {quoted(TABLE)} VALUES (1, 'Iron'), (2, NULL), (3, '')", DATABASE)
    site.base_backup("base")
    # The second in which a backup stopped counts as before its end.
    after_backup = now() + timedelta(seconds=1.1)
    until(lambda: now() > after_backup)
    moments = [clock(site)]
    for name in ("Iron2", "Iron3"):
        site.psql(f"UPDATE {quoted(TABLE)} SET name = '{name}' WHERE id = 1", DATABASE)
        moments.append(clock(site))
    site.psql(f"DROP TABLE {quoted(TABLE)}", DATABASE)
    at_end = clock(site)
    site.archive_wal()
    return History(before, moments[0], moments[1], moments[2], at_end)


def clock(site: Site) -> str:
    """The server's clock, as a target."""
    return server_time(datetime.fromisoformat(site.psql("SET TimeZone = 'UTC'; SELECT clock_timestamp()")))


def until(condition: Callable[[], bool], deadline: float = DEADLINE) -> None:
    """Wait until a condition holds; fail when it does not in time."""
    end = time.monotonic() + deadline
    while not condition():
        assert time.monotonic() < end, f"not within {deadline:g} s"
        time.sleep(0.02)
