"""The details of what is under the cursor: aligned labels, values wrapped, scrolled by keys."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rich.segment import Segment
from rich.style import Style
from rich.text import Text

from pgtui.ui.details import Detail
from pgtui.ui.present import Tone
from pgtui.ui.text import plain
from pgtui.ui.widgets.virtual_list import VirtualList, fitted

_SHORTEST_LABELS = 17
_LONGEST_VALUE = 4000


@dataclass(frozen=True)
class DetailLine:
    """One line as it is drawn."""

    label: str
    value: str
    tone: Tone


class DetailsPane(VirtualList[DetailLine]):
    """Shows entries; wraps them anew when the width changes."""

    HELP = "All that is known of what has the cursor in the tree. Arrow keys and page keys scroll."
    SHOWS_CURSOR = False
    DEFAULT_CSS = """
    DetailsPane {
        overflow-x: hidden; scrollbar-gutter: stable; background: $surface;
        padding: 0 1 0 0; border-left: wide $surface;
        &:focus { border-left: wide $primary; }
    }
    """

    def __init__(self, *, labels: int = _SHORTEST_LABELS, id: str) -> None:
        """Make a pane; labels take at least `labels` cells."""
        super().__init__((), titles=False, empty="", id=id)
        self._shortest_labels = labels
        self._details: tuple[Detail, ...] = ()

    def action_move(self, by: int) -> None:
        self.scroll_to(y=self.scroll_offset.y + by, animate=False)

    def action_page(self, direction: int) -> None:
        self.action_move(direction * max(1, self.scrollable_content_region.height - 1))

    def action_go(self, index: int) -> None:
        self.scroll_to(y=0 if index == 0 else self.max_scroll_y, animate=False)

    def bring_into_sight(self) -> None:
        """Stay where the reader is: there is no cursor to be seen."""

    def show_details(self, details: Iterable[Detail], *, from_top: bool) -> None:
        """Show other entries; stays where it was scrolled to unless they are about another thing."""
        shown = tuple(details)
        if from_top or shown != self._details:
            self._details = shown
            self.show_rows(self._wrapped(), cursor=0)
        if from_top:
            self.scroll_to(y=0, animate=False)

    def on_resize(self) -> None:
        self.show_rows(self._wrapped())

    def _wrapped(self) -> list[DetailLine]:
        return [line for number, detail in enumerate(self._details) for line in self._lines(number, detail)]

    def _lines(self, number: int, detail: Detail) -> Iterator[DetailLine]:
        if detail.is_heading:
            if number:
                yield DetailLine("", "", Tone.PLAIN)
            yield DetailLine("", detail.label, Tone.ACCENT)
            return
        width = self.row_width - (self._label_width + 2 if detail.label else 0)
        value = Text(plain(detail.value, _LONGEST_VALUE))
        label = plain(detail.label)
        for part in value.wrap(self.app.console, max(10, width)):
            yield DetailLine(label, part.plain, detail.tone)
            label = " " if label else ""

    @property
    def _label_width(self) -> int:
        return max(self._shortest_labels, min(self._shortest_labels + 7, self.row_width // 4))

    def row_segments(self, row: DetailLine, base: Style) -> list[Segment]:
        value = Segment(row.value, self.toned(row.tone, base))
        if row.tone is Tone.ACCENT:
            value = Segment(row.value, self.toned(row.tone, base) + Style(bold=True))
        if not row.label:
            return [value]
        label = Segment(row.label, self.toned(Tone.DIM, base))
        return [*fitted([label], self._label_width, base), Segment("  ", base), value]
