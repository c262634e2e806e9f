"""Asks for a password, which is kept in memory only."""

from textual import on
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from pgtui.domain.secret import Secret
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.text import content, lines


class PasswordDialog(Dialog[Secret]):
    """Answers with the password; None when it was left."""

    HELP = "The password is kept in memory until pgtui ends. ~/.pgpass (mode 0600) spares you typing it."

    def __init__(self, cluster: str, user: str, words: str = "") -> None:
        """Ask for the password of a cluster's user; `words` are the server's own."""
        super().__init__("Password needed")
        self._who = f"Password of {user} on {cluster}:"
        self._words = words

    def compose_dialog(self) -> ComposeResult:
        if self._words:
            yield Static(lines(self._words, "$dim", 2000), classes="dialog-body")
        yield Static(content(self._who), classes="dialog-label")
        yield Input(password=True, id="password")

    def compose_buttons(self) -> ComposeResult:
        yield button("Cancel", "cancel")
        yield button("Connect", "connect", variant="primary")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))

    @on(Input.Submitted)
    @on(Button.Pressed, "#connect")
    def _connect(self) -> None:
        typed = self.query_one(Input).value
        if typed:
            self.dismiss(Secret(typed))

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
