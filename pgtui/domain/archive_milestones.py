"""What must be remembered of a cluster's archiving for longer than its newest samples are kept."""

from collections import deque
from datetime import datetime, timedelta

from pgtui.domain.archive_position import SLACK, Waiting, current_number, is_same_run, waiting
from pgtui.domain.archive_sample import ArchiveSample

MOST_SEGMENTS = 2048
"""Segments of which it is remembered when they were begun."""
_LAST_SUCCESSES = 5
_WATCHED = 10.0
"""Seconds between two samples over which a failure might have been missed."""


class Milestones:
    """Follows the samples of one cluster: failures at the last success, and when segments were begun."""

    def __init__(self) -> None:
        self._before: ArchiveSample | None = None
        self._failed_then: int | None = None
        self._begun: deque[tuple[int, datetime]] = deque(maxlen=MOST_SEGMENTS)
        self._busy_since: datetime | None = None
        """Since when the archiver has had one thing to do after the other, without a failure."""
        self._took: deque[float] = deque(maxlen=_LAST_SUCCESSES)

    def note(self, sample: ArchiveSample) -> None:
        """Take in the newest sample."""
        before, self._before = self._before, sample
        if sample.archived_count == 0:
            self._failed_then = 0
        elif before is None or before.stats_reset != sample.stats_reset:
            self._failed_then = None
        elif before.archived_count != sample.archived_count:
            # The success lies between the two; failures before it in the same second are not after it.
            is_failing = sample.failed_last
            self._failed_then = before.failed_count if is_failing else sample.failed_count
        if before is not None and not is_same_run(before, sample):
            self._begun.clear()
        self._note_position(before, sample)
        self._note_duration(before, sample)

    def _note_position(self, before: ArchiveSample | None, sample: ArchiveSample) -> None:
        number = current_number(sample)
        if number is None or sample.lsn is None:
            return
        if sample.lsn.value % sample.segment_size <= SLACK:
            # Nothing that matters is in it yet: what comes is written after this moment.
            while self._begun and self._begun[-1][0] >= number:
                self._begun.pop()
            self._begun.append((number, sample.taken))
        elif before is not None and (left := current_number(before)) is not None and left < number:
            self._begun.append((left + 1, before.taken))

    def _note_duration(self, before: ArchiveSample | None, sample: ArchiveSample) -> None:
        if before is None or not _went_on(before, sample):
            self._busy_since = None
        done = 0 if before is None else sample.archived_count - before.archived_count
        if done > 0:
            then, now = self._busy_since, sample.last_archived_time
            if then is not None and now is not None and now > then:
                self._took.append((now - then).total_seconds() / done)
            self._busy_since = None
        waits = waiting((sample,))
        if not waits.anything or sample.failed_last:
            # It has nothing to do, or makes a pause.
            self._busy_since = None
        elif self._busy_since is None:
            self._busy_since = _work_begun(sample, waits)

    @property
    def archiving_takes(self) -> float:
        """Seconds that one of the last segments took at most, without pauses; 0.0: not known."""
        return max(self._took, default=0.0)

    def failures_since_success(self) -> int | None:
        """Return how many failures were counted since the last success; None when that is not known."""
        if self._before is None or self._failed_then is None:
            return None
        return max(0, self._before.failed_count - self._failed_then)

    def begun(self, number: int) -> datetime | None:
        """Return a moment (of the server's clock) when nothing was written yet from this segment on."""
        for known, moment in reversed(self._begun):
            if known <= number:
                return moment
        return None


def _went_on(before: ArchiveSample, sample: ArchiveSample) -> bool:
    """Whether it was watched in between that nothing failed, counted or not, and the command stayed."""
    old, new = before.archiver, sample.archiver
    return (
        0 <= (sample.taken - before.taken).total_seconds() <= _WATCHED
        and (old and old.started) == (new and new.started)
        and before.started == sample.started
        and before.failed_count == sample.failed_count
        and before.stats_reset == sample.stats_reset
        and (before.command, before.library) == (sample.command, sample.library)
    )


def _work_begun(sample: ArchiveSample, waits: Waiting) -> datetime:
    """When the archiver began with what waits: at once, as long as nothing fails."""
    became = sample.taken if waits.oldest is None else sample.taken - timedelta(seconds=waits.oldest)
    archiver = sample.archiver
    moments = (became, sample.last_archived_time, sample.stats_reset, archiver.started if archiver else None)
    return max(moment for moment in moments if moment is not None)
