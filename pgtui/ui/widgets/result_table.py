"""The rows of a statement: NULL is told apart from an empty text, and long values are cut only in sight."""

from textual.content import Content

from pgtui.services.sandboxes import QueryResult
from pgtui.ui.present import Cell, Tone, count_text, duration_text
from pgtui.ui.text import plain
from pgtui.ui.widgets.virtual_list import Column, VirtualList

Row = tuple[str | None, ...]

NULL = "‹null›"
_WIDEST = 48
_MEASURED = 500
"""Rows looked at for a column's width."""
_GAP = 2


class ResultTable(VirtualList[Row]):
    """Shows one result at a time; scrolls sideways when it is wide."""

    HELP = (
        f"Rows as the server wrote them; {NULL} is NULL, an empty cell is an empty text. Arrow keys move, "
        "left and right scroll sideways, enter shows the whole row."
    )

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__((), empty="", id=id)

    def show_result(self, result: QueryResult) -> None:
        """Show other rows under other columns."""
        columns = [_column(result, index) for index in range(len(result.columns))]
        self._total_width = sum((column.width or 0) + _GAP for column in columns)
        self.show_columns(columns)
        self.scroll_to(0, 0, animate=False)
        self.show_rows(result.rows, cursor=0, empty="No rows." if columns else "")

    def clear(self) -> None:
        """Show nothing."""
        self.show_result(QueryResult((), (), False, 0.0))


def result_words(result: QueryResult) -> Content:
    """Return how many rows there were and how long it took."""
    took = duration_text(result.seconds) if result.seconds >= 1 else f"{result.seconds * 1000:.0f} ms"
    if not result.columns:
        return Content.styled(f"✓ done in {took}", "$dim")
    rows = count_text(len(result.rows), "row")
    more = " (the first ones; there are more)" if result.truncated else ""
    return Content.assemble((f"✓ {rows}", "$success"), more, (f" in {took}", "$dim"))


def _column(result: QueryResult, index: int) -> Column[Row]:
    seen = [row[index] for row in result.rows[:_MEASURED]]
    texts = [NULL if value is None else plain(value, _WIDEST) for value in seen]
    title = result.columns[index]
    width = min(_WIDEST, max([Content(text).cell_length for text in [plain(title), *texts]]))
    return Column(title, lambda row: _cell(row[index]), max(1, width), align_right=_are_numbers(seen))


def _cell(value: str | None) -> Cell:
    return Cell(NULL, Tone.DIM) if value is None else Cell(value)


def _are_numbers(values: list[str | None]) -> bool:
    given = [value for value in values if value is not None]
    return bool(given) and all(value.lstrip("-").replace(".", "", 1).isdecimal() for value in given)
