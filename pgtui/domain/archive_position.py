"""How far the archive reaches and what still waits, as samples and looks tell; segments by number."""

from collections.abc import Sequence
from dataclasses import dataclass

from pgtui.domain.archive_command import keeps_nothing
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState, WalDirectory
from pgtui.domain.wal import BACKUP_HISTORY_NAME, SEGMENT_NAME, Segment, parse_segment

SLACK = 4096
"""Bytes that an idle server writes into a segment after a switch: page headers, a checkpoint, a snapshot."""
OLD_LOOK = 20.0
"""Seconds after which a look at pg_wal tells less than the statistics do."""


def current_number(sample: ArchiveSample) -> int | None:
    """Return the number of the segment that is being written, or replayed."""
    return None if sample.lsn is None else sample.lsn.value // sample.segment_size


def current_name(sample: ArchiveSample) -> str:
    """Return the name of the segment that is being written; "" when it is not known."""
    number = current_number(sample)
    if number is None or sample.timeline is None:
        return ""
    return Segment(sample.timeline, number).name(sample.segment_size)


def archived_number(sample: ArchiveSample) -> int | None:
    """Return the number of the last segment that is whole in the archive, as the statistics have it.

    None when the last file was a timeline's history, or none was archived since the last reset.
    """
    name = sample.last_archived_wal or ""
    # A backup's history file is archived right behind the segment that the backup began in.
    backup = BACKUP_HISTORY_NAME.match(name)
    segment = parse_segment(backup[1] if backup else name.removesuffix(".partial"), sample.segment_size)
    if segment is None:
        return None
    return segment.number - 1 if name.endswith(".partial") else segment.number


def is_same_run(older: ArchiveSample, newer: ArchiveSample) -> bool:
    """Whether positions and counts of two samples can be set against each other.

    They cannot when the server was restarted, promoted or replaced in between, or its clock set back.
    """
    return (
        older.taken < newer.taken
        and older.started == newer.started
        and older.in_recovery == newer.in_recovery
        and older.segment_size == newer.segment_size
        and (older.timeline == newer.timeline or None in (older.timeline, newer.timeline))
        and (older.lsn is None or newer.lsn is None or older.lsn <= newer.lsn)
    )


def run_of(samples: Sequence[ArchiveSample], seconds: float) -> tuple[ArchiveSample, ...]:
    """Return the newest samples that can be compared, of so many seconds and at least two if there are."""
    run = [samples[-1]]
    for older in reversed(samples[:-1]):
        if not is_same_run(older, run[-1]):
            break
        if len(run) > 1 and (samples[-1].taken - older.taken).total_seconds() > seconds:
            break
        run.append(older)
    return tuple(reversed(run))


def last_archived_number(samples: Sequence[ArchiveSample]) -> int | None:
    """Return the number of the last archived segment, from the last of the samples that tells one."""
    for sample in reversed(samples):
        number = archived_number(sample)
        if number is not None:
            return number
    return None


def throws_away(sample: ArchiveSample) -> bool:
    """Whether what is reported as archived is kept nowhere, by the command's own text."""
    return not sample.library and keeps_nothing(sample.command)


@dataclass(frozen=True)
class Waiting:
    """What waits to be archived."""

    segments: int | None
    """None: not known."""
    oldest: float | None = None
    """Seconds that the oldest one waits; at least so many when it is an estimate."""
    others: int = 0
    """Timeline histories, backup histories and `.partial` segments that wait."""
    first: int | None = None
    """Number of the oldest one."""
    is_estimate: bool = False
    """Told by positions alone, because pg_wal cannot be looked at."""
    is_least: bool = False
    """The samples do not reach back to when it began to wait: it may have waited for much longer."""

    @property
    def anything(self) -> bool:
        """Whether anything is known to wait."""
        return bool(self.segments or self.others)


def waiting(samples: Sequence[ArchiveSample]) -> Waiting:
    """Return what waits, from the newest look at pg_wal, else from the positions."""
    newest = samples[-1]
    wal = newest.wal
    if wal is not None and (newest.taken - wal.taken).total_seconds() <= OLD_LOOK:
        return _waiting_as_seen(newest, wal)
    return _waiting_as_estimated(samples)


def _waiting_as_seen(sample: ArchiveSample, wal: WalDirectory) -> Waiting:
    done = 0
    last = sample.last_archived_wal or ""
    if SEGMENT_NAME.match(last) and sample.last_archived_time and sample.last_archived_time > wal.taken:
        done = sum(name <= last for name in wal.ready_names)
    segments = max(0, wal.ready - done)
    first = next(
        (s for name in wal.ready_names[done:] if (s := parse_segment(name, sample.segment_size))), None
    )
    oldest = None
    if segments and wal.oldest_ready is not None:
        oldest = max(0.0, (sample.taken - wal.oldest_ready).total_seconds())
    return Waiting(segments, oldest, wal.other_ready, first.number if first and segments else None)


def _waiting_as_estimated(samples: Sequence[ArchiveSample]) -> Waiting:
    newest = samples[-1]
    segments, archived = _between(newest), archived_number(newest)
    if segments is None or archived is None or not segments:
        return Waiting(segments, is_estimate=True)
    since, is_least = newest, True
    for older in reversed(samples[:-1]):
        if not is_same_run(older, since):
            break
        if archived_number(older) != archived or not _between(older):
            is_least = False
            break
        since = older
    seconds = (newest.taken - since.taken).total_seconds()
    return Waiting(segments, seconds, first=archived + 1, is_estimate=True, is_least=is_least)


def _between(sample: ArchiveSample) -> int | None:
    """How many full segments lie between the last archived one and the current one."""
    current, archived = current_number(sample), archived_number(sample)
    return None if current is None or archived is None else max(0, current - archived - 1)


def missing_segments(
    samples: Sequence[ArchiveSample], look: ArchiveLook | None, clock_skew: float = 0.0
) -> tuple[str, ...]:
    """Return what the server has reported as archived and what is not in the archive, oldest first.

    What is older than all that is there was pruned, or never belonged into this archive. `clock_skew` is by
    how many seconds the server's clock is ahead of the one that the look was timed by.
    """
    if look is None or look.state is not DirectoryState.THERE:
        return ()
    # Only what was archived before the look can be missed in it.
    sample = next((s for s in reversed(samples) if _was_seen_after(s, look, clock_skew)), None)
    if sample is None or sample.last_archived_wal is None:
        return ()
    last = sample.last_archived_wal
    lost = {last} if last in look.asked and last not in look.present else set()
    return tuple(sorted(lost | _holes(sample, look)))


def _holes(sample: ArchiveSample, look: ArchiveLook) -> set[str]:
    """Segments that are absent between others of the archive."""
    end = parse_segment(sample.last_archived_wal or "", sample.segment_size)
    there = [s for name in look.present if (s := parse_segment(name, sample.segment_size))]
    if end is None or not there:
        return set()
    oldest = min(there)
    waits = frozenset(sample.wal.ready_names) if sample.wal else frozenset()
    absent = set(look.asked) - look.present - waits
    segments = {name: parse_segment(name, sample.segment_size) for name in absent}
    return {name for name, s in segments.items() if s and s.timeline == end.timeline and oldest < s < end}


def _was_seen_after(sample: ArchiveSample, look: ArchiveLook, clock_skew: float) -> bool:
    """Whether the archive was looked at after the last segment was archived, as far as clocks can tell."""
    if sample.last_archived_time is None:
        return False
    return (look.taken - sample.last_archived_time).total_seconds() + clock_skew > 1.0
