"""What all dialogs have in common: a titled frame, a body, a row of buttons, escape leaves."""

from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pgtui.ui.text import content

ResultT = TypeVar("ResultT")


class Dialog(ModalScreen[ResultT], Generic[ResultT]):
    """A dialog that answers with a value, or None when it was left by escape.

    Subclasses write `compose_dialog` and `compose_buttons`; the widget that is safest has the focus.
    Ask with `await app.push_screen_wait(dialog)` from a worker.
    """

    HELP: ClassVar[str] = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", show=True),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, heading: str) -> None:
        super().__init__()
        self._heading = heading

    def compose(self) -> ComposeResult:
        with Vertical(classes="dialog-frame"):
            yield Static(content(self._heading), classes="dialog-title")
            yield from self.compose_dialog()
            with Horizontal(classes="dialog-buttons"):
                yield from self.compose_buttons()

    def compose_dialog(self) -> ComposeResult:
        """Return what stands between title and buttons."""
        raise NotImplementedError

    def compose_buttons(self) -> ComposeResult:
        """Return the buttons, the safe one first."""
        raise NotImplementedError

    def action_leave(self) -> None:
        self.dismiss(None)


def button(words: str, id: str, *, variant: str = "default", disabled: bool = False) -> Button:
    """Return a button of one line; `variant` is `default`, `primary` or `error`."""
    made = Button(content(words), id=id, disabled=disabled, compact=True)
    made.add_class(f"-{variant}-words")
    return made
