"""How often is looked at what, and which segments are looked for in an archive."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from pgtui.domain.archive_position import current_number
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState
from pgtui.domain.wal import Segment, parse_segment


@dataclass(frozen=True)
class Rhythm:
    """How often is looked at what, in seconds."""

    wal: float
    names: float
    """Which segments are in the archive, asked of the server."""
    host: float
    """State and free space of the directories, asked of the host."""
    log: float
    """The log, while something looks wrong."""
    segments: int
    """How many of the newest segments are looked for in the archive, as a rule."""
    depth: float
    """How often `MOST_SEGMENTS` of them are looked for."""


MOST_SEGMENTS = 64
MOST_LOST = 256
"""Segments known to be lost that are looked for again, so that they do not fall into oblivion."""
DEEP = Rhythm(wal=2.0, names=3.0, host=3.0, log=2.0, segments=MOST_SEGMENTS, depth=0.0)
OVERVIEW = Rhythm(wal=5.0, names=10.0, host=60.0, log=5.0, segments=2, depth=15.0)

_AFTER_SUCCESS = 1.2
"""Seconds after which a segment that was reported as archived must be found in the archive."""


def hurries(
    before: ArchiveSample, after: ArchiveSample, look: ArchiveLook | None
) -> Iterator[tuple[str, float]]:
    """Yield what may have changed between two samples, with the seconds within which to look at it."""
    if before.archived_count != after.archived_count:
        yield from (("wal", 0.0), ("log", 0.0))
        if look is not None and look.state is DirectoryState.THERE:
            yield ("names", _AFTER_SUCCESS)
        else:
            # It was mended.
            yield from (("names", 0.0), ("host", 0.0))
    died = before.archiver != after.archiver and (
        before.archiver is None or after.archiver is None or before.archiver.pid != after.archiver.pid
    )
    if died or before.failed_count != after.failed_count:
        yield from ((what, 0.0) for what in ("wal", "names", "host", "log"))
    if before.command != after.command or before.library != after.library:
        yield from (("names", 0.0), ("host", 0.0))


def wanted(sample: ArchiveSample, count: int, lost: Iterable[str] = ()) -> tuple[str, ...]:
    """Return what to look for: the last archived segment, the newest before the current one, and lost ones.

    With each lost segment goes the one before it: while that one is there, there is a hole behind it.
    """
    names: dict[str, None] = {}
    for name in lost:
        segment = parse_segment(name, sample.segment_size)
        if segment is not None and segment.number > 1:
            names[Segment(segment.timeline, segment.number - 1).name(sample.segment_size)] = None
        names[name] = None
    number = current_number(sample)
    if number is not None and sample.timeline is not None:
        for each in range(max(1, number - count), number):
            names[Segment(sample.timeline, each).name(sample.segment_size)] = None
    if sample.last_archived_wal:
        names[sample.last_archived_wal] = None
    return tuple(names)


def trimmed(look: ArchiveLook, sample: ArchiveSample | None) -> ArchiveLook:
    """Leave out what was asked for and is older than all that is there: pruned, or never archived here."""
    oldest = min(look.present, default="")
    kept = set(look.present)
    if sample is not None:
        kept |= {sample.last_archived_wal or "", *(sample.wal.names if sample.wal else ())}
    asked = tuple(name for name in look.asked if name in kept or (oldest and name > oldest))
    return replace(look, asked=asked)
