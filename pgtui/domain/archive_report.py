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
    """Its header is not that of the segment that its name says."""
    TEMPORARY = "temporary"
    """What an interrupted copy left behind."""
    DUPLICATE = "duplicate"
    """The same segment lies there plain and compressed."""
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
    """When the segment behind it was archived."""
    cost: tuple[str, ...] = ()
    """What cannot be reached because of it, a sentence for each backup (or one that none is concerned)."""


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
    histories: int
    backup_histories: int
    headers_checked: int
    headers_of: int
    """How many segments have a header that could be checked."""
    notes: tuple[str, ...] = ()
    """Further sentences: what could not be read, backups that can be rolled forward and to when."""

    @property
    def holes(self) -> tuple[Hole, ...]:
        """Every hole, oldest timeline first."""
        return tuple(hole for span in self.spans for hole in span.holes)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing and nothing is wrong with any file."""
        return not self.holes and not self.problem_count
