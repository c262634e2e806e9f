"""The segment strip: what became of each of the newest segments."""

from pgtui.domain.archive_position import archived_number, current_number, missing_segments
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.archive_status import CellState, SegmentCell
from pgtui.domain.wal import Segment, parse_segment

_RECYCLED_SHARE = 4
"""At most one cell in so many shows a recycled segment: they are to come, and all alike."""


def segment_strip(
    sample: ArchiveSample, look: ArchiveLook | None, cells: int, clock_skew: float = 0.0
) -> tuple[SegmentCell, ...]:
    """Return the newest segments, oldest first; only those that something is known of."""
    current = current_number(sample)
    if cells < 1 or current is None or sample.timeline is None:
        return ()
    names = _known_names(sample, look)
    recycled = sum(number > current for number in names)
    last = current + min(recycled, cells // _RECYCLED_SHARE)
    lowest = min([*names, current])
    ready = frozenset(sample.wal.ready_names) if sample.wal else frozenset()
    missing = frozenset(missing_segments((sample,), look, clock_skew))
    strip: list[SegmentCell] = []
    for number in range(max(lowest, last - cells + 1), last + 1):
        name = names.get(number) or Segment(sample.timeline, number).name(sample.segment_size)
        state = _state(sample, look, name, number, ready, missing)
        if state is not None:
            strip.append(SegmentCell(name, state))
    return tuple(strip)


def _known_names(sample: ArchiveSample, look: ArchiveLook | None) -> dict[int, str]:
    """Names of segments that something is known of, by number; the newest timeline's where there are two."""
    names: list[str] = [sample.last_archived_wal or ""]
    if sample.wal is not None:
        names += [*sample.wal.names, *sample.wal.ready_names]
    if look is not None:
        names += [*look.asked, *look.present]
    found: dict[int, str] = {}
    for name in sorted(set(names)):
        segment = parse_segment(name, sample.segment_size)
        if segment is not None and (sample.timeline is None or segment.timeline <= sample.timeline):
            found[segment.number] = name
    return found


def _state(
    sample: ArchiveSample,
    look: ArchiveLook | None,
    name: str,
    number: int,
    ready: frozenset[str],
    missing: frozenset[str],
) -> CellState | None:
    current, archived = current_number(sample), archived_number(sample)
    if current is None or number > current:
        return CellState.RECYCLED
    if number == current:
        return CellState.WRITING
    if name in ready:
        return CellState.READY
    if name in missing:
        return CellState.MISSING
    if look is not None and name in look.present:
        return CellState.ARCHIVED
    if not sample.archives_here:
        return None
    if archived is None:
        # Its statistics were reset: what does not wait has been archived before.
        return CellState.ARCHIVED if sample.wal is not None and name in sample.wal.names else None
    return CellState.ARCHIVED if number <= archived else CellState.READY
