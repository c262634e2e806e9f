"""What is shown of one cluster's archiving: the verdict with its reason, the figures, and what happened."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.cluster import ServerState


class ArchiveState(StrEnum):
    """Whether WAL is safe now."""

    OK = "ok"
    """WAL is written, and every full segment reaches the archive."""
    IDLE = "idle"
    """Nothing is written and nothing waits: however old the last archived segment is, all is well."""
    CATCHING_UP = "catching up"
    """Segments wait, and they are archived faster than new ones are written."""
    LAGGING = "lagging"
    """Segments are archived, and more are written than archived."""
    FAILING = "failing"
    """The command or library fails, or says that it succeeded when the segment is not in the archive."""
    STOPPED = "stopped"
    """Nothing is archived although something waits, and nothing reports a failure; or the server is down."""
    OFF = "off"
    """Archiving is switched off, or its command keeps nothing."""
    UNKNOWN = "unknown"
    """The server cannot be asked."""


@dataclass(frozen=True)
class Verdict:
    """What is to be thought of a cluster's archiving, with the reason."""

    state: ArchiveState
    reason: str
    """One sentence."""
    hint: str = ""
    """What to do about it; "" when nothing has to be done."""


@dataclass(frozen=True)
class ArchiveFailure:
    """Why a segment could not be archived, in the server's own words, and what they mean."""

    segment: str
    """The file that was being archived; "" when the log does not tell."""
    when: datetime | None
    """When it was logged last; None when the line carries no time."""
    words: str
    """What the command printed, or the server's message when it printed nothing."""
    exit_code: int | None
    """The command's exit code; None when a signal ended it or a library failed."""
    signal: int | None
    meaning: str
    """What the exit code or signal means, in words: "the program was not found"."""
    cause: str
    """What is wrong, in a sentence: "The archive's file system is full."."""
    hint: str
    """What to do about it."""


@dataclass(frozen=True)
class Exposure:
    """What would be lost if the server burned down now: what is written and not in the archive."""

    bytes: int | None
    """Between the end of the last archived segment and the current position."""
    seconds: float | None
    """How long ago the oldest of it may have been written; 0.0 when nothing would be lost."""


@dataclass(frozen=True)
class Figures:
    """Derived numbers; None: not known."""

    backlog_segments: int | None = None
    backlog_bytes: int | None = None
    oldest_waiting: float | None = None
    """Seconds that the oldest waiting segment has waited."""
    oldest_is_least: bool = False
    """It has waited for at least so long: since when is not known."""
    written_per_second: float | None = None
    """Bytes of WAL written a second."""
    archived_per_second: float | None = None
    """Bytes of WAL archived a second."""
    failures_since_success: int | None = None
    failures_are_exact: bool = True
    """False: there were at least so many; the last success was before the watching began."""
    until_full: float | None = None
    """Seconds until the file system of pg_wal is full at the present rate; None also when it never is."""
    until_archive_full: float | None = None
    exposure: Exposure = Exposure(None, None)
    current_segment: str = ""
    """Name of the segment being written; "" when not known."""
    segment_fill: float | None = None
    """How much of it is written, 0 to 1."""


@dataclass(frozen=True)
class ArchiveEvent:
    """Something that happened while watching: statistics reset, restart, promotion, a gap, a new verdict."""

    when: datetime
    words: str


@dataclass(frozen=True)
class ArchiveStatus:
    """All there is to show of one cluster's archiving at one moment; never changes."""

    cluster: str
    taken: datetime
    """When this was put together, by this machine's clock."""
    server: ServerState
    verdict: Verdict
    sample: ArchiveSample | None = None
    """The newest sample; it is old when `is_current` is false."""
    is_current: bool = False
    """Whether the sample is fresh: when it is not, its figures must be shown as old or not at all."""
    sampled: datetime | None = None
    """When the sample came, by this machine's clock."""
    figures: Figures = Figures()
    look: ArchiveLook | None = None
    failure: ArchiveFailure | None = None
    """The cause, found in the server log; None while nothing fails or nothing was found."""
    log_problem: str = ""
    """Why the server log could not be searched for the cause, in a sentence."""
    clock_skew: float = 0.0
    """Seconds by which the server's clock is ahead of this machine's."""
    events: tuple[ArchiveEvent, ...] = ()
    """The newest ones, oldest first."""
    problem: str = ""
    """Why the server could not be asked, in a sentence."""
    problem_hint: str = ""


class CellState(StrEnum):
    """What became of one segment."""

    ARCHIVED = "archived"
    READY = "ready"
    WRITING = "being written"
    RECYCLED = "recycled"
    MISSING = "missing"


@dataclass(frozen=True)
class SegmentCell:
    """One segment of the strip."""

    name: str
    state: CellState


@dataclass(frozen=True)
class Point:
    """One point of the curves. A gap in the watching is a point whose rates are None."""

    when: datetime
    """By this machine's clock."""
    written: float | None
    """Bytes of WAL written a second since the point before."""
    archived: float | None
    """Bytes of WAL archived a second since the point before."""
    backlog: int | None
    """Segments waiting."""
