"""Recovery, sandboxes and jobs with fixed answers, for the screens that show them."""

import asyncio
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from pgtui.domain.backup import BackupLabel, BaseBackup
from pgtui.domain.errors import PgtuiError
from pgtui.domain.job import JobSnapshot, JobState, Progress, StepState, StepStatus
from pgtui.domain.lsn import Lsn
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import (
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    Plan,
    PlannedStep,
    RemoveSandbox,
    StartSandbox,
    StopServer,
)
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.recovery_target import TimeTarget, describe_target, server_time
from pgtui.domain.sandbox import Sandbox, SandboxSpec
from pgtui.domain.server_version import ServerVersion
from pgtui.domain.target_input import parse_target_time
from pgtui.services.bundle import Services
from pgtui.services.recovery import RecoveryDraft, RecoveryProposal, RecoveryRange
from pgtui.services.sandboxes import QueryResult
from tests.ui.fakes import MB, NOW, FakeInventory, FakeJobs, fake_services

SOURCE = Place(HostKind.DOCKER, "postgresdb1")
TARGET = datetime(2026, 11, 22, 11, 52, 30, tzinfo=UTC)


def backup(name: str, ended: datetime, problem: str = "") -> BaseBackup:
    label = BackupLabel(
        start_lsn=Lsn.parse("0/2000028"),
        start_segment="000000010000000000000002",
        checkpoint_lsn=Lsn.parse("0/2000060"),
        method="streamed",
        taken_from="primary",
        start_time="2026-11-22 11:49:58 UTC",
        label="nightly",
        timeline=1,
    )
    return BaseBackup(
        path=f"/backup/{name}",
        label=label,
        version=ServerVersion(170000),
        end_lsn=Lsn.parse("0/2000158"),
        stopped=ended,
        modified=ended,
        size=842 * MB,
        problem=problem,
    )


def spec(name: str = "pgtui-sandbox-20261122-115230-3fa9c1", target: datetime = TARGET) -> SandboxSpec:
    return SandboxSpec(
        name=name,
        cluster="student",
        source=SOURCE,
        place=Place(HostKind.DOCKER, name),
        directory="/sandbox",
        backup="/backup/monday",
        archive="/archive",
        tablespaces=(),
        settings=(),
        user="postgres",
        target=describe_target(TimeTarget(target, 1)),
        created="2026-11-22T11:57:00+00:00",
        bindir="",
    )


MONDAY = backup("monday", datetime(2026, 11, 22, 11, 50, 3, 250_000, tzinfo=UTC))
SUNDAY = backup("sunday", datetime(2026, 11, 21, 2, 0, 41, tzinfo=UTC))
BROKEN = backup(
    "friday", datetime(2026, 11, 20, 2, 0, 9, tzinfo=UTC), "It is incomplete: backup_manifest is missing."
)

REACH = RecoveryRange(
    backups=(MONDAY, SUNDAY, BROKEN),
    archive="/archive",
    earliest=SUNDAY.ended,
    latest=datetime(2026, 11, 22, 11, 58, 20, 900_000, tzinfo=UTC),
    findings=(
        Finding(
            Severity.WARN,
            "The archive has a hole: 000000010000000000000001 is missing or of the wrong size.",
            "Backups taken before it cannot be rolled past it.",
        ),
    ),
    server_zone="Europe/Berlin",
    suggestions=(
        (datetime(2026, 11, 22, 11, 52, 2, 100_000, tzinfo=UTC), "Iron renamed to Iron2"),
        (datetime(2026, 11, 22, 11, 53, 2, tzinfo=UTC), "Iron2 renamed to Iron3"),
        (datetime(2026, 11, 22, 11, 54, 2, tzinfo=UTC), "table grades dropped"),
    ),
)

STUDENTS = QueryResult(
    columns=("id", "name", "surname", "nickname", "remark"),
    rows=(
        ("6", "Farid", "Haddad", None, ""),
        ("7", "Tony", "Iron2", "‘Shell’", "renamed\nonce"),
        ("8", "Grace", "O'Neill", "[b]Gracie[/b]", None),
    ),
    truncated=False,
    seconds=0.023,
)
TABLES = QueryResult(
    columns=("table", "kind", "size"),
    rows=(("public.courses", "table", "24 kB"), ("public.students", "table", "32 kB")),
    truncated=False,
    seconds=0.01,
)


def recovery_plan(target: datetime = TARGET, findings: tuple[Finding, ...] = ()) -> Plan:
    sandbox = spec(target=target)
    waiting = AwaitTarget(
        sandbox, TimeTarget(target, 1), "0/2000028", "2026-11-22T11:50:03+00:00", "0/7000110"
    )
    return Plan(
        title=f"Look at student as of {server_time(target)}",
        cluster="student",
        steps=(
            PlannedStep(CreateSandbox(sandbox), undo=(RemoveSandbox(sandbox),)),
            PlannedStep(LayDownBackup(sandbox, 842 * MB)),
            PlannedStep(StartSandbox(sandbox)),
            PlannedStep(waiting),
        ),
        findings=findings,
        outcome=f"The sandbox {sandbox.name} shows the cluster as it was, read-only.",
        is_throwaway=True,
    )


COMMANDS = (
    ("docker volume create --label pgtui.sandbox=1 pgtui-sandbox-20261122-115230-3fa9c1",),
    (
        "docker run --rm --network none --volumes-from postgresdb1:ro --mount "
        "type=volume,source=pgtui-sandbox-20261122-115230-3fa9c1,target=/sandbox --entrypoint cp "
        "postgres:17 -a /backup/monday /sandbox/data",
    ),
    ("docker start pgtui-sandbox-20261122-115230-3fa9c1",),
    ("while :; do", "  sleep 0.5", "done"),
)


@dataclass
class FakeRecovery:
    """Answers from its fields; a PgtuiError in one of them is raised instead."""

    reach: RecoveryRange | PgtuiError = REACH
    refusal: PgtuiError | None = None
    drafts: list[RecoveryDraft] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    gates: dict[str, asyncio.Event] = field(default_factory=dict)
    """A cluster's answer waits for its gate, so that answers can be made to overtake each other."""
    by_cluster: dict[str, RecoveryRange] = field(default_factory=dict)

    async def range(self, cluster: str) -> RecoveryRange:
        self.asked.append(cluster)
        if cluster in self.gates:
            await self.gates[cluster].wait()
        if isinstance(self.reach, PgtuiError):
            raise self.reach
        return self.by_cluster.get(cluster, self.reach)

    async def propose(self, draft: RecoveryDraft) -> RecoveryProposal:
        self.drafts.append(draft)
        if self.refusal is not None:
            raise self.refusal
        target = parse_target_time(draft.target_time, draft.zone)
        kept = Finding(Severity.NOTE, "The last transaction kept: 751 (commit at 2026-11-22 11:52:02.1+00).")
        return RecoveryProposal(recovery_plan(target, (kept,)), (kept,), target)


@dataclass
class FakeSandboxes:
    """One cluster's sandboxes, and what they answer to statements."""

    found: tuple[Sandbox, ...] = ()
    answers: dict[str, QueryResult | PgtuiError] = field(default_factory=dict)
    statements: list[tuple[str, str, str]] = field(default_factory=list)
    names: tuple[str, ...] | PgtuiError = ("student_tracker", "postgres")

    async def list(self) -> tuple[Sandbox, ...]:
        return self.found

    async def databases(self, name: str) -> tuple[str, ...]:  # noqa: ARG002
        if isinstance(self.names, PgtuiError):
            raise self.names
        return self.names

    async def tables(self, name: str, database: str) -> QueryResult:  # noqa: ARG002
        return TABLES

    async def query(self, name: str, database: str, sql: str) -> QueryResult:
        self.statements.append((name, database, sql))
        answer = self.answers.get(sql, STUDENTS)
        if isinstance(answer, PgtuiError):
            raise answer
        return answer

    async def remove_plan(self, name: str) -> Plan:
        return Plan(f"Remove the sandbox {name}", "student", (PlannedStep(RemoveSandbox(spec(name))),))


@dataclass
class RecordingJobs(FakeJobs):
    """Keeps what was asked to be cancelled, undone and finished, too."""

    asked: list[tuple[str, str]] = field(default_factory=list)
    commands: tuple[tuple[str, ...], ...] | None = None

    async def cancel(self, job_id: str) -> None:
        self.asked.append(("cancel", job_id))

    def undo(self, job_id: str) -> None:
        self.asked.append(("undo", job_id))

    def finish(self, job_id: str) -> None:
        self.asked.append(("finish", job_id))

    async def command_lines(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        return self.commands or await super().command_lines(plan)


def services(
    recovery: FakeRecovery | None = None,
    sandboxes: FakeSandboxes | None = None,
    jobs: FakeJobs | None = None,
    inventory: FakeInventory | None = None,
) -> Services:
    return replace(
        fake_services(inventory, jobs or RecordingJobs()),
        recovery=cast(Any, recovery or FakeRecovery()),
        sandboxes=cast(Any, sandboxes or FakeSandboxes()),
    )


def steps(*states: StepState) -> tuple[StepStatus, ...]:
    return tuple(
        StepStatus(state, 1.5 * number if state is StepState.DONE else None)
        for number, state in enumerate(states, start=1)
    )


D, R, W, F = StepState.DONE, StepState.RUNNING, StepState.WAITING, StepState.FAILED

RUNNING = JobSnapshot(
    "job-running",
    recovery_plan(),
    JobState.RUNNING,
    NOW - timedelta(seconds=14),
    steps=steps(D, D, D, R),
    progress=Progress(
        "replayed to 0/5000000 of 0/7000110 · 38 MB/s · last commit 2026-11-22 11:51:40.000000+00, "
        "target 2026-11-22 11:52:30.000000+00",
        0.6,
    ),
    output=tuple(f'LOG:  restored log file "00000001000000000000000{n}" from archive' for n in range(2, 6)),
)
INTERRUPTED = JobSnapshot(
    "job-interrupted",
    recovery_plan(TARGET - timedelta(minutes=5)),
    JobState.INTERRUPTED,
    NOW - timedelta(hours=2),
    NOW - timedelta(hours=2, seconds=-20),
    steps=steps(D, R, W, W),
    error="pgtui ended while this ran.",
    can_undo=True,
    can_finish=True,
)
FAILED = JobSnapshot(
    "job-failed",
    recovery_plan(TARGET + timedelta(minutes=9)),
    JobState.FAILED,
    NOW - timedelta(minutes=40),
    NOW - timedelta(minutes=39),
    steps=steps(D, D, D, F),
    output=(
        "LOG:  redo done at 0/6FFFF50",
        "FATAL:  recovery ended before configured recovery target was reached",
    ),
    error="The recovery ended before its target. The archive ends before it.",
    hint="Choose an earlier time, or bring the missing WAL into the archive.",
    can_undo=True,
)
STOPPED = JobSnapshot(
    "job-stop",
    Plan("Stop the server", "library", (PlannedStep(StopServer(SOURCE), is_destructive=True),)),
    JobState.DONE,
    NOW - timedelta(days=1),
    NOW - timedelta(days=1, seconds=-3),
    steps=steps(D),
    can_undo=True,
)
