"""One row of a result, each value in full on lines of its own."""

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Button, Static

from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.text import content, lines
from pgtui.ui.widgets.result_table import NULL, Row

_LONGEST = 20_000


class RowDialog(Dialog[None]):
    """Shows a row; values longer than what can sensibly be read are cut, with a word on it."""

    HELP = "Arrow keys scroll; escape goes back to the rows."

    def __init__(self, columns: tuple[str, ...], row: Row) -> None:
        """Show a row under these column names."""
        super().__init__("One row")
        self._columns = columns
        self._row = row

    def compose_dialog(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-body -tall", id="row-values"):
            for title, value in zip(self._columns, self._row, strict=True):
                yield Static(_field(title, value))

    def compose_buttons(self) -> ComposeResult:
        yield button("Close", "row-close", variant="primary")

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#row-values"))

    @on(Button.Pressed, "#row-close")
    def _close(self) -> None:
        self.dismiss(None)


def _field(title: str, value: str | None) -> Content:
    name = content(title, "bold $primary") + Content("  ")
    if value is None:
        return name + Content.styled(NULL, "$dim")
    if value == "":
        return name + Content.styled("(an empty text)", "$dim")
    words = name + (Content("\n") if "\n" in value else Content("")) + lines(value, limit=_LONGEST)
    if len(value) > _LONGEST:
        words += Content.styled(f"\n… cut: it has {len(value):,} characters", "$warning")
    return words
