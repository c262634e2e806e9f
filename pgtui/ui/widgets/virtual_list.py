"""A list that costs the same for ten rows and for a million: only what is in sight is ever drawn."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Generic, TypeVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from pgtui.ui.present import Cell, Tone
from pgtui.ui.text import plain

RowT = TypeVar("RowT")

_GAP = 2
_LONGEST_CELL = 4096


@dataclass(frozen=True)
class Column(Generic[RowT]):
    """One column: how a row's cell is written, and how wide it is."""

    title: str
    cell: Callable[[RowT], Cell | str | tuple[Cell, ...]]
    """Several cells are written one behind the other, each in its tone."""
    width: int | None = None
    """In terminal cells; None: shares what the others leave."""
    align_right: bool = False


class VirtualList(ScrollView, Generic[RowT], can_focus=True):
    """Rows of a sequence under a cursor. The sequence may be any model: filter by showing another one.

    `show_rows` is all that a filter or a refresh needs; cells are plain text (they pass the door here).
    """

    HELP: ClassVar[str | None] = "Arrow keys, page up and down, home and end move; enter selects the row."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", show=False),
        Binding("down,j", "move(1)", "Down", show=False),
        Binding("pageup", "page(-1)", "Page up", show=False),
        Binding("pagedown", "page(1)", "Page down", show=False),
        Binding("home,g", "go(0)", "First", show=False),
        Binding("end,G", "go(-1)", "Last", show=False),
        Binding("enter", "select", "Select", show=False),
    ]
    SHOWS_CURSOR: ClassVar[bool] = True
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "virtual-list--title",
        "virtual-list--cursor",
        "virtual-list--cursor-blurred",
        "virtual-list--dim",
        "virtual-list--good",
        "virtual-list--warn",
        "virtual-list--bad",
        "virtual-list--accent",
        "virtual-list--strong",
    }
    DEFAULT_CSS = """
    VirtualList {
        height: 1fr; background: $background; color: $foreground;
        scrollbar-size-vertical: 1; scrollbar-size-horizontal: 1;
        & > .virtual-list--title { color: $dim; }
        & > .virtual-list--cursor {
            background: $block-cursor-background; color: $block-cursor-foreground; text-style: bold;
        }
        & > .virtual-list--cursor-blurred { background: $block-cursor-blurred-background; }
        & > .virtual-list--dim { color: $dim; }
        & > .virtual-list--good { color: $success; }
        & > .virtual-list--warn { color: $warning; }
        & > .virtual-list--bad { color: $error; }
        & > .virtual-list--accent { color: $primary; }
        & > .virtual-list--strong { text-style: bold; }
    }
    """

    cursor: reactive[int] = reactive(0, repaint=False)
    """Index of the row under the cursor; 0 also when there are no rows."""

    class Highlighted(Message):
        """The cursor is on another row (None: there are no rows)."""

        def __init__(self, source: "VirtualList[Any]", index: int, row: Any) -> None:
            super().__init__()
            self.source = source
            self.index = index
            self.row = row

        @property
        def control(self) -> "VirtualList[Any]":
            return self.source

    class Selected(Message):
        """Enter was pressed on a row, or it was clicked twice."""

        def __init__(self, source: "VirtualList[Any]", index: int, row: Any) -> None:
            super().__init__()
            self.source = source
            self.index = index
            self.row = row

        @property
        def control(self) -> "VirtualList[Any]":
            return self.source

    def __init__(
        self,
        columns: Sequence[Column[RowT]],
        *,
        titles: bool = True,
        total_width: int = 0,
        empty: str = "Nothing here.",
        help_words: str = "",
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Make a list; `total_width` wider than the widget lets it be scrolled sideways (for log lines).

        `help_words` are shown by the help for this one list, instead of HELP.
        """
        super().__init__(id=id, classes=classes)
        self._columns = tuple(columns)
        self._titles = 1 if titles else 0
        self._total_width = total_width
        self._empty = empty
        self.help_words = help_words
        # Without a wider content, "auto" would show a bar as soon as the vertical one takes its column.
        self.styles.overflow_x = "auto" if total_width else "hidden"
        self._rows: Sequence[RowT] = ()
        self._under_cursor = False

    @property
    def rows(self) -> Sequence[RowT]:
        return self._rows

    @property
    def row(self) -> RowT | None:
        """The row under the cursor."""
        return self._rows[self.cursor] if self.cursor < len(self._rows) else None

    def show_rows(self, rows: Sequence[RowT], *, cursor: int | None = None, empty: str | None = None) -> None:
        """Show other rows; the cursor stays at its index unless another is given."""
        before = self.row
        self._rows = rows
        if empty is not None:
            self._empty = empty
        self._measure()
        self.set_reactive(VirtualList.cursor, self._clamped(self.cursor if cursor is None else cursor))
        self.bring_into_sight()
        self.refresh()
        if self.row is not before:
            self.post_message(self.Highlighted(self, self.cursor, self.row))

    def show_columns(self, columns: Sequence[Column[RowT]]) -> None:
        """Show other columns, for rows of another kind; to be followed by `show_rows`."""
        self._columns = tuple(columns)
        self._rows = ()

    @property
    def is_at_end(self) -> bool:
        """Whether the cursor is on the last row, so that a tail may follow."""
        return self.cursor >= len(self._rows) - 1

    def _clamped(self, index: int) -> int:
        return max(0, min(index, len(self._rows) - 1))

    def validate_cursor(self, cursor: int) -> int:
        return self._clamped(cursor)

    def watch_cursor(self, old: int, new: int) -> None:
        for index in (old, new):
            self.refresh(Region(0, index + self._titles - self.scroll_offset.y, self.size.width, 1))
        self.bring_into_sight()
        self.post_message(self.Highlighted(self, new, self.row))

    def _measure(self) -> None:
        self.virtual_size = Size(self.row_width, len(self._rows) + self._titles)
        # Without this a scrollbar would come, or go, only when the widget's own size changes.
        self._scroll_update(self.virtual_size)

    def bring_into_sight(self) -> None:
        """Scroll as little as needed for the cursor to be seen."""
        height = self.scrollable_content_region.height - self._titles
        top = self.scroll_offset.y
        if height <= 0:
            return
        wanted = min(max(top, self.cursor - height + 1), self.cursor)
        if wanted != top:
            self.scroll_to(y=wanted, animate=False, immediate=True, force=True)

    def on_resize(self) -> None:
        self._measure()
        self.bring_into_sight()

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def action_move(self, by: int) -> None:
        self.cursor += by

    def action_page(self, direction: int) -> None:
        self.cursor += direction * max(1, self.scrollable_content_region.height - self._titles - 1)

    def action_go(self, index: int) -> None:
        self.cursor = index if index >= 0 else len(self._rows) + index

    def action_select(self) -> None:
        row = self.row
        if row is not None:
            self.post_message(self.Selected(self, self.cursor, row))

    def on_click(self, event: events.Click) -> None:
        index = event.y + self.scroll_offset.y - self._titles
        if event.y >= self._titles and 0 <= index < len(self._rows):
            self.cursor = index
            if event.chain == 2:
                self.action_select()

    def render_line(self, y: int) -> Strip:
        base = self.rich_style
        scroll_x, scroll_y = self.scroll_offset
        width = self.size.width
        self._under_cursor = False
        if y < self._titles:
            style = base + self.get_component_rich_style("virtual-list--title", partial=True)
            strip = Strip(self._segments([column.title for column in self._columns], style))
            return strip.crop_extend(scroll_x, scroll_x + width, style)
        index = y - self._titles + scroll_y
        if index >= len(self._rows):
            dim = base + self.get_component_rich_style("virtual-list--dim", partial=True)
            words = self._empty if not self._rows and y == self._titles else ""
            return Strip([Segment(plain(words), dim)]).crop_extend(0, width, base)
        under_cursor = self.SHOWS_CURSOR and index == self.cursor
        self._under_cursor = under_cursor and self.has_focus
        if under_cursor:
            name = "virtual-list--cursor" if self.has_focus else "virtual-list--cursor-blurred"
            base += self.get_component_rich_style(name, partial=True)
        strip = Strip(self.row_segments(self._rows[index], base))
        return strip.crop_extend(scroll_x, scroll_x + width, base)

    def row_segments(self, row: RowT, base: Style) -> list[Segment]:
        """Draw one row; a list of another shape overrides this."""
        return self._segments([column.cell(row) for column in self._columns], base)

    def toned(self, tone: Tone, base: Style) -> Style:
        """Return the style of a tone on a row of this style."""
        if not tone or (self._under_cursor and tone in (Tone.DIM, Tone.ACCENT)):
            # On the cursor's ground these could not be read in every theme.
            return base
        return base + self.get_component_rich_style(f"virtual-list--{tone}", partial=True)

    @property
    def row_width(self) -> int:
        """The width that a row is drawn for."""
        return max(self._total_width, self.scrollable_content_region.width)

    def _segments(self, row: Sequence[Cell | str | tuple[Cell, ...]], base: Style) -> list[Segment]:
        segments: list[Segment] = []
        for column, width, cell in zip(self._columns, self._widths(), row, strict=True):
            parts = (Cell(cell),) if isinstance(cell, str) else (cell,) if isinstance(cell, Cell) else cell
            drawn = [Segment(plain(part.text, _LONGEST_CELL), self.toned(part.tone, base)) for part in parts]
            segments.extend(fitted(drawn, width, base, align_right=column.align_right))
            segments.append(Segment(" " * _GAP, base))
        return segments[:-1]

    def _widths(self) -> list[int]:
        fixed = sum(c.width for c in self._columns if c.width is not None)
        flexible = sum(c.width is None for c in self._columns)
        room = self.row_width - fixed - _GAP * (len(self._columns) - 1)
        share = max(8, room // flexible) if flexible else 0
        return [share if c.width is None else c.width for c in self._columns]


def fitted(drawn: list[Segment], width: int, base: Style, *, align_right: bool = False) -> list[Segment]:
    """Return segments cut (with a `…`) or padded to a width."""
    strip = Strip(drawn)
    length = strip.cell_length
    if length > width:
        return [*strip.crop(0, max(0, width - 1)), Segment("…" if width else "", base)]
    padding = Segment(" " * (width - length), base)
    return [padding, *strip] if align_right else [*strip, padding]
