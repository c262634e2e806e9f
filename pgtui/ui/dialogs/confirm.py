"""Asks before something is done; for something destructive, a word has to be typed."""

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Button, Input, Static

from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.text import content, lines, plain


def word_to_type(name: str) -> str:
    """Return what must be typed to confirm: the name, unless nobody can type it."""
    can_be_typed = name.isascii() and plain(name) == name.strip() == name != ""
    return name if can_be_typed else "yes"


class ConfirmDialog(Dialog[bool]):
    """A question with two answers; the safe one has the focus. Escape is No (None)."""

    def __init__(
        self, heading: str, words: str, *, yes: str = "Yes", no: str = "No", typed: str = ""
    ) -> None:
        """Ask; `typed` is a word that must be typed before Yes can be pressed."""
        super().__init__(heading)
        self._words = words
        self._yes = yes
        self._no = no
        self._typed = typed

    def compose_dialog(self) -> ComposeResult:
        with VerticalScroll(classes="dialog-body", can_focus=False):
            yield Static(lines(self._words))
        if self._typed:
            yield Static(content(f"Type {self._typed} to confirm:", "$warning"), classes="dialog-label")
            yield Input(id="typed")

    def compose_buttons(self) -> ComposeResult:
        yield button(self._no, "no", variant="primary")
        yield button(
            self._yes, "yes", variant="error" if self._typed else "default", disabled=bool(self._typed)
        )

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#no", Button))

    @on(Input.Changed, "#typed")
    def _typed_changed(self, event: Input.Changed) -> None:
        self.query_one("#yes", Button).disabled = event.value != self._typed

    @on(Input.Submitted, "#typed")
    def _typed_submitted(self) -> None:
        yes = self.query_one("#yes", Button)
        if not yes.disabled:
            self.set_focus(yes)

    @on(Button.Pressed, "#yes")
    def _pressed_yes(self) -> None:
        self.dismiss(True)

    @on(Button.Pressed, "#no")
    def _pressed_no(self) -> None:
        self.dismiss(False)
