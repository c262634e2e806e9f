"""The verdict on archiving: whether WAL is safe now, and why not. Pure: samples in, verdict out."""

from collections.abc import Sequence
from datetime import datetime
from typing import assert_never

from pgtui.domain.amounts import count_in_words, duration_in_words, size_in_words
from pgtui.domain.archive_circumstances import (
    FRESH,
    Circumstances,
    is_fresh,
    not_set_up,
    not_there,
)
from pgtui.domain.archive_faults import (
    archiver_fault,
    command_runs_for,
    directory_fault,
    failing_now,
    idle_for,
    lost_segments,
    untried_for,
)
from pgtui.domain.archive_figures import IN_FLIGHT_SECONDS, WINDOW, figures, is_on_its_way
from pgtui.domain.archive_lost import lost_in_words
from pgtui.domain.archive_mended import RETRY, mended_in_words, with_retry
from pgtui.domain.archive_position import SLACK, run_of, waiting
from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.archive_status import ArchiveState, Figures, Verdict

__all__ = ["FRESH", "HUNG", "UNTRIED", "Circumstances", "is_fresh", "judge", "plugin_code"]

HUNG = 30.0
"""Seconds after which a running archive_command is taken to hang."""
UNTRIED = 90.0
"""Seconds after which it is odd that nothing was tried: the archiver wakes up every 60 by itself."""
_PATIENCE = 3.0
"""A command that is known to be slow may take so many times as long as it did."""


def judge(
    samples: Sequence[ArchiveSample],
    look: ArchiveLook | None,
    known: Circumstances,
    derived: Figures | None = None,
) -> Verdict:
    """Say how archiving is, from the last minute of samples (oldest first) and the newest look.

    `derived` are their figures, if the caller has them already. One sample is enough for a verdict.
    """
    absent = not_there(samples, known)
    if absent is not None:
        return absent
    sample = samples[-1]
    unset = not_set_up(sample)
    if unset is not None:
        return unset
    case = _Case(samples, look, known, derived or figures(samples, look, clock_skew=known.clock_skew))
    return _broken(case) or _stuck(case) or _moving(case)


def plugin_code(state: ArchiveState) -> int:
    """Return the exit code of a monitoring plugin: 0 ok, 1 warning, 2 critical, 3 unknown."""
    match state:
        case ArchiveState.OK | ArchiveState.IDLE | ArchiveState.CATCHING_UP:
            return 0
        case ArchiveState.LAGGING | ArchiveState.OFF:
            return 1
        case ArchiveState.FAILING | ArchiveState.STOPPED:
            return 2
        case ArchiveState.UNKNOWN:
            return 3
        case _:
            assert_never(state)


class _Case:
    """All that one verdict is made of."""

    def __init__(
        self,
        samples: Sequence[ArchiveSample],
        look: ArchiveLook | None,
        known: Circumstances,
        derived: Figures,
    ) -> None:
        self.samples, self.look, self.known, self.figures = samples, look, known, derived
        self.sample = samples[-1]
        self.waits = waiting(samples)
        self.run = run_of(samples, WINDOW)
        self.running = command_runs_for(samples, self.waits)

    @property
    def backlog(self) -> str:
        """`3 segments (48 MB) wait, the oldest for 2 min`; "" when nothing is known to wait."""
        if not self.waits.segments:
            return count_in_words(self.waits.others, "file") + " wait" if self.waits.others else ""
        size = size_in_words(self.waits.segments * self.sample.segment_size)
        verb = "waits" if self.waits.segments == 1 else "wait"
        words = f"{count_in_words(self.waits.segments, 'segment')} ({size}) {verb}"
        if not self.waits.oldest or self.waits.is_estimate:
            return words
        whom = "" if self.waits.segments == 1 else ", the oldest"
        return f"{words}{whom} for {duration_in_words(self.waits.oldest)}"

    def with_backlog(self, words: str) -> str:
        """A sentence of these words and of what waits, if anything does."""
        return f"{words}; {self.backlog}." if self.backlog else f"{words}."

    def ago(self, moment: datetime | None) -> float | None:
        """Seconds since a moment of the server's clock."""
        return None if moment is None else max(0.0, (self.sample.taken - moment).total_seconds())

    def verdict(self, state: ArchiveState, reason: str, hint: str = "") -> Verdict:
        """A verdict that says when it rests on less than usual."""
        sample = self.sample
        if sample.wal is None and sample.unseen:
            reason = f"{reason.rstrip('.')} (as the statistics tell: this role may not look at pg_wal)."
            hint = hint or sample.unseen[0]
        return Verdict(state, reason, hint)


def _broken(case: _Case) -> Verdict | None:
    """Something fails, whether or not the server has noticed."""
    fault = directory_fault(case.sample, case.waits, case.look, case.known.now, case.known.clock_skew)
    if fault is not None:
        return case.verdict(ArchiveState.FAILING, case.with_backlog(fault.words), fault.hint)
    lost = lost_segments(case.samples, case.look, case.known.now, case.known.clock_skew)
    if lost:
        return case.verdict(ArchiveState.FAILING, *lost_in_words(lost, case.sample, case.look))
    # Of a command that was never seen to end it is a guess that it hangs: it is given more time.
    if case.running > max(HUNG, _PATIENCE * (case.known.archiving_takes or HUNG)):
        return _running(case, ArchiveState.STOPPED)
    if failing_now(case.samples, case.waits, case.known.failure):
        return _failing(case)
    fault = archiver_fault(case.samples, case.waits)
    if fault is not None:
        failure = case.known.failure
        hint = failure.hint if failure and failure.hint else fault.hint
        return case.verdict(ArchiveState.FAILING, case.with_backlog(fault.words), hint)
    return None


def _running(case: _Case, state: ArchiveState) -> Verdict:
    words = f"archive_command has been running for {duration_in_words(case.running)}"
    if not case.known.archiving_takes:
        guess = "seems to hang" if state is ArchiveState.STOPPED else "may be slow or hang"
        words = f"{words} and {guess}: how long it usually takes is not known yet"
    return case.verdict(
        state,
        case.with_backlog(words),
        "Is it slow, or does it wait for a network, a mount or a password? "
        "Ending the process has the server try again.",
    )


def _failing(case: _Case) -> Verdict:
    """The statistics or the log tell of a failure after the last success."""
    failure, sample = case.known.failure, case.sample
    if case.known.mended:
        words = mended_in_words(case.samples, failure, case.known.mended)
        return case.verdict(ArchiveState.FAILING, case.with_backlog(words), RETRY)
    what = "archive_library" if sample.library else "archive_command"
    counted = case.figures.failures_since_success or 0
    if counted > 0:
        least = "" if case.figures.failures_are_exact else "at least "
        words = f"{what} has failed {least}{count_in_words(counted, 'time')} since the last success"
    elif failure is not None and failure.meaning:
        words = f"{what} fails: {failure.meaning.rstrip('.')}"
    else:
        words = f"{what} fails"
    parts = [part for part in (case.backlog, words) if part]
    reason = "; ".join(parts) + "."
    if failure is not None and failure.cause:
        reason = f"{failure.cause.rstrip('.')}: {reason}"
        return case.verdict(ArchiveState.FAILING, reason, with_retry(failure.hint, case.samples, failure))
    return case.verdict(
        ArchiveState.FAILING,
        reason,
        "The server log holds what the command printed; look for the cause there.",
    )


def _stuck(case: _Case) -> Verdict | None:
    """Something waits, nothing is tried, and nothing fails."""
    idle = untried_for(case.samples, case.waits)
    if idle <= max(UNTRIED, _PATIENCE * case.known.archiving_takes):
        return None
    return case.verdict(
        ArchiveState.STOPPED,
        f"{case.backlog}; nothing was archived and nothing failed for {duration_in_words(idle)}.",
        "Is the archiver's process there, and does the server log tell why it does nothing?",
    )


def _moving(case: _Case) -> Verdict:
    """Nothing is broken: what waits is on its way, or there is more of it than there should be."""
    waits, sample = case.waits, case.sample
    if waits.segments is None:
        return Verdict(
            ArchiveState.UNKNOWN,
            "Nothing was archived since the statistics were reset, and this role may not look at pg_wal: "
            "whether segments wait is not known.",
            sample.unseen[0] if sample.unseen else "The next archived segment will tell.",
        )
    if not waits.anything:
        return _nothing_waits(case)
    if case.running > HUNG and not case.known.archiving_takes:
        return _running(case, ArchiveState.LAGGING)
    rate, takes = case.figures.archived_per_second, case.known.archiving_takes
    if not is_on_its_way(waits, sample.segment_size, rate, takes):
        return _behind(case)
    since = case.ago(sample.last_archived_time) or 0.0
    if waits.is_least and (waits.oldest or 0.0) <= IN_FLIGHT_SECONDS < since:
        words = (
            f"{case.backlog}, for how long is not known; the last success was {duration_in_words(since)} ago"
        )
        return Verdict(ArchiveState.UNKNOWN, f"{words}.", sample.unseen[0] if sample.unseen else "")
    return case.verdict(ArchiveState.OK, f"{case.backlog or '1 file waits'}, on the way to the archive.")


def _nothing_waits(case: _Case) -> Verdict:
    sample = case.sample
    age = case.ago(sample.last_archived_time)
    last = "" if age is None else f"; the last one {duration_in_words(age)} ago"
    size = case.figures.exposure.bytes or 0
    exposed = size > SLACK
    fill = sample.lsn.value % sample.segment_size if sample.lsn else 0
    if idle_for(case.run) >= 10.0 or (len(case.run) == 1 and sample.lsn is not None and fill <= SLACK):
        if exposed:
            hint = "" if sample.timeout else "archive_timeout is 0: the segment is archived once it is full."
            rest = f"{size_in_words(size)} of the current segment are not in the archive yet"
            return case.verdict(
                ArchiveState.IDLE, f"Nothing is written and no full segment waits; {rest}.", hint
            )
        return case.verdict(ArchiveState.IDLE, f"Nothing is written and nothing waits{last}.")
    return case.verdict(ArchiveState.OK, f"Every full segment is archived{last}.")


def _behind(case: _Case) -> Verdict:
    """More waits than is healthy: does it become less?"""
    written, archived = case.figures.written_per_second, case.figures.archived_per_second
    if written is not None and archived:
        rates = f"{size_in_words(written)} a second are written, {size_in_words(archived)} archived"
        if size_in_words(written) == size_in_words(archived):
            more = "a little more is" if archived > written else "no more is"
            rates = f"{size_in_words(written)} a second are written, and {more} archived"
        if archived > written:
            return case.verdict(ArchiveState.CATCHING_UP, f"{case.backlog}; {rates}.")
        return _lags(case, rates)
    since = case.ago(case.sample.last_archived_time)
    if since is None:
        return _lags(case, "nothing has been archived yet")
    watched = (case.run[-1].taken - case.run[0].taken).total_seconds()
    if since <= HUNG and (archived is None or watched < _SETTLED):
        # As yet it was not watched for long enough to tell a rate.
        return case.verdict(ArchiveState.CATCHING_UP, f"{case.backlog}; segments are being archived.")
    return _lags(case, f"nothing has been archived for {duration_in_words(max(since, watched))}")


def _lags(case: _Case, words: str) -> Verdict:
    hint = _LAG_HINT
    if case.sample.wal is None and case.sample.unseen:
        hint = f"{hint} {case.sample.unseen[0]}"
    return case.verdict(ArchiveState.LAGGING, f"{case.backlog}; {words}.", hint)


_SETTLED = 10.0
"""Seconds of watching after which a rate of 0 means that nothing is archived."""
_LAG_HINT = "If this goes on pg_wal grows: is the archive's disk or network slower than WAL is written?"
