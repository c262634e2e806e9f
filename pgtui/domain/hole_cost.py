"""What a hole in the archive costs: which moments cannot be reached any more, for each base backup."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pgtui.domain.archive_paths import Coverage, first_missing, goes_on, stretches
from pgtui.domain.backup import BaseBackup
from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_choice import lies_on, usable
from pgtui.domain.timeline import TimelineHistory, required_timeline
from pgtui.domain.wal import Segment, parse_segment, segment_number


@dataclass(frozen=True)
class Rollforward:
    """How far one base backup can be rolled forward along one timeline's path."""

    backup: BaseBackup
    history: TimelineHistory
    start: int
    """Number of the segment in which the backup starts."""
    needed: int
    """Number of the last segment that it needs to become consistent, as far as is known."""
    missing: Segment
    """The first segment of the path that is not there."""
    is_broken: bool
    """Whether segments behind it are there: something was lost, rather than not archived yet."""

    @property
    def is_inconsistent(self) -> bool:
        """Whether not even the WAL is there that the backup needs to become consistent."""
        return self.missing.number <= self.needed


def rollforwards(coverage: Coverage, backups: Sequence[BaseBackup]) -> tuple[Rollforward, ...]:
    """Return how far each usable backup goes, along every timeline that can be followed from it."""
    return tuple(
        _rollforward(coverage, backup, history)
        for backup in usable(backups)
        for history in coverage.histories.values()
        if lies_on(backup, history)
    )


def _rollforward(coverage: Coverage, backup: BaseBackup, history: TimelineHistory) -> Rollforward:
    size = coverage.segment_size
    start = segment_number(backup.label.start_lsn, size)
    carried = {(s.timeline, s.number) for n in backup.carried_segments if (s := parse_segment(n, size))}
    timeline, number = first_missing(coverage, history, start, frozenset(carried))
    end = backup.end_lsn
    needed = segment_number(Lsn(end.value - 1), size) if end else start
    missing = Segment(timeline, number)
    return Rollforward(backup, history, start, needed, missing, goes_on(coverage, history, number))


def hole_neighbours(
    coverage: Coverage, timeline: int, first: int, last: int
) -> tuple[Segment, tuple[Segment, ...]]:
    """Return the segment before a hole, and those that may lie behind it on some path, its own first."""
    size = coverage.segment_size
    before = Segment(required_timeline(coverage.history(timeline), first - 1, size), first - 1)
    children = sorted(
        s.timeline
        for history in coverage.histories.values()
        for s in stretches(history, size)
        if s.first == last + 1 and timeline in {each for each, _ in history.begins()}
    )
    return before, tuple(Segment(t, last + 1) for t in (timeline, *children))


def cost_of(
    hole: tuple[int, int, int], after: datetime | None, reached: Sequence[Rollforward], segment_size: int
) -> tuple[str, ...]:
    """Say what a hole (timeline, first, last) costs, a sentence for each base backup that meets it."""
    timeline, first, last = hole
    sentences: dict[str, None] = {}
    passes_later = False
    for each in reached:
        here = each.missing.timeline == timeline and first <= each.missing.number <= last
        if here:
            sentences[_cost_for(each, after, last, reached)] = None
        elif each.missing.number < first and _leads_through(each, timeline, first, last, segment_size):
            passes_later = True
    if sentences:
        return tuple(sentences)
    if passes_later:
        return ("No base backup comes this far: another hole lies before it.",)
    return ("No base backup needs these segments.",)


def _leads_through(each: Rollforward, timeline: int, first: int, last: int, segment_size: int) -> bool:
    return any(
        s.timeline == timeline and s.first <= last and (s.last is None or s.last >= first)
        for s in stretches(each.history, segment_size)
    )


def _cost_for(each: Rollforward, after: datetime | None, last: int, reached: Sequence[Rollforward]) -> str:
    backup = f"the backup of {short_time(each.backup.ended)} ({each.backup.path})"
    if each.is_inconsistent:
        return f"Nothing at all can be reached from {backup}: the WAL that it begins with is missing."
    behind = min(
        (
            other.backup.ended
            for other in reached
            if other.history == each.history and other.start > last and not other.is_inconsistent
        ),
        default=None,
    )
    since = short_time(after or each.backup.ended)
    on = f" on timeline {each.history.timeline}" if each.history.switches else ""
    if behind is None:
        return f"Nothing after {since} can be reached from {backup}{on}, nor from any other."
    return (
        f"Nothing between {since} and {short_time(behind)} can be reached from {backup}{on}; "
        "from then on a later backup can be used."
    )


def reach_in_words(each: Rollforward, until: datetime | None) -> str:
    """Say how far a base backup goes."""
    backup = f"The backup of {short_time(each.backup.ended)} ({each.backup.path})"
    on = f"along timeline {each.history.timeline}"
    if each.is_inconsistent:
        return f"{backup} cannot be used {on}: the archive lacks the WAL that it begins with."
    if until is None:
        return f"{backup} can be rolled forward {on} by the WAL that it carries itself, and no further."
    limit = f"until {short_time(until + timedelta(seconds=1))}"
    return f"{backup} can be rolled forward {on} {limit}" + (", up to a hole." if each.is_broken else ".")


def short_time(moment: datetime) -> str:
    """Return a moment in UTC with its offset, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S+00")
