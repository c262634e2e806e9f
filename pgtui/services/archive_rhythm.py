"""How often is looked at what, and which segments are looked for in an archive."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pgtui.domain.archive_position import current_number
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
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
