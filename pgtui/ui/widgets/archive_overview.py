"""All clusters' archiving at one glance; of a look each second only what changed is painted."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.geometry import Region

from pgtui.ui.archive_overview import OverviewRow, overview_counts
from pgtui.ui.present import count_text
from pgtui.ui.text import content
from pgtui.ui.widgets.live_text import LiveText
from pgtui.ui.widgets.virtual_list import Column, VirtualList

_MIDDLE, _WIDE = 100, 150
_LONG = 4096
_LONGEST_NAME = 32

_NARROW_COLUMNS = (
    Column[OverviewRow]("cluster", lambda row: row.name),
    Column[OverviewRow]("verdict", lambda row: row.verdict, 13),
    Column[OverviewRow]("waiting", lambda row: row.waiting, 7, align_right=True),
    Column[OverviewRow]("oldest", lambda row: row.oldest, 9, align_right=True),
    Column[OverviewRow]("written", lambda row: row.written, 9, align_right=True),
    Column[OverviewRow]("archived", lambda row: row.archived, 9, align_right=True),
)
_LOSS = Column[OverviewRow]("would be lost", lambda row: row.loss, 18, align_right=True)
_MIDDLE_COLUMNS = (*_NARROW_COLUMNS, _LOSS)
_WIDE_COLUMNS = (
    Column[OverviewRow]("cluster", lambda row: row.name, 24),
    *_NARROW_COLUMNS[1:3],
    Column[OverviewRow]("size", lambda row: row.waiting_size, 8, align_right=True),
    *_NARROW_COLUMNS[3:],
    _LOSS,
    Column[OverviewRow]("last archived", lambda row: row.last, 14, align_right=True),
    Column[OverviewRow]("why", lambda row: row.reason),
)


class ClusterTable(VirtualList[OverviewRow]):
    """The cursor stays on its cluster when the order changes."""

    HELP = (
        "All clusters, the worst first: home goes to it. Enter looks at the one under the cursor in depth; "
        "commands are about it as well. It stays under the cursor when the order changes. Escape goes back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "select", "In depth")]

    def go_to(self, name: str) -> None:
        """Put the cursor on a cluster, if it is among them."""
        places = {row.name: index for index, row in enumerate(self.rows)}
        self.cursor = places.get(name, self.cursor)

    def show_clusters(self, rows: Sequence[OverviewRow]) -> None:
        """Show other rows; when only cells changed, only their lines are painted."""
        before = self.rows
        if [row.name for row in before] != [row.name for row in rows]:
            name = self.row.name if self.row else None
            places = {row.name: index for index, row in enumerate(rows)}
            self.show_rows(rows, cursor=places.get(name, self.cursor) if name is not None else 0)
            return
        self._rows = rows
        top = self.scroll_offset.y
        for index, (old, new) in enumerate(zip(before, rows, strict=True)):
            if old != new and top <= index < top + self.size.height:
                self.refresh(Region(0, index + self._titles - top, self.size.width, 1))

    def on_resize(self) -> None:
        width = self.size.width
        self._columns = (
            _WIDE_COLUMNS if width >= _WIDE else _MIDDLE_COLUMNS if width >= _MIDDLE else _NARROW_COLUMNS
        )


class ArchiveOverview(Vertical):
    """Counts, the clusters, and the reason of the one under the cursor."""

    def compose(self) -> ComposeResult:
        yield LiveText(id="overview-counts")
        yield ClusterTable(_NARROW_COLUMNS, empty="No cluster was found.", id="overview-list")
        yield LiveText(id="overview-reason")

    @property
    def table(self) -> ClusterTable:
        return self.query_one(ClusterTable)

    def show(self, rows: Sequence[OverviewRow]) -> None:
        """Show the clusters."""
        self.table.show_clusters(rows)
        counts = [content(cell.text, cell.tone.style) for cell in overview_counts(rows)]
        words = Content.assemble((count_text(len(rows), "cluster"), "bold"), "   ") + Content("  ").join(
            counts
        )
        self._update("overview-counts", words)
        self.show_reason()

    def show_reason(self) -> None:
        """Show in full why the cluster under the cursor has its verdict."""
        row = self.table.row
        if row is None:
            self._update("overview-reason", Content("Clusters (key 1) tells where pgtui looks."))
            return
        words = Content.assemble(
            content(row.name, "bold").truncate(_LONGEST_NAME, ellipsis=True),
            "  ",
            content(row.verdict.text, row.verdict.tone.style),
            "  ",
        )
        words += content(row.reason.text, limit=_LONG)
        if row.loss.text not in ("–", "?"):
            words += content(f" Would be lost now: {row.loss.text}.")
        if row.hint:
            words += content(f" {row.hint}", "$dim", _LONG)
        self._update("overview-reason", words)

    def _update(self, name: str, words: Content) -> None:
        self.query_one(f"#{name}", LiveText).show(words)
