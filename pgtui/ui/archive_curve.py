"""The curves of WAL over time as characters: which time a column stands for, how high its bar is. Pure."""

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from enum import Enum
from itertools import groupby

from pgtui.domain.archive_status import Point

SPANS = (60, 300, 900, 3600, 6 * 3600, 24 * 3600)
"""Seconds that the curves can show."""
SPAN_WORDS = ("1 min", "5 min", "15 min", "1 h", "6 h", "24 h")
_SILENCE = 3.0
"""Seconds without a point after which the present is a gap, too."""
_TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200)
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class TimeWindow:
    """Which time the curves show; `end` None follows the present."""

    zoom: int = 1
    end: datetime | None = None

    @property
    def seconds(self) -> int:
        return SPANS[self.zoom]

    @property
    def words(self) -> str:
        return SPAN_WORDS[self.zoom]

    def zoomed(self, by: int) -> "TimeWindow":
        return replace(self, zoom=max(0, min(len(SPANS) - 1, self.zoom + by)))

    def moved(self, quarters: int, now: datetime) -> "TimeWindow":
        """Move by quarters of the width; at the present it follows again, and it ends a day ago at most."""
        end = (self.end or now) + timedelta(seconds=quarters * self.seconds / 4)
        return replace(self, end=None if end >= now else max(end, now - _DAY))

    def following(self) -> "TimeWindow":
        return replace(self, end=None)


class Seen(Enum):
    """What is known of a column's time."""

    YES = "yes"
    GAP = "gap"
    NOT_YET = "not yet"
    """Before the watching began, or after now."""


@dataclass(frozen=True)
class CurveColumn:
    """One column: means of the rates over its time, and the most segments that waited."""

    seen: Seen
    written: float = 0.0
    archived: float = 0.0
    backlog: int = 0


@dataclass(frozen=True)
class Scale:
    """How time lies on columns. They begin at whole multiples of `step`, so that bars keep their height."""

    first: float
    step: float
    count: int

    @classmethod
    def of(cls, window: TimeWindow, now: datetime, count: int) -> "Scale":
        step = window.seconds / max(1, count)
        last = math.ceil((window.end or now).timestamp() / step) - 1
        return cls(last - count + 1, step, count)

    def start(self, column: int) -> float:
        return (self.first + column) * self.step

    def column(self, when: float) -> int:
        return math.floor(when / self.step - self.first)


class _Sums:
    """Seconds seen and missed of each column, and bytes in them."""

    def __init__(self, scale: Scale) -> None:
        self._scale = scale
        count = scale.count
        self.seen, self.missed = [0.0] * count, [0.0] * count
        self.written, self.archived = [0.0] * count, [0.0] * count
        self.backlog = [0] * count

    def add(self, since: float, until: float, point: Point | None) -> None:
        """Share the time between two points among the columns that it touches."""
        scale = self._scale
        low, high = max(since, scale.start(0)), min(until, scale.start(scale.count))
        if high < low:
            return
        is_gap = point is None or (point.written is None and point.archived is None)
        for column in range(scale.column(low), min(scale.column(high), scale.count - 1) + 1):
            start = scale.start(column)
            share = min(high, start + scale.step) - max(low, start)
            if is_gap or point is None:
                self.missed[column] += share
                continue
            self.seen[column] += share
            self.written[column] += share * (point.written or 0.0)
            self.archived[column] += share * (point.archived or 0.0)
            self.backlog[column] = max(self.backlog[column], point.backlog or 0)

    def columns(self) -> list[CurveColumn]:
        return [self._column(index) for index in range(self._scale.count)]

    def _column(self, index: int) -> CurveColumn:
        seen, missed = self.seen[index], self.missed[index]
        if seen > missed:
            return CurveColumn(
                Seen.YES, self.written[index] / seen, self.archived[index] / seen, self.backlog[index]
            )
        return CurveColumn(Seen.GAP if missed else Seen.NOT_YET)


def curve_columns(points: Sequence[Point], scale: Scale, now: datetime) -> list[CurveColumn]:
    """Return the columns for the points of a curve; nothing is ever drawn across a gap."""
    columns = _summed(points, scale, now)
    present = now.timestamp()
    if scale.start(scale.count) > present:
        # The newest column has only begun: the mean of one second in it would jump. It shows the last `step`.
        columns[-1] = _summed(points, Scale(present / scale.step - 1, scale.step, 1), now)[0]
    return columns


def _summed(points: Sequence[Point], scale: Scale, now: datetime) -> list[CurveColumn]:
    sums = _Sums(scale)
    first = max(0, bisect_left(points, scale.start(0), key=lambda point: point.when.timestamp()) - 1)
    before = points[first].when.timestamp() if points else 0.0
    for point in points[first + 1 :]:
        when = point.when.timestamp()
        sums.add(before, when, point)
        before = when
        if when > scale.start(scale.count):
            break
    present = now.timestamp()
    if points and present - points[-1].when.timestamp() > _SILENCE:
        sums.add(points[-1].when.timestamp(), present, None)
    return sums.columns()


def rate_ceiling(highest: float) -> float:
    """A round rate that is not below the highest: 1, 2, 5, 10 … of kB, MB, GB."""
    unit = 1024.0
    while True:
        for step in (1, 2, 5, 10, 20, 50, 100, 200, 500):
            if highest <= step * unit:
                return step * unit
        unit *= 1024


def bars(values: Iterable[float], ceiling: float, height: int) -> list[str]:
    """Return the rows of bars, the highest first; what is not nothing is never drawn as nothing."""
    heights = [_eighths(value, ceiling, height) for value in values]
    return [
        "".join(_EIGHTHS[max(0, min(8, eighths - 8 * level))] for eighths in heights)
        for level in range(height - 1, -1, -1)
    ]


def _eighths(value: float, ceiling: float, height: int) -> int:
    if value <= 0:
        return 0
    return max(1, min(height * 8, round(value / ceiling * height * 8)))


def axis(scale: Scale, zone: tzinfo | None) -> str:
    """Return clock times at round moments, each behind a tick."""
    tick = _tick(scale.step)
    form = "%H:%M:%S" if tick < 60 else "%H:%M"
    cells = [" "] * scale.count
    moment = math.ceil(scale.start(0) / tick) * tick
    while (column := scale.column(moment)) < scale.count:
        label = f"╵{datetime.fromtimestamp(moment, zone):{form}}"
        if column + len(label) <= scale.count:
            cells[column : column + len(label)] = label
        moment += tick
    return "".join(cells)


def _tick(step: float) -> int:
    for tick in _TICKS:
        label = 9 if tick < 60 else 6
        if tick / step >= label + 3:
            return tick
    return _TICKS[-1]


@dataclass(frozen=True)
class Run:
    """Neighbouring columns of which the same is known."""

    seen: Seen
    start: int
    length: int


def runs(columns: Sequence[CurveColumn]) -> list[Run]:
    """Return the columns as runs."""
    found: list[Run] = []
    start = 0
    for seen, group in groupby(column.seen for column in columns):
        length = sum(1 for _ in group)
        found.append(Run(seen, start, length))
        start += length
    return found


def ground(run: Run) -> str:
    """Return the baseline of what was not seen: a gap is dashed and says so where the word has room."""
    if run.seen is Seen.GAP:
        return f"{' gap ':╌^{run.length}}" if run.length >= 7 else "╌" * run.length
    return f"{'not watched yet' if run.length >= 17 else '':^{run.length}}"
