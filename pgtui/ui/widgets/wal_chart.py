"""WAL written and WAL archived over time, and what waits: three rows of bars over one axis."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from pgtui.domain.archive_status import Point
from pgtui.ui.archive_curve import (
    CurveColumn,
    Run,
    Scale,
    Seen,
    TimeWindow,
    axis,
    bars,
    curve_columns,
    ground,
    rate_ceiling,
    runs,
)
from pgtui.ui.archive_words import rate_text

_GUTTER = 11
_Piece = tuple[str, str]
"""Characters and the component they are drawn as; "" is plain."""
_Line = tuple[_Piece, ...]


@dataclass(frozen=True)
class _Panel:
    """One row of bars."""

    name: str
    tone: str
    values: tuple[float, ...]
    ceiling: float
    top: str
    """What the full height means."""
    height: int


class WalChart(Widget):
    """Given points and a window of time, it draws; only lines that changed are painted."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "wal-chart--written",
        "wal-chart--archived",
        "wal-chart--backlog",
        "wal-chart--dim",
        "wal-chart--strong",
    }
    DEFAULT_CSS = """
    WalChart {
        color: $foreground;
        & > .wal-chart--written { color: $primary; }
        & > .wal-chart--archived { color: $success; }
        & > .wal-chart--backlog { color: $warning; }
        & > .wal-chart--dim { color: $dim; }
        & > .wal-chart--strong { text-style: bold; }
    }
    """

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self._points: Sequence[Point] = ()
        self._window = TimeWindow()
        self._now: datetime | None = None
        self._lines: list[_Line] = []

    def show(self, points: Sequence[Point], window: TimeWindow, now: datetime) -> None:
        """Show the part of a curve that lies in a window."""
        self._points, self._window, self._now = points, window, now
        self._draw()

    def on_resize(self) -> None:
        self._lines = []
        self._draw()

    def _draw(self) -> None:
        if self._now is None or not self.size.height:
            return
        before, self._lines = self._lines, self._made(self._now)
        if len(before) != len(self._lines):
            self.refresh()
            return
        for y, (old, new) in enumerate(zip(before, self._lines, strict=True)):
            if old != new:
                self.refresh(Region(0, y, self.size.width, 1))

    def _made(self, now: datetime) -> list[_Line]:
        width, height = max(1, self.size.width - _GUTTER), self.size.height
        scale = Scale.of(self._window, now, width)
        columns = curve_columns(self._points, scale, now)
        lines = [self._title(columns, now)]
        seen = runs(columns)
        for panel in _panels(columns, height - 2):
            lines.extend(_panel_lines(panel, seen))
        offset = now.isoformat()[-6:]
        lines.append(((f"{offset:>{_GUTTER - 1}} ", "dim"), (axis(scale, now.tzinfo), "dim")))
        return lines[:height]

    def _title(self, columns: list[CurveColumn], now: datetime) -> _Line:
        end = self._window.end
        place = "following" if end is None else f"up to {end.isoformat(' ', 'seconds')[11:]}, f follows"
        has_gap = any(column.seen is Seen.GAP for column in columns)
        words = [self._window.words, place, *(["╌ gap: not seen"] if has_gap else [])]
        if self._points and self._points[0].when > now:
            words.append("the clock of this machine was set back")
        return (("WAL a second", "strong"), (f"  {' · '.join(words)}", "dim"))

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, base)
        segments = [Segment(text, self._style(tone, base)) for text, tone in self._lines[y]]
        return Strip(segments).crop_extend(0, self.size.width, base)

    def _style(self, tone: str, base: Style) -> Style:
        return base + self.get_component_rich_style(f"wal-chart--{tone}", partial=True) if tone else base


def _panels(columns: list[CurveColumn], height: int) -> list[_Panel]:
    """Share the height: written and archived get the same, on the same scale; the backlog gets less."""
    waits = 1 if height < 8 else max(2, height // 5)
    each = max(1, (height - waits) // 2)
    waits = max(1, height - 2 * each)
    written = tuple(column.written for column in columns)
    archived = tuple(column.archived for column in columns)
    backlog = tuple(float(column.backlog) for column in columns)
    ceiling = rate_ceiling(max(*written, *archived, 0.0))
    most = int(max(backlog, default=0))
    top = rate_text(ceiling)
    return [
        _Panel("written", "written", written, ceiling, top, each),
        _Panel("archived", "archived", archived, ceiling, top, each),
        _Panel("waiting", "backlog", backlog, float(max(1, most)), f"{max(1, most):,} seg", waits),
    ]


def _panel_lines(panel: _Panel, seen: Sequence[Run]) -> list[_Line]:
    rows = bars(panel.values, panel.ceiling, panel.height)
    lines: list[_Line] = []
    for number, row in enumerate(rows):
        is_ground = number == len(rows) - 1
        label, tone = (
            (panel.name, panel.tone) if is_ground else (panel.top, "dim") if not number else ("", "")
        )
        if is_ground and not number and panel.tone == "backlog":
            label = f"waiting {panel.ceiling:.0f}" if panel.ceiling < 100 else panel.name
        edge = "┴" if is_ground else "┤" if not number else "│"
        gutter: _Line = ((f"{label:>{_GUTTER - 2}} ", tone), (edge, "dim"))
        lines.append(gutter + (_ground_line(row, panel, seen) if is_ground else ((row, panel.tone),)))
    return lines


def _ground_line(row: str, panel: _Panel, seen: Sequence[Run]) -> _Line:
    return tuple(
        (row[run.start : run.start + run.length], panel.tone)
        if run.seen is Seen.YES
        else (ground(run), "dim")
        for run in seen
    )
