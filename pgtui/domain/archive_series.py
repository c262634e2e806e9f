"""The curves: rates over the last hour second by second, over a day minute by minute, gaps kept as gaps."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pgtui.domain.archive_status import Point

FINE_POINTS = 3_600
"""Points kept as they came: an hour at one a second."""
COARSE_POINTS = 1_440
"""Points of a minute each that older ones are thinned to: a day."""
_MINUTE = timedelta(minutes=1)


class Curve:
    """Points in the order of time; however long it is watched, its memory does not grow.

    A point tells what happened since the point before. What was not watched is a gap: `gap` must be called
    at its end, else the next point would be taken to tell of all that time.
    """

    def __init__(self) -> None:
        self._fine: deque[Point] = deque()
        self._coarse: deque[Point] = deque(maxlen=COARSE_POINTS)
        self._thinning: list[_Span] = []
        self._thinned_until: datetime | None = None

    def __len__(self) -> int:
        return len(self._coarse) + len(self._fine)

    @property
    def points(self) -> tuple[Point, ...]:
        """All points, oldest first."""
        return (*self._coarse, *self._fine)

    def append(self, point: Point) -> None:
        """Add the newest point. When this machine's clock was set back, what lies ahead of it is dropped."""
        if self._drop_from(point.when):
            # The point tells what happened since one that is not there any more.
            point = Point(point.when, None, None, None)
        self._fine.append(point)
        while len(self._fine) > FINE_POINTS:
            self._thin(self._fine.popleft())

    def _drop_from(self, moment: datetime) -> bool:
        """Drop what is not before a moment; whether there was any."""
        if not self._fine or self._fine[-1].when < moment:
            return False
        while self._fine and self._fine[-1].when >= moment:
            self._fine.pop()
        while self._thinning and self._thinning[-1].end >= moment:
            self._thinning.pop()
        while self._coarse and self._coarse[-1].when >= moment:
            self._coarse.pop()
        return True

    def gap(self, when: datetime) -> None:
        """Say that up to this moment nothing is known since the last point."""
        if self._fine and _is_gap(self._fine[-1]):
            self._fine.pop()
        self.append(Point(when, None, None, None))

    def _thin(self, point: Point) -> None:
        """Put a point that is too old to be kept by itself into its minute."""
        begin = self._thinned_until
        if begin is None or begin >= point.when:
            # Nothing is known of the time before the very first point.
            begin = point.when
            self._coarse.append(Point(begin, None, None, None))
        self._thinned_until = point.when
        too_long = self._thinning and point.when - self._thinning[0].begin > _MINUTE
        if self._thinning and (_is_gap(point) or too_long):
            self._flush()
        self._thinning.append(_Span(begin, point.when, point))
        if _is_gap(point):
            self._flush()

    def _flush(self) -> None:
        end, spans = self._thinning[-1].end, self._thinning
        self._thinning = []
        point = _mean(end, spans)
        last_is_gap = bool(self._coarse) and _is_gap(self._coarse[-1])
        if _is_gap(point) and last_is_gap:
            self._coarse.pop()
        self._coarse.append(point)

    def binned(self, start: datetime, end: datetime, columns: int) -> tuple[Point | None, ...]:
        """Return one point for each column between two moments: mean rates, the largest backlog.

        A column of which nothing is known is None; nothing is ever made up between two points.
        """
        if columns < 1 or end <= start:
            return (None,) * max(0, columns)
        width = (end - start) / columns
        filled: list[list[_Span]] = [[] for _ in range(columns)]
        for span in self._spans(start, end):
            first = max(0, int((span.begin - start) / width))
            for column in range(first, columns):
                left = start + column * width
                if left >= span.end:
                    break
                part = _Span(max(left, span.begin), min(left + width, span.end), span.point)
                if part.begin < part.end:
                    filled[column].append(part)
        return tuple(
            _mean(start + (column + 1) * width, spans) if spans else None
            for column, spans in enumerate(filled)
        )

    def _spans(self, start: datetime, end: datetime) -> Iterator["_Span"]:
        """The stretches of time with known rates that reach into the one asked for."""
        waiting = tuple(span.point for span in self._thinning)
        for span in _stretches((*self._coarse, *waiting, *self._fine)):
            if span.begin >= end:
                return
            if span.end > start and not _is_gap(span.point):
                yield span


@dataclass(frozen=True)
class _Span:
    """A stretch of time that one point tells of."""

    begin: datetime
    end: datetime
    point: Point

    @property
    def seconds(self) -> float:
        """How long it is."""
        return (self.end - self.begin).total_seconds()


def _stretches(points: Iterable[Point]) -> Iterator[_Span]:
    before: Point | None = None
    for point in points:
        if before is not None:
            yield _Span(before.when, point.when, point)
        before = point


def _is_gap(point: Point) -> bool:
    return point.written is None and point.archived is None


def _mean(when: datetime, spans: list[_Span]) -> Point:
    """One point for several: means weighted by time, the largest backlog."""
    backlogs = [span.point.backlog for span in spans if span.point.backlog is not None]
    return Point(
        when,
        _weighted((span.seconds, span.point.written) for span in spans),
        _weighted((span.seconds, span.point.archived) for span in spans),
        max(backlogs, default=None),
    )


def _weighted(parts: Iterable[tuple[float, float | None]]) -> float | None:
    known = [(seconds, rate) for seconds, rate in parts if rate is not None]
    if not known:
        return None
    total = sum(seconds for seconds, _ in known)
    if total <= 0:
        return known[-1][1]
    return sum(seconds * rate for seconds, rate in known) / total
