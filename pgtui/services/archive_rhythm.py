"""How often is looked at what, and which segments are looked for in an archive."""

from dataclasses import dataclass, replace

from pgtui.domain.archive_position import current_number
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.wal import Segment


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
    """How many of the newest segments are looked for in the archive."""


DEEP = Rhythm(wal=2.0, names=3.0, host=3.0, log=2.0, segments=64)
OVERVIEW = Rhythm(wal=5.0, names=10.0, host=60.0, log=5.0, segments=2)


def wanted(sample: ArchiveSample, count: int) -> tuple[str, ...]:
    """Return what to look for: the last archived segment, and the newest before the current one."""
    names: dict[str, None] = {}
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
