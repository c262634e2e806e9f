"""The tree of hosts, clusters and what lies in them, drawn as a virtual list."""

from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message

from pgtui.ui.outline import OutlineRow, RowKind
from pgtui.ui.present import Tone
from pgtui.ui.text import plain
from pgtui.ui.widgets.virtual_list import VirtualList, fitted


class OutlineList(VirtualList[OutlineRow]):
    """Rows with indentation, a triangle where they can be opened, and a size at the right."""

    HELP = (
        "The tree: up and down move; right or enter opens what has a triangle, left closes it or goes to "
        "what it lies in. Sizes stand at the right."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("right", "open", "Open", show=False),
        Binding("left", "shut", "Close", show=False),
        Binding("space", "select", "Open or close", show=False),
    ]
    DEFAULT_CSS = """
    OutlineList { background: $background; overflow-x: hidden; }
    """

    class Toggled(Message):
        """A row was opened or closed."""

        def __init__(self, row: OutlineRow, expand: bool) -> None:
            super().__init__()
            self.row = row
            self.expand = expand

    def __init__(self, *, id: str) -> None:
        super().__init__((), titles=False, empty="Looking for clusters …", id=id)

    def action_open(self) -> None:
        row = self.row
        if row is not None and row.can_expand and not row.expanded:
            self.post_message(self.Toggled(row, True))
        else:
            self.action_move(1)

    def action_shut(self) -> None:
        row = self.row
        if row is None:
            return
        if row.expanded:
            self.post_message(self.Toggled(row, False))
            return
        for index in range(self.cursor - 1, -1, -1):
            if self.rows[index].key == row.key[:-1]:
                self.cursor = index
                return

    def action_select(self) -> None:
        row = self.row
        if row is not None and row.can_expand:
            self.post_message(self.Toggled(row, not row.expanded))
        else:
            super().action_select()

    def row_segments(self, row: OutlineRow, base: Style) -> list[Segment]:
        if row.kind is RowKind.MORE:
            # Not indented: in a narrow tree its words would not fit.
            words = [Segment(f" {plain(row.text)}", self.toned(row.tone, base))]
            return fitted(words, self.row_width, base)
        dim = self.toned(Tone.DIM, base)
        drawn = [Segment(" " + "  " * max(0, row.depth - 1), base)]
        if row.kind is not RowKind.HOST:
            drawn.append(Segment("▾ " if row.expanded else "▸ " if row.can_expand else "  ", dim))
        if row.mark is not None:
            drawn.append(Segment(f"{row.mark.symbol} ", self.toned(row.mark.tone, base)))
        note = [Segment(_note(row), dim)]
        drawn.append(Segment(plain(row.text), self.toned(row.tone, base)))
        note_width = sum(segment.cell_length for segment in note)
        width = self.row_width - note_width - 1
        return [*fitted(drawn, max(8, width - 1), base), Segment(" ", base), *note, Segment(" ", base)]


def _note(row: OutlineRow) -> str:
    # The state in words stands beside its symbol, so that neither shape nor colour has to be known.
    words = [row.mark.word] if row.mark and row.kind is RowKind.CLUSTER else []
    return "  ".join([*words, plain(row.note)] if row.note else words)
