"""What a scan of an archive found: runs of segments, holes and their cost, files that do not belong."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ProblemKind(StrEnum):
    """What can be wrong with a file of the archive."""

    WRONG_SIZE = "wrong size"
    EMPTY = "empty"
    PARTIAL = "partial"
    """A `.partial` segment: the last one of a timeline that was left by a promotion."""
    FOREIGN = "foreign"
    """Its header carries another system identifier."""
    DAMAGED = "damaged"
    """Its header is not that of the segment that its name says, or a history file cannot be read."""
    TEMPORARY = "temporary"
    """What an interrupted copy left behind."""
    DUPLICATE = "duplicate"
    """The same segment lies there plain and compressed."""
    MISSING_HISTORY = "missing history"
    """A `.history` file that should be there and is not."""
    UNKNOWN = "unknown"
    """Not a file that belongs into an archive."""


@dataclass(frozen=True)
class FileProblemFound:
    """One file that is not as it should be."""

    name: str
    kind: ProblemKind
    size: int
    words: str
    """What that means, one sentence."""
    is_harmless: bool = False
    """Whether the archive is whole in spite of it: no recovery needs what is wrong here."""


@dataclass(frozen=True)
class Hole:
    """Segments that are missing between others of the same timeline's path."""

    timeline: int
    first: str
    """Name of the first missing segment."""
    last: str
    count: int
    after: datetime | None
    """When the segment before it was archived: up to then moments can be reached."""
    until: datetime | None
    """When the segment behind it was archived; None when nothing lies behind it."""
    cost: tuple[str, ...] = ()
    """What cannot be reached because of it, a sentence for each backup (or one that none is concerned)."""
    report: str = ""
    """What the server said of a hole at the archive's end, which nothing but its word shows; "" of others."""


@dataclass(frozen=True)
class TimelineSpan:
    """What lies in the archive of one timeline."""

    timeline: int
    parent: int | None
    first: str
    last: str
    count: int
    compressed: int
    size: int
    """Bytes on disk as listed."""
    oldest: datetime | None
    newest: datetime | None
    holes: tuple[Hole, ...]
    """At most 1000 of them, oldest first."""
    hole_count: int = 0
    missing: int = 0
    """Segments in all holes."""


@dataclass(frozen=True)
class ArchiveReport:
    """A whole scan."""

    directory: str
    taken: datetime
    seconds: float
    """How long the scan took."""
    files: int
    size: int
    segment_size: int
    system_identifier: str | None
    """The server's, that headers were compared with; None when it is not known."""
    spans: tuple[TimelineSpan, ...]
    problems: tuple[FileProblemFound, ...]
    """At most 1000 of them."""
    problem_count: int
    harmless_count: int
    """How many of all problems are harmless."""
    histories: int
    backup_histories: int
    headers_checked: int
    headers_of: int
    """How many segments have a header that could be checked."""
    notes: tuple[str, ...] = ()
    """Further sentences: what could not be read, backups that can be rolled forward and to when."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """The holes, oldest timeline first (of each at most 1000)."""
        return tuple(hole for span in self.spans for hole in span.holes)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing is wrong with any file that a recovery may need."""
        return not self.hole_count and self.problem_count == self.harmless_count

    @property
    def hole_count(self) -> int:
        """How many holes there are."""
        return sum(span.hole_count for span in self.spans)
