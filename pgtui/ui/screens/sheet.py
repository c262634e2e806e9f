"""A screen of one long list with a filter: relations, log lines."""

from collections.abc import Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widgets import Input, Static

from pgtui.ui.text import content
from pgtui.ui.widgets.footer_line import FooterLine
from pgtui.ui.widgets.virtual_list import Column, VirtualList


class Sheet(Screen[None]):
    """Lies over its mode until escape; `/` goes to the filter, and enter or escape back to the list."""

    HELP: ClassVar[str] = "Type into the filter to see only what holds the text; escape goes back."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", key_display="/"),
        Binding("escape", "back", "Back"),
    ]
    AUTO_FOCUS = ".sheet-list"
    CSS_PATH = "sheet.tcss"

    def __init__(self, heading: str, columns: Sequence[Column[Any]], **options: Any) -> None:
        """Make a sheet; `options` are the virtual list's."""
        super().__init__()
        self._heading = heading
        self._columns = columns
        self._list_options = options

    def compose(self) -> ComposeResult:
        with Horizontal(classes="sheet-head"):
            yield Static(content(self._heading, "bold $primary"), classes="sheet-title")
            yield Static("", classes="sheet-count")
        with Horizontal(classes="sheet-filter"):
            yield Static("Filter", classes="sheet-label")
            yield Input(placeholder="any part of it", id="filter")
        yield VirtualList(self._columns, classes="sheet-list", **self._list_options)
        yield FooterLine()

    @property
    def listed(self) -> VirtualList[Any]:
        """The list."""
        return self.query_one(".sheet-list", VirtualList)

    @property
    def wanted(self) -> str:
        """What the filter asks for, in lower case."""
        return self.query_one("#filter", Input).value.casefold()

    def show_count(self, words: str) -> None:
        """Show how much there is, at the right of the head."""
        self.query_one(".sheet-count", Static).update(content(words, "$dim"))

    def show_filtered(self) -> None:
        """Show the rows that the filter leaves."""
        raise NotImplementedError

    def action_filter(self) -> None:
        self.set_focus(self.query_one("#filter", Input))

    def action_back(self) -> None:
        field = self.query_one("#filter", Input)
        if field.has_focus or field.value:
            field.value = ""
            self.listed.focus()
        else:
            self.dismiss(None)

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        self.show_filtered()

    @on(Input.Submitted, "#filter")
    def _filter_done(self) -> None:
        self.listed.focus()
