"""Ask where to save a script, and save it there."""

import asyncio
import os
import re
from pathlib import Path

from textual import on, work
from textual.app import ComposeResult
from textual.widgets import Button, Input, Static

from pgtui.domain.errors import FileProblem, PgtuiError
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.text import content, plain

_MODE = 0o700


class SaveScriptDialog(Dialog[None]):
    """Writes a script to a file that is not there yet; a file that is there is never replaced."""

    HELP = "Type the path of a new file. The script needs no pgtui to run: bash FILE does the same."

    def __init__(self, script: str, title: str) -> None:
        """Save a script; its title gives the name that is proposed."""
        super().__init__("Save the script")
        self._script = script
        self._proposed = f"~/{_slug(title)}.sh"

    def compose_dialog(self) -> ComposeResult:
        yield Input(self._proposed, id="save-path")
        yield Static("", id="save-problem", classes="dialog-error")

    def compose_buttons(self) -> ComposeResult:
        yield button("Cancel", "save-cancel", variant="primary")
        yield button("Save", "save-run")

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#save-path", Input))

    @on(Button.Pressed, "#save-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted, "#save-path")
    @on(Button.Pressed, "#save-run")
    def _path_given(self) -> None:
        self._save(self.query_one("#save-path", Input).value)

    @work(group="save-script", exclusive=True)
    async def _save(self, typed: str) -> None:
        try:
            path = await asyncio.to_thread(save_script, typed, self._script)
        except PgtuiError as error:
            self.query_one("#save-problem", Static).update(content(f"✕ {error.message} {error.hint}"))
            return
        self.app.notify(f"bash {plain(path)} does the same without pgtui.", title="Saved", markup=False)
        self.dismiss(None)


def save_script(typed: str, script: str) -> Path:
    """Write a script to a new file that only its owner may read and run. Raises FileProblem."""
    if not typed.strip():
        raise FileProblem("No path was given.", "Type one, such as ~/recover.sh.")
    try:
        path = Path(typed.strip()).expanduser().absolute()
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE)
    except FileExistsError:
        raise FileProblem(f"{typed.strip()} is already there.", "Choose another name.") from None
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise FileProblem(f"{typed.strip()} cannot be written: {reason}.", "Choose another place.") from error
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(script)
    except OSError as error:
        path.unlink(missing_ok=True)
        raise FileProblem(f"{path} cannot be written: {error.strerror}.", "Is the disk full?") from error
    return path


def _slug(title: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "plan"
