"""Numbers derived from samples: rates, backlog, exposure, time until full. What is not known is None."""

from collections.abc import Sequence
from datetime import datetime

from pgtui.domain.archive_milestones import Milestones
from pgtui.domain.archive_position import (
    SLACK,
    Waiting,
    archived_number,
    current_name,
    current_number,
    last_archived_number,
    missing_segments,
    run_of,
    throws_away,
    waiting,
)
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.archive_status import Exposure, Figures
from pgtui.domain.wal import parse_segment

WINDOW = 60.0
"""Seconds over which rates are means."""
IN_FLIGHT_SECONDS = 30.0
"""So long a segment may wait and still be called on its way."""
_IN_FLIGHT_SEGMENTS = 3
_SLOWER = 1.5
"""By how much longer than lately a segment may take before it is late."""
_CLEARED_WITHIN = 10.0
_STEADY = 3
"""Segments within the window."""
_NEVER = 10 * 365 * 86_400.0


def figures(
    samples: Sequence[ArchiveSample],
    look: ArchiveLook | None = None,
    milestones: Milestones | None = None,
    clock_skew: float = 0.0,
) -> Figures:
    """Derive the figures from the last minute of samples (oldest first) and the newest look at the archive.

    `milestones` has followed the same samples: with it failures are counted from the last success on,
    and exposure is told in seconds that are not too many.
    """
    if not samples:
        return Figures()
    newest = samples[-1]
    run = run_of(samples, WINDOW)
    number = current_number(newest)
    written = _written(run)
    archived = _archived(run) if newest.archives_here else None
    waits = waiting(samples) if newest.archives_here else Waiting(None)
    failures, is_exact = _failures(samples, milestones)
    return Figures(
        backlog_segments=waits.segments,
        backlog_bytes=None if waits.segments is None else waits.segments * newest.segment_size,
        oldest_waiting=waits.oldest,
        oldest_is_least=waits.is_least,
        written_per_second=written,
        archived_per_second=archived,
        failures_since_success=failures,
        failures_are_exact=is_exact,
        until_full=_until_full(newest, look, waits, written, archived),
        until_archive_full=_until_archive_full(run, look, archived),
        exposure=_exposure(samples, look, waits, milestones, clock_skew),
        current_segment=current_name(newest),
        segment_fill=None
        if newest.lsn is None or number is None
        else newest.lsn.value % newest.segment_size / newest.segment_size,
    )


def is_on_its_way(
    waits: Waiting, segment_size: int, archived_per_second: float | None, archiving_takes: float = 0.0
) -> bool:
    """Whether what waits is no more than a healthy archiver has in hand, slow as it may be."""
    patience = max(IN_FLIGHT_SECONDS, _SLOWER * archiving_takes)
    if not waits.segments or (waits.oldest is not None and waits.oldest > patience):
        return not waits.segments
    cleared = (archived_per_second or 0.0) * _CLEARED_WITHIN
    return waits.segments <= _IN_FLIGHT_SEGMENTS or waits.segments * segment_size <= cleared


def _span(run: Sequence[ArchiveSample]) -> float:
    return (run[-1].taken - run[0].taken).total_seconds()


def _written(run: Sequence[ArchiveSample]) -> float | None:
    known = [sample for sample in run if sample.lsn is not None]
    if len(known) < 2 or known[-1].lsn is None or known[0].lsn is None:
        return None
    return (known[-1].lsn - known[0].lsn) / _span(known)


def _archived(run: Sequence[ArchiveSample]) -> float | None:
    """Bytes a second by how far the archive has come; by counting files where that is not told."""
    if throws_away(run[-1]):
        return 0.0
    if len(run) < 2:
        return None
    size, seconds = run[-1].segment_size, _span(run)
    first, last = last_archived_number(run[::-1]), last_archived_number(run)
    if first is not None and last is not None and run[0].last_archived_wal is not None:
        return max(0, last - first) * size / seconds
    if any(older.stats_reset != run[-1].stats_reset for older in run):
        return None
    # Nothing had been archived since the reset: what is counted now are segments, but for a history file.
    return max(0, run[-1].archived_count - run[0].archived_count) * size / seconds


def _failures(samples: Sequence[ArchiveSample], milestones: Milestones | None) -> tuple[int | None, bool]:
    """Failures since the last success, and whether that number is exact or the least there were."""
    newest = samples[-1]
    if milestones is not None and (exact := milestones.failures_since_success()) is not None:
        return exact, True
    if newest.archived_count == 0:
        return newest.failed_count, True
    if not newest.failed_last:
        return 0, True
    same = [
        sample.failed_count
        for sample in samples
        if (sample.archived_count, sample.stats_reset) == (newest.archived_count, newest.stats_reset)
    ]
    return max(1, newest.failed_count - min(same)), False


def _until_archive_full(
    run: Sequence[ArchiveSample], look: ArchiveLook | None, archived: float | None
) -> float | None:
    """Seconds until the archive's file system is full; one segment that was switched is no rate."""
    if look is None or archived is None or archived * _span(run) < _STEADY * run[-1].segment_size:
        return None
    return _seconds(look.free, archived)


def _until_full(
    sample: ArchiveSample,
    look: ArchiveLook | None,
    waits: Waiting,
    written: float | None,
    archived: float | None,
) -> float | None:
    """Seconds until pg_wal has filled its file system, while something keeps WAL from being removed."""
    if look is None or look.wal_free is None or written is None:
        return None
    by_slot = any(
        slot.restart_lsn is not None and not slot.is_active and slot.wal_status not in ("lost", "unreserved")
        for slot in sample.slots
    )
    by_archive = not is_on_its_way(waits, sample.segment_size, archived)
    if not by_slot and not by_archive:
        return None
    # A segment that was recycled is written to before a new one takes space.
    current = current_name(sample)
    recycled = sum(name > current for name in sample.wal.names) if sample.wal and current else 0
    growth = written if by_slot else written - (archived or 0.0)
    return _seconds(look.wal_free + recycled * sample.segment_size, growth)


def _seconds(size: float | None, rate: float | None) -> float | None:
    if size is None or rate is None or rate <= 0:
        return None
    seconds = size / rate
    return seconds if seconds < _NEVER else None


def _exposure(
    samples: Sequence[ArchiveSample],
    look: ArchiveLook | None,
    waits: Waiting,
    milestones: Milestones | None,
    clock_skew: float,
) -> Exposure:
    newest = samples[-1]
    keeps = newest.archives_here and not throws_away(newest)
    first = _first_unsafe(samples, look, waits, clock_skew) if keeps else None
    if first is None or newest.lsn is None:
        return Exposure(None, None)
    size = max(0, newest.lsn.value - first * newest.segment_size)
    since = milestones.begun(first) if milestones else _begun(samples, first)
    archived = archived_number(newest)
    if since is None and archived is not None and first == archived + 1:
        since = newest.last_archived_time
    if since is None:
        # What was lost was written before the last success and before all that waits: nobody knows when.
        return Exposure(size, waits.oldest if first == waits.first else None)
    return Exposure(size, max(0.0, (newest.taken - since).total_seconds(), waits.oldest or 0.0))


def _first_unsafe(
    samples: Sequence[ArchiveSample], look: ArchiveLook | None, waits: Waiting, clock_skew: float
) -> int | None:
    """Number of the first segment that is not in the archive."""
    newest = samples[-1]
    for name in missing_segments(samples, look, clock_skew):
        segment = parse_segment(name, newest.segment_size)
        if segment is not None:
            return segment.number
    archived = archived_number(newest)
    if archived is None:
        archived = last_archived_number(run_of(samples, WINDOW))
    if archived is not None:
        return archived + 1
    if waits.is_estimate or waits.segments is None:
        return None
    return waits.first if waits.segments else current_number(newest)


def _begun(samples: Sequence[ArchiveSample], number: int) -> datetime | None:
    """When nothing was written yet from this segment on, as far as the samples reach back."""
    for sample in reversed(samples):
        if sample.lsn is not None and sample.lsn.value <= number * sample.segment_size + SLACK:
            return sample.taken
    return None
