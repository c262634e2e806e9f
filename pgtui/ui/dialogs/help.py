"""Help: what has the focus, what this mode is for, and every key that works here."""

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Button, Static

from pgtui.ui.commands import Command, commands_of, shown_key
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.text import content


class HelpDialog(Dialog[None]):
    """Help for what had the focus when it was asked for."""

    def __init__(self, screen: Screen[object], focused: Widget | None) -> None:
        super().__init__("Help")
        self._on = screen
        self._focused = focused

    def compose_dialog(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-body -tall", id="help-text"):
            for part in self._parts():
                yield Static(part, classes="help-part")

    def _parts(self) -> list[Content]:
        parts: list[Content] = []
        words = getattr(self._focused, "help_words", "") or getattr(self._focused, "HELP", "")
        if words:
            parts.append(_section("What has the focus", content(words, limit=2000)))
        words = getattr(self._on, "HELP", "")
        mode = self._on.mode if isinstance(self._on, ModeScreen) else None
        if words:
            parts.append(_section(mode.label if mode else "This dialog", content(words, limit=2000)))
        if mode:
            parts.append(_section(f"Keys in {mode.label}", _table(commands_of(mode))))
            parts.append(_section("Keys everywhere", _table(commands_of(None))))
        return parts

    def compose_buttons(self) -> ComposeResult:
        yield button("Close", "close", variant="primary")

    def on_mount(self) -> None:
        self.query_one("#help-text").focus()

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.dismiss(None)


def _section(title: str, body: Content) -> Content:
    return Content.assemble((title, "bold $primary"), "\n", body)


def _table(commands: list[type[Command]]) -> Content:
    rows = [
        Content.assemble(
            (f"{' '.join(map(shown_key, command.key.split(','))):<6}", "bold"),
            f" {command.title:<26} ",
            (command.help, "$dim"),
        )
        for command in commands
        if command.key
    ]
    return Content("\n").join(rows)
