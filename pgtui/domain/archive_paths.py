"""Where the WAL of an archive has holes: on the paths of its timelines, whatever those left behind lack."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pgtui.domain.segment_runs import Runs, merged
from pgtui.domain.timeline import TimelineHistory, required_timeline

NO_RUNS = Runs((), ())


@dataclass(frozen=True)
class Coverage:
    """The usable segments of an archive, by timeline, and the histories that lead through them."""

    runs: Mapping[int, Runs]
    histories: Mapping[int, TimelineHistory]
    segment_size: int

    def of(self, timeline: int) -> Runs:
        """Return the runs of a timeline."""
        return self.runs.get(timeline, NO_RUNS)

    def history(self, timeline: int) -> TimelineHistory:
        """Return a timeline's history; when the archive has none, nothing is known to lie before it."""
        return self.histories.get(timeline, TimelineHistory(timeline))


@dataclass(frozen=True)
class Stretch:
    """The segments of a path for which one timeline's files are required."""

    timeline: int
    first: int
    last: int | None
    """None: without an end, on the path's last timeline."""


def stretches(history: TimelineHistory, segment_size: int) -> tuple[Stretch, ...]:
    """Return the stretches of a path, oldest first; in the segment of a fork the child's file is required."""
    begins = [(timeline, begin.value // segment_size) for timeline, begin in reversed(history.begins())]
    ends = [first - 1 for _, first in begins[1:]]
    return tuple(
        Stretch(timeline, first, last)
        for (timeline, first), last in zip(begins, [*ends, None], strict=True)
        if last is None or first <= last
    )


def holes_of(coverage: Coverage) -> dict[int, list[tuple[int, int]]]:
    """Return the missing numbers (first, last) by timeline, over the paths of all timelines that hold WAL.

    Nothing is missing before a path's first segment (it may have been pruned) nor behind its last one.
    """
    found: dict[int, list[tuple[int, int]]] = {}
    for timeline, runs in coverage.runs.items():
        if runs:
            for owner, first, last in _gaps(coverage, coverage.history(timeline)):
                found.setdefault(owner, []).append((first, last))
    return {timeline: merged(ranges) for timeline, ranges in sorted(found.items())}


def _gaps(coverage: Coverage, history: TimelineHistory) -> Iterator[tuple[int, int, int]]:
    """Yield (timeline, first, last) of what is missing between the first and the last segment of a path."""
    expected: int | None = None
    waiting: list[Stretch] = []
    for stretch in stretches(history, coverage.segment_size):
        waiting.append(stretch)
        for first, last in coverage.of(stretch.timeline).within(stretch.first, stretch.last):
            if expected is not None and first > expected:
                yield from _shared_out(waiting, expected, first - 1)
            expected = last + 1
            waiting = [stretch]


def _shared_out(among: Iterable[Stretch], first: int, last: int) -> Iterator[tuple[int, int, int]]:
    for stretch in among:
        begin = max(first, stretch.first)
        end = last if stretch.last is None else min(last, stretch.last)
        if begin <= end:
            yield stretch.timeline, begin, end


def first_missing(
    coverage: Coverage,
    history: TimelineHistory,
    start: int,
    carried: frozenset[tuple[int, int]] = frozenset(),
) -> tuple[int, int]:
    """Return (timeline, number) of the first segment from `start` on that a path lacks.

    `carried` are segments (timeline, number) that a base backup holds itself.
    """
    number = start
    while True:
        timeline = required_timeline(history, number, coverage.segment_size)
        last = coverage.of(timeline).last_of(number)
        if last is None:
            if (timeline, number) not in carried:
                return timeline, number
            last = number
        end = next(
            s.last
            for s in stretches(history, coverage.segment_size)
            if s.timeline == timeline and s.first <= number
        )
        number = (last if end is None else min(last, end)) + 1


def goes_on(coverage: Coverage, history: TimelineHistory, number: int) -> bool:
    """Return whether a path has segments from this number on."""
    return any(
        next(coverage.of(s.timeline).within(max(number, s.first), s.last), None) is not None
        for s in stretches(history, coverage.segment_size)
        if s.last is None or s.last >= number
    )


def missing_histories(coverage: Coverage, files: frozenset[int]) -> tuple[int, ...]:
    """Return the timelines whose `.history` file should be there and is not.

    All of them are wanted, for ever: PostgreSQL looks for 2, 3, 4 ... up to the first that is absent, takes
    that number for a new timeline, and does not see those behind it (manual: "Timelines").
    """
    known = files | {t for t, runs in coverage.runs.items() if runs}
    known |= {s.parent for h in coverage.histories.values() for s in h.switches}
    highest = max(known, default=1)
    # A stray name with a huge number must not become a million complaints.
    wanted = known | (set(range(2, highest)) if highest <= _MOST_TIMELINES else set())
    return tuple(sorted(t for t in wanted if t > 1 and t not in files))


_MOST_TIMELINES = 1000


def unborn(coverage: Coverage) -> tuple[tuple[int, int, int], ...]:
    """Return (timeline, parent, number) where a timeline's first segment is absent and the parent's is there.

    PostgreSQL then takes the parent's file and follows, without a word, the past that was left behind.
    """
    found = []
    for timeline, history in sorted(coverage.histories.items()):
        if not history.switches:
            continue
        number = history.switches[-1].at.value // coverage.segment_size
        for switch in reversed(history.switches):
            if number in coverage.of(timeline):
                break
            if number in coverage.of(switch.parent):
                found.append((timeline, switch.parent, number))
                break
    return tuple(found)
