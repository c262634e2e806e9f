"""Modes that have no content yet: each says what it will be for."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.containers import Center, Middle
from textual.widgets import Static

from pgtui.ui.commands import Mode
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.text import content


class _Placeholder(ModeScreen):
    purpose: ClassVar[tuple[str, str]]

    def compose_body(self) -> ComposeResult:
        with Middle(), Center():
            yield Static(content(self.mode.label, "bold $primary"), classes="placeholder-title")
            for sentence in self.purpose:
                yield Static(content(sentence), classes="placeholder-text")
            yield Static(content("It is not built yet.", "$dim"), classes="placeholder-text")


class BackupsScreen(_Placeholder):
    mode = Mode.BACKUPS
    purpose = (
        "This will list base backups with what each one can be recovered to, and take and verify new ones.",
        "Dumps and restores of single databases will be made here as well.",
    )
    HELP = " ".join(purpose)


class LearnScreen(_Placeholder):
    mode = Mode.LEARN
    purpose = (
        "This will hold lessons on dumps, base backups and recovery to a moment.",
        "Each one will be done for real, on a throw-away cluster.",
    )
    HELP = " ".join(purpose)
