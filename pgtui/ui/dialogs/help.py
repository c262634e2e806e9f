"""Help: what has the focus, what this mode is for, and every key that works here."""

from collections.abc import Iterator

from textual import on
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button

from pgtui.ui.commands import Mode, commands_of, shown_key
from pgtui.ui.details import Detail
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.widgets.details_pane import DetailsPane


class HelpDialog(Dialog[None]):
    """Help for what had the focus when it was asked for."""

    def __init__(self, screen: Screen[object], focused: Widget | None) -> None:
        super().__init__("Help")
        self.add_class("-tall")
        self._on = screen
        self._focused = focused

    def compose_dialog(self) -> ComposeResult:
        yield DetailsPane(labels=6, id="help-text")

    def _details(self) -> Iterator[Detail]:
        words = getattr(self._focused, "help_words", "") or getattr(self._focused, "HELP", "")
        if words:
            yield Detail("What has the focus", is_heading=True)
            yield Detail("", words)
        mode = self._on.mode if isinstance(self._on, ModeScreen) else None
        if self._on.HELP:
            yield Detail(mode.label if mode else "This page", is_heading=True)
            yield Detail("", self._on.HELP)
        if mode:
            yield from _keys(f"Keys in {mode.label}", mode)
            yield from _keys("Keys everywhere", None)

    def compose_buttons(self) -> ComposeResult:
        yield button("Close", "close", variant="primary")

    def on_mount(self) -> None:
        pane = self.query_one("#help-text", DetailsPane)
        pane.show_details(self._details(), from_top=True)
        # At once: `focus()` comes a moment later, and a key pressed in between would go astray.
        self.set_focus(pane)

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)


def _keys(heading: str, mode: Mode | None) -> Iterator[Detail]:
    yield Detail(heading, is_heading=True)
    for command in commands_of(mode):
        if command.key:
            keys = " ".join(map(shown_key, command.key.split(",")))
            yield Detail(keys, f"{command.title}. {command.help}")
