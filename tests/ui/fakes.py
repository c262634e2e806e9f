"""Services with fixed answers, for screens: what real servers say is tested elsewhere."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar, cast

from pgtui.config import Settings
from pgtui.domain.archive_status import ArchiveStatus, Point, SegmentCell
from pgtui.domain.cluster import (
    ArchiverState,
    ChangedSetting,
    Cluster,
    ClusterFacts,
    Database,
    Extension,
    HostStatus,
    InventorySnapshot,
    Relation,
    Role,
    Schema,
    ServerState,
    Tablespace,
)
from pgtui.domain.errors import PgtuiError
from pgtui.domain.job import JobSnapshot, JobState, StepStatus
from pgtui.domain.lsn import Lsn
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import Plan
from pgtui.domain.sandbox import Sandbox
from pgtui.domain.secret import Secret
from pgtui.domain.server_version import ServerVersion
from pgtui.services.bundle import Services
from pgtui.services.recovery import RecoveryRange

AnswerT = TypeVar("AnswerT")

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
MB = 1024 * 1024

STUDENT = Cluster(
    "student",
    Place(HostKind.DOCKER, "postgresdb1"),
    ServerState.RUNNING,
    ServerVersion(170011),
    "/var/lib/postgresql/data",
    "postgres:17",
    backups=("/backup",),
    archive="/archive",
    from_config=True,
)
LIBRARY = Cluster(
    "library",
    Place(HostKind.DOCKER, "library-db"),
    ServerState.STOPPED,
    ServerVersion(150000),
    "/var/lib/postgresql/data",
    "postgres:15",
)
MAIN = Cluster("main", Place(HostKind.LOCAL, "/srv/pg/18/main"), ServerState.RUNNING, ServerVersion(180001))
HOSTS = (
    HostStatus(HostKind.DOCKER, "Docker", "28.5.2"),
    HostStatus(HostKind.LOCAL, "This machine"),
)
SNAPSHOT = InventorySnapshot(HOSTS, (LIBRARY, STUDENT, MAIN), NOW)

DATABASES = (
    Database(5, "postgres", "postgres", "UTF8", "en_US.utf8", 7 * MB + 700_000, True, False),
    Database(16384, "student_tracker", "registrar", "UTF8", "en_US.utf8", 842 * MB, True, False),
    Database(4, "template0", "postgres", "UTF8", "en_US.utf8", 7 * MB, False, True),
    Database(1, "template1", "postgres", "UTF8", "en_US.utf8", 7 * MB, True, True),
)
SCHEMAS = (Schema(2200, "public", "pg_database_owner", 4), Schema(16390, "audit", "registrar", 1))
RELATIONS = (
    Relation(16401, "courses", "table", "registrar", 320 * 1024, 1_204),
    Relation(16410, "enrolments", "table", "registrar", 512 * MB, 4_180_000),
    Relation(16420, "enrolments_pkey", "index", "registrar", 96 * MB, None),
    Relation(16430, "students", "table", "registrar", 210 * MB, 82_000),
)
FACTS = ClusterFacts(
    taken=NOW,
    version=ServerVersion(170011),
    version_text="PostgreSQL 17.11 (Debian 17.11-1.pgdg13+1) on x86_64-pc-linux-gnu",
    system_identifier="7438912345678901234",
    in_recovery=False,
    timeline=1,
    current_lsn=Lsn.parse("0/3A2F8D0"),
    wal_level="replica",
    wal_segment_size=16 * MB,
    time_zone="Etc/UTC",
    archiver=ArchiverState(
        mode="on",
        command="test ! -f /archive/%f && cp %p /archive/%f",
        library="",
        timeout=60,
        archived_count=57,
        last_archived_wal="000000010000000000000039",
        last_archived_time=NOW - timedelta(minutes=4),
        failed_count=0,
        last_failed_wal=None,
        last_failed_time=None,
    ),
    data_directory="/var/lib/postgresql/data",
    started=NOW - timedelta(days=3, hours=4),
    size=864 * MB,
    tablespaces=(Tablespace(1663, "pg_default", "", 863 * MB), Tablespace(1664, "pg_global", "", 600_000)),
    databases=DATABASES,
    roles=(
        Role("postgres", True, True, True, None),
        Role("registrar", True, False, False, None),
    ),
    extensions=(Extension("plpgsql", "1.0", "pg_catalog"),),
    changed_settings=(
        ChangedSetting("archive_mode", "on", "", "postgresql.conf, line 252", False),
        ChangedSetting("max_connections", "200", "", "postgresql.auto.conf, line 3", True),
    ),
    missing_privileges=(),
)


@dataclass
class FakeInventory:
    """Answers from its fields; a PgtuiError in one of them is raised instead."""

    snapshot: InventorySnapshot = SNAPSHOT
    answers: dict[str, ClusterFacts | PgtuiError] = field(
        default_factory=lambda: {"student": FACTS, "main": FACTS}
    )
    database_answer: tuple[Database, ...] | PgtuiError = DATABASES
    schema_answer: tuple[Schema, ...] | PgtuiError = SCHEMAS
    relation_answer: tuple[Relation, ...] | PgtuiError = RELATIONS
    log_lines: tuple[str, ...] = ()
    log_error: PgtuiError | None = None
    passwords: dict[str, Secret] = field(default_factory=dict)
    added: list[Cluster] = field(default_factory=list)
    hidden: list[str] = field(default_factory=list)
    add_error: PgtuiError | None = None
    looks: int = 0
    closed: bool = False

    async def look(self) -> InventorySnapshot:
        self.looks += 1
        return self.snapshot

    async def facts(self, name: str) -> ClusterFacts:
        return _or_raise(self.answers[name])

    async def databases(self, name: str) -> tuple[Database, ...]:  # noqa: ARG002
        return _or_raise(self.database_answer)

    async def schemas(self, name: str, database: str) -> tuple[Schema, ...]:  # noqa: ARG002
        return _or_raise(self.schema_answer)

    async def relations(self, name: str, database: str, schema: str) -> tuple[Relation, ...]:  # noqa: ARG002
        return _or_raise(self.relation_answer)

    def use_password(self, name: str, password: Secret) -> None:
        self.passwords[name] = password
        self.answers[name] = FACTS
        self.database_answer = DATABASES

    async def server_log(self, name: str, *, last: int = 1000) -> AsyncGenerator[str, None]:  # noqa: ARG002
        for line in self.log_lines:
            yield line
        if self.log_error is not None:
            raise self.log_error
        await asyncio.Event().wait()

    async def add(self, cluster: Cluster) -> None:
        if self.add_error is not None:
            raise self.add_error
        self.added.append(cluster)

    async def hide(self, name: str) -> None:
        self.hidden.append(name)
        kept = tuple(cluster for cluster in self.snapshot.clusters if cluster.name != name)
        self.snapshot = replace(self.snapshot, clusters=kept)

    async def close(self) -> None:
        self.closed = True


@dataclass
class FakeJobs:
    """Keeps what was submitted; a test ends jobs itself."""

    past: tuple[JobSnapshot, ...] = ()
    submitted: list[Plan] = field(default_factory=list)
    listeners: list[Callable[[JobSnapshot], None]] = field(default_factory=list)
    known: dict[str, JobSnapshot] = field(default_factory=dict)
    was_shut_down: bool = False

    def submit(self, plan: Plan) -> str:
        job_id = f"job-{len(self.submitted) + 1}"
        self.submitted.append(plan)
        self.tell(
            JobSnapshot(job_id, plan, JobState.RUNNING, NOW, steps=tuple(StepStatus() for _ in plan.steps))
        )
        return job_id

    def tell(self, snapshot: JobSnapshot) -> None:
        self.known[snapshot.id] = snapshot
        for listener in self.listeners:
            listener(snapshot)

    def listen(self, listener: Callable[[JobSnapshot], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    def snapshots(self) -> tuple[JobSnapshot, ...]:
        return (*reversed(self.known.values()), *self.past)

    def get(self, job_id: str) -> JobSnapshot:
        return self.known[job_id]

    async def load_past(self) -> tuple[JobSnapshot, ...]:
        return tuple(job for job in self.past if job.state is JobState.INTERRUPTED)

    async def shutdown(self) -> None:
        self.was_shut_down = True

    async def script(self, plan: Plan) -> str:
        return f"#!/usr/bin/env bash\n# {plan.title}\n"

    async def command_lines(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        return tuple(("true",) for _ in plan.steps)


class FakeRecovery:
    """Finds no backup and no archive."""

    async def range(self, cluster: str) -> RecoveryRange:  # noqa: ARG002
        return RecoveryRange((), "", None, None, (), "UTC")


class FakeSandboxes:
    """Knows of no sandbox."""

    async def list(self) -> tuple[Sandbox, ...]:
        return ()


class QuietMonitor:
    """Watches nothing."""

    def watch(self, *, deep: str | None, all: bool) -> None:
        pass

    async def run(self) -> None:
        await asyncio.Event().wait()

    def status(self, name: str) -> ArchiveStatus | None:  # noqa: ARG002
        return None

    def statuses(self) -> tuple[ArchiveStatus, ...]:
        return ()

    def points(self, name: str) -> tuple[Point, ...]:  # noqa: ARG002
        return ()

    def strip(self, name: str, cells: int) -> tuple[SegmentCell, ...]:  # noqa: ARG002
        return ()

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:  # noqa: ARG002
        return lambda: None

    async def look(self, name: str, *, seconds: float = 1.0) -> ArchiveStatus:
        raise NotImplementedError


class FakePreferences:
    """Remembers the theme that was chosen last."""

    def __init__(self) -> None:
        self.theme = ""

    def set_theme(self, theme: str) -> None:
        self.theme = theme


def fake_services(inventory: FakeInventory | None = None, jobs: FakeJobs | None = None) -> Services:
    """Bundle fakes."""
    known = cast(Any, inventory or FakeInventory())
    return Services(
        settings=Settings(),
        inventory=known,
        recovery=cast(Any, FakeRecovery()),
        archive_check=cast(Any, None),
        sandboxes=cast(Any, FakeSandboxes()),
        archive_setup=cast(Any, None),
        jobs=cast(Any, jobs or FakeJobs()),
        preferences=FakePreferences(),
        archive_monitor=cast(Any, QuietMonitor()),
    )


def _or_raise(answer: AnswerT | PgtuiError) -> AnswerT:
    if isinstance(answer, PgtuiError):
        raise answer
    return answer
