"""The archive: which WAL lies in a directory, and how far a base backup can be rolled forward with it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from pgtui.domain.backup import BaseBackup
from pgtui.domain.lsn import Lsn
from pgtui.domain.timeline import TimelineHistory, required_timeline
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE, Segment, parse_segment, segment_number

MIN_SEGMENT_SIZE = 1024 * 1024
MAX_SEGMENT_SIZE = 1024 * 1024 * 1024


@dataclass(frozen=True)
class ArchivedSegment:
    """One segment file in the archive."""

    segment: Segment
    size: int
    modified: datetime
    """When it was written there; some hosts tell whole seconds only."""

    @property
    def complete_by(self) -> datetime:
        """A moment by which it was there for sure: no transaction in it ended later."""
        return self.modified + timedelta(seconds=1)


@dataclass(frozen=True)
class Archive:
    """What lies in an archive directory, at one moment."""

    directory: str
    segments: tuple[ArchivedSegment, ...]
    """Sorted by timeline and number; those of the wrong size included."""
    histories: tuple[TimelineHistory, ...]
    """By timeline, timeline 1 included; a broken history file is left out and told as a problem."""
    segment_size: int
    problems: tuple[str, ...] = ()
    """What could not be read, a sentence each."""

    def history(self, timeline: int) -> TimelineHistory | None:
        """Return the history of a timeline; None when the archive does not hold it."""
        return next((h for h in self.histories if h.timeline == timeline), None)


@dataclass(frozen=True)
class Reach:
    """How far one base backup can be rolled forward along one timeline's path."""

    timeline: int
    end: Lsn
    """Behind the last segment that can be had without a hole."""
    until: datetime | None
    """By when that segment was archived: no later commit can be reached; None without a segment."""
    segments: tuple[ArchivedSegment, ...]
    """The segments of the path, from the backup's start on, in order."""
    missing: str
    """The file name of the first segment that is not there; "" when nothing lies behind it either."""
    is_broken: bool
    """Whether segments behind the hole exist: something was lost, rather than not archived yet."""


def likely_segment_size(sizes: Iterable[int]) -> int:
    """Return the size that most segment files have, when it is one that segments can have."""
    possible = Counter(
        size for size in sizes if MIN_SEGMENT_SIZE <= size <= MAX_SEGMENT_SIZE and size & (size - 1) == 0
    )
    return possible.most_common(1)[0][0] if possible else DEFAULT_SEGMENT_SIZE


def reach(archive: Archive, history: TimelineHistory, backup: BaseBackup) -> Reach:
    """Follow a timeline's path from a backup's start through the archive up to the first hole.

    A file of the wrong size counts as absent. Segments that the backup carries itself (pg_wal) count as
    present. Along the path only the newest timeline's file of a segment will do (manual: "Timelines";
    PostgreSQL would take the parent's and follow the abandoned timeline).
    """
    size = archive.segment_size
    there = {f.segment: f for f in archive.segments if f.size == size}
    carried = {s for name in backup.carried_segments if (s := parse_segment(name, size))}
    first = number = segment_number(backup.label.start_lsn, size)
    path: list[ArchivedSegment] = []
    while True:
        wanted = Segment(required_timeline(history, number, size), number)
        if wanted in there:
            path.append(there[wanted])
        elif wanted not in carried:
            break
        number += 1
    # Only the path's own files: what left-behind timelines hold behind its end is nothing lost.
    later = any(s.number > number and s.timeline == required_timeline(history, s.number, size) for s in there)
    return Reach(
        timeline=history.timeline,
        end=Lsn(number * size) if number > first else backup.label.start_lsn,
        until=max((f.complete_by for f in path), default=None),
        segments=tuple(path),
        missing=wanted.name(size) if later else "",
        is_broken=later,
    )
