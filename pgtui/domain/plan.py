"""Plans: what will be done, step by step. What is shown, run and exported are these very objects.

A step names a place and a verb; the host at that place runs it and can also write it as shell lines.
Each step carries its own undo: steps that bring back what was before, run in reverse order.
"""

from dataclasses import dataclass
from enum import StrEnum

from pgtui.domain.command import Command
from pgtui.domain.place import Place
from pgtui.domain.preflight import Finding
from pgtui.domain.recovery_target import RecoveryTarget
from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.sql import SqlSession
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE


class StopMode(StrEnum):
    """How a server is stopped (manual: "Shutting Down the Server")."""

    SMART = "smart"
    FAST = "fast"
    IMMEDIATE = "immediate"


@dataclass(frozen=True)
class RunCommand:
    """Run one command at a place; it must end with exit code 0."""

    place: Place
    command: Command
    words: str
    """What it does, for people."""


@dataclass(frozen=True)
class StartServer:
    """Start a stopped server and wait until it answers."""

    place: Place


@dataclass(frozen=True)
class StopServer:
    """Stop a running server."""

    place: Place
    mode: StopMode = StopMode.FAST


@dataclass(frozen=True)
class RestartServer:
    """Stop a server and start it again."""

    place: Place
    mode: StopMode = StopMode.FAST


@dataclass(frozen=True)
class ReloadServer:
    """Have a server read its configuration files again."""

    place: Place


@dataclass(frozen=True)
class RunSql:
    """Run statements on a server, one by one, each by itself."""

    place: Place
    session: SqlSession
    statements: tuple[str, ...]
    words: str
    """What they do, for people."""


@dataclass(frozen=True)
class AwaitSettings:
    """Wait until a running server has these settings."""

    place: Place
    session: SqlSession
    settings: tuple[tuple[str, str], ...]
    """Name and value, in the setting's base unit."""


@dataclass(frozen=True)
class ProveArchiving:
    """Finish the current WAL segment, wait until it is archived, and compare the two byte for byte."""

    place: Place
    session: SqlSession
    switch: str
    """The query that finishes the current segment and returns its name."""
    data_directory: str
    archive: str
    """The archive's directory; "" when it is not known: then the server's word has to do."""


@dataclass(frozen=True)
class CreateSandbox:
    """Make the room for a sandbox: its directory, or its volume and container; nothing runs yet."""

    sandbox: SandboxSpec


@dataclass(frozen=True)
class LayDownBackup:
    """Put a copy of the base backup into a sandbox, made ready for recovery."""

    sandbox: SandboxSpec
    size: int
    """Bytes of the base backup, for the progress; 0 when not known."""


@dataclass(frozen=True)
class StartSandbox:
    """Start a sandbox's server: it replays archived WAL from the base backup on."""

    sandbox: SandboxSpec


@dataclass(frozen=True)
class AwaitTarget:
    """Wait until a sandbox has paused at its recovery target, and see that it really has."""

    sandbox: SandboxSpec
    target: RecoveryTarget
    start_lsn: str
    """Where replay begins: the base backup's start LSN."""
    start_time: str
    """When the base backup ended: ISO 8601 in UTC; "" when not known."""
    end_lsn: str
    """Where replay will stop: the end record of the first transaction lost; "" when not known."""
    segment_size: int = DEFAULT_SEGMENT_SIZE
    """Bytes of a WAL segment, to read positions from segment names in the log."""


@dataclass(frozen=True)
class RemoveSandbox:
    """End a sandbox's server and delete everything that was made for it, and nothing else."""

    sandbox: SandboxSpec


Step = (
    RunCommand
    | StartServer
    | StopServer
    | RestartServer
    | ReloadServer
    | RunSql
    | AwaitSettings
    | ProveArchiving
    | CreateSandbox
    | LayDownBackup
    | StartSandbox
    | AwaitTarget
    | RemoveSandbox
)


@dataclass(frozen=True)
class PlannedStep:
    """A step and what undoes it."""

    step: Step
    undo: tuple[Step, ...] = ()
    is_destructive: bool = False
    """Whether it takes away something that a user may still want (a running server, a sandbox)."""


@dataclass(frozen=True)
class Plan:
    """An operation that was decided upon and not yet run."""

    title: str
    """What it is for, in a few words."""
    cluster: str
    """The cluster it is about, as the user calls it."""
    steps: tuple[PlannedStep, ...]
    findings: tuple[Finding, ...] = ()
    """Warnings and notes that belong to it; a refusal never gets as far as a plan."""
    outcome: str = ""
    """What will be there afterwards, and what to look at next."""
    is_throwaway: bool = False
    """Whether what it makes is of no use half done: cancelling it then undoes what it began."""

    @property
    def is_destructive(self) -> bool:
        """Whether any step takes something away: then the cluster's name has to be typed."""
        return any(planned.is_destructive for planned in self.steps)


def step_place(step: Step) -> Place:
    """Return the place whose host runs the step: for a sandbox, the host of the cluster it comes from."""
    match step:
        case RunCommand() | StartServer() | StopServer() | RestartServer() | ReloadServer():
            return step.place
        case RunSql() | AwaitSettings() | ProveArchiving():
            return step.place
        case CreateSandbox() | LayDownBackup() | StartSandbox() | AwaitTarget() | RemoveSandbox():
            return step.sandbox.source
