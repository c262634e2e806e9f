"""A job: one plan being run, and the events it tells of."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # Screens that show jobs are there before any plan is: the first frame must not wait for its types.
    from pgtui.domain.plan import Plan

KEPT_OUTPUT = 500
"""Lines of output kept with a job."""


class JobState(StrEnum):
    """Where a job stands."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    INTERRUPTED = "interrupted"
    """pgtui ended while it ran: it can be finished or undone."""
    UNDONE = "undone"

    @property
    def is_final(self) -> bool:
        """Whether nothing more will happen by itself."""
        return self is not JobState.RUNNING


class StepState(StrEnum):
    """Where one step stands."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


@dataclass(frozen=True)
class Progress:
    """How far the present step is."""

    text: str
    """In words, with figures."""
    fraction: float | None = None
    """0 to 1, or None when no true fraction can be had."""


@dataclass(frozen=True)
class StepStatus:
    """One step of a job."""

    state: StepState = StepState.WAITING
    seconds: float | None = None
    """How long it took, once it ended."""


@dataclass(frozen=True)
class JobSnapshot:
    """All there is to show of a job at one moment; never changes."""

    id: str
    plan: "Plan"
    state: JobState
    started: datetime
    ended: datetime | None = None
    steps: tuple[StepStatus, ...] = ()
    progress: Progress | None = None
    output: tuple[str, ...] = ()
    """The last lines of output, oldest first."""
    error: str = ""
    """Why it failed, in a sentence."""
    hint: str = ""
    """What to do about it."""
    can_undo: bool = False
    can_finish: bool = False

    @property
    def steps_done(self) -> int:
        """How many steps have ended well."""
        return sum(s.state is StepState.DONE for s in self.steps)


@dataclass(frozen=True)
class JobRecord:
    """What the journal tells of one job."""

    id: str
    plan: "Plan"
    started: datetime
    ended: datetime | None
    state: JobState
    """INTERRUPTED when it has no end and nobody runs it; RUNNING when another process does."""
    steps: tuple[StepState, ...]
    seconds: tuple[float | None, ...]
    output: tuple[str, ...]
    error: str
    hint: str
