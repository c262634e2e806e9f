"""What was seen of one cluster's archiving so far, and what is to be thought of it."""

from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.archive_changes import changes
from pgtui.domain.archive_event import event_words, is_news
from pgtui.domain.archive_failing_file import with_file
from pgtui.domain.archive_figures import figures
from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_mended import Mending, told_as_past
from pgtui.domain.archive_milestones import Milestones
from pgtui.domain.archive_position import (
    archived_number,
    is_same_run,
    missing_segments,
    throws_away,
    waiting,
)
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample, DirectoryState, WalDirectory
from pgtui.domain.archive_series import Curve
from pgtui.domain.archive_status import (
    ArchiveEvent,
    ArchiveFailure,
    ArchiveState,
    ArchiveStatus,
    Figures,
    Point,
    SegmentCell,
    Verdict,
)
from pgtui.domain.cluster import ServerState
from pgtui.domain.segment_strip import segment_strip
from pgtui.services.archive_rhythm import MOST_LOST, trimmed

KEPT = 90
"""Samples that verdict and figures are made of: more than they look back on."""
MOST_EVENTS = 50
FRESH = 3.0
"""Seconds after which the newest sample does not count as the present; over more no rate is reckoned."""


class Record:
    """Takes in what comes, in any order, and makes a status of it; asks nobody."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.server = ServerState.UNKNOWN
        self.look: ArchiveLook | None = None
        self.lost: tuple[str, ...] = ()
        """What was reported as archived and is not in the archive, oldest first."""
        self.failure: ArchiveFailure | None = None
        self.log_problem = ""
        self.problem, self.problem_hint = "", ""
        self.curve = Curve()
        self.wal: WalDirectory | None = None
        self.samples: tuple[ArchiveSample, ...] = ()
        self.sampled_at: float | None = None
        """When the newest sample came, by a clock that is never set."""
        self._sampled: datetime | None = None
        self._unbroken = 0
        """How many of the newest samples came without a gap between them: rates are means over these."""
        self._skew = 0.0
        self._milestones = Milestones()
        self._mending = Mending()
        self._events: deque[ArchiveEvent] = deque(maxlen=MOST_EVENTS)
        self._state: ArchiveState | None = None
        self._lost_at: float | None = None

    @property
    def newest(self) -> ArchiveSample | None:
        """The newest sample."""
        return self.samples[-1] if self.samples else None

    def is_current(self, clock: float) -> bool:
        """Whether the newest sample tells of now."""
        is_fresh = self.sampled_at is not None and clock - self.sampled_at <= FRESH
        return is_fresh and self.server is ServerState.RUNNING

    def take(self, sample: ArchiveSample, now: datetime, clock: float, skew: float | None) -> None:
        """Take in a sample that has just come."""
        before, passed = self.newest, None if self.sampled_at is None else clock - self.sampled_at
        self._unbroken = 1 if passed is None or passed > FRESH else min(self._unbroken + 1, KEPT)
        for words in changes(before, sample, passed) if before else ():
            self._note(now, words)
        if skew is not None:
            self._skew = skew
        if self._lost_at is not None:
            self._note(now, f"The server answers again, after {duration_in_words(clock - self._lost_at)}.")
            self.curve.gap(now)
            self._lost_at = None
        if before is not None and before.started != sample.started:
            # What lay in pg_wal before a restart says nothing of now.
            self.wal = None
        sample = replace(sample, wal=self.wal)
        self.samples = (*self.samples[1 - KEPT :], sample)
        self._milestones.note(sample)
        self._sampled, self.sampled_at = now, clock
        self.server, self.problem, self.problem_hint = ServerState.RUNNING, "", ""
        self._settle_failure()

    def take_wal(self, wal: WalDirectory | None) -> None:
        """Take in a look at pg_wal: it belongs to the newest sample, too."""
        self.wal = wal
        if self.samples:
            self.samples = (*self.samples[:-1], replace(self.samples[-1], wal=wal))

    def take_look(self, look: ArchiveLook) -> None:
        """Take in a look at the archive; what is lost stays lost until it is there, or all before it gone."""
        look = trimmed(look, self.newest)
        if look.state is DirectoryState.THERE:
            absent = set(look.asked) - look.present
            lost = {*missing_segments(self.samples, look, self._skew), *(absent & set(self.lost))}
            self.lost = tuple(sorted(lost))[:MOST_LOST]
        self.look = look

    def take_failure(self, failure: ArchiveFailure | None, problem: str) -> None:
        """Take in what the log told; one that it does not show any more stays until something succeeds."""
        self.log_problem = problem
        if failure is not None:
            self.failure = failure
        self._settle_failure()

    def lose(self, now: datetime, clock: float) -> None:
        """Note that no sample came; for a second or two the one before still tells of now."""
        if self.is_current(clock):
            return
        self.curve.gap(now)
        if self._lost_at is None:
            self._lost_at = self.sampled_at if self.sampled_at is not None else clock
            self._note(now, self.problem or f"The server is {self.server.value}.")

    def plot(self, now: datetime, derived: Figures) -> None:
        """Add a point to the curve: what has happened since the sample before the newest one."""
        if self._unbroken < 2 or not is_same_run(self.samples[-2], self.samples[-1]):
            self.curve.gap(now)
            return
        before, after = self.samples[-2], self.samples[-1]
        seconds = (after.taken - before.taken).total_seconds()
        written = archived = None
        if before.lsn is not None and after.lsn is not None:
            written = (after.lsn - before.lsn) / seconds
        if after.archives_here:
            files = 0 if throws_away(after) else _files_between(before, after)
            archived = files * after.segment_size / seconds
        self.curve.append(Point(now, written, archived, derived.backlog_segments))

    def figures(self) -> Figures:
        """Derive the figures from what was seen."""
        return figures(self.samples[-self._unbroken :], self.look, self._milestones, self._skew)

    def strip(self, cells: int) -> tuple[SegmentCell, ...]:
        """Return what became of the newest segments."""
        return segment_strip(self.samples[-1], self.look, cells, self._skew) if self.samples else ()

    def status(self, now: datetime, clock: float, derived: Figures) -> ArchiveStatus:
        """Put together all there is to show; a new verdict is an event."""
        is_current = self.is_current(clock)
        mended = self._mended(now) if is_current else ""
        verdict = judge(
            self.samples if is_current else (),
            self.look,
            Circumstances(
                now=now,
                server=self.server,
                sampled=self._sampled if is_current else None,
                failure=self.failure,
                mended=mended,
                clock_skew=self._skew,
                archiving_takes=self._milestones.archiving_takes,
                problem=self.problem,
                problem_hint=self.problem_hint,
            ),
            derived if is_current else None,
        )
        self._note_verdict(now, verdict)
        return ArchiveStatus(
            cluster=self.name,
            taken=now,
            server=self.server,
            verdict=verdict,
            sample=self.newest,
            is_current=is_current,
            sampled=self._sampled,
            figures=derived if is_current else Figures(),
            look=self.look,
            failure=told_as_past(with_file(self.failure, self.newest), mended),
            log_problem=self.log_problem,
            clock_skew=self._skew,
            events=tuple(self._events),
            problem=self.problem,
            problem_hint=self.problem_hint,
        )

    def _mended(self, now: datetime) -> str:
        self._mending.note(self.samples, self.look, now, self._skew)
        return self._mending.evidence(self.samples, self.look, self.failure, self._skew)

    def _note_verdict(self, now: datetime, verdict: Verdict) -> None:
        if self._state is not None and is_news(self._state, verdict.state):
            self._note(now, event_words(verdict))
        self._state = verdict.state

    def _note(self, when: datetime, words: str) -> None:
        self._events.append(ArchiveEvent(when, words))

    def _settle_failure(self) -> None:
        """Drop a failure that something has succeeded after."""
        sample, failure = self.newest, self.failure
        if sample is None or failure is None:
            return
        archived = sample.last_archived_time
        if failure.when is not None:
            if archived is not None and archived >= failure.when:
                self.failure = None
        elif not seems_broken(self.samples):
            self.failure = None


def seems_broken(samples: Sequence[ArchiveSample]) -> bool:
    """Whether the newest samples give a reason to search the log: a failure, or an archiver that died."""
    newest = samples[-1]
    if not newest.archives_here:
        return False
    if newest.failed_last:
        return True
    if newest.sees_archiver and newest.archiver is None:
        return True
    run = [s for s in samples if s.started == newest.started and s.archived_count == newest.archived_count]
    if len({s.archiver.started for s in run if s.archiver}) > 1:
        return True
    is_at_work = newest.archiver is not None and newest.archiver.wait_event == "ArchiveCommand"
    return not is_at_work and waiting(samples).anything


def _files_between(before: ArchiveSample, after: ArchiveSample) -> int:
    """How many segments were archived between two samples."""
    first, last = archived_number(before), archived_number(after)
    if first is not None and last is not None:
        return max(0, last - first)
    return max(0, after.archived_count - before.archived_count)
