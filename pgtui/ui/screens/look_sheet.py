"""A sheet for what takes a while to find out: how long it takes is told, then what was found."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from pgtui.domain.errors import PgtuiError
from pgtui.ui.details import Detail
from pgtui.ui.present import Tone, duration_text
from pgtui.ui.text import content
from pgtui.ui.widgets.details_pane import DetailsPane
from pgtui.ui.widgets.footer_line import FooterLine
from pgtui.ui.widgets.live_text import LiveText

_TICK = 0.25


class LookSheet(Screen[None]):
    """Lies over its mode until escape. Subclasses write `look`, which shows what it found by `show_found`."""

    HELP: ClassVar[str] = "Arrow keys scroll; r looks again; escape goes back, and ends the look."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back"),
        Binding("r", "look_again", "Look again"),
    ]
    AUTO_FOCUS = "#look-found"
    CSS_PATH = "sheet.tcss"

    def __init__(self, heading: str) -> None:
        """Look as soon as it is shown."""
        super().__init__()
        self._heading = heading
        self._begun: datetime | None = None
        self._timer: Timer | None = None

    async def look(self) -> None:
        """Find out, and show it. Raises PgtuiError."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        with Horizontal(classes="sheet-head"):
            yield Static(content(self._heading, "bold $primary"), classes="sheet-title")
            yield LiveText(id="look-count")
        yield LiveText(id="look-verdict")
        pane = DetailsPane(labels=6, id="look-found")
        pane.help_words = "What was found. Arrow keys and page keys scroll."
        yield pane
        yield FooterLine()

    def on_mount(self) -> None:
        self._timer = self.set_interval(_TICK, self._show_busy, pause=True)
        self.begin()

    @property
    def is_busy(self) -> bool:
        """Whether it still looks."""
        return self._begun is not None

    def begin(self) -> None:
        """Look anew; a look that still goes on is ended."""
        self._begun = self._now
        if self._timer is not None:
            self._timer.resume()
        self._show_busy()
        self.refresh_bindings()
        self._look()

    @property
    def _now(self) -> datetime:
        clock: datetime = self.app.clock()  # type: ignore[attr-defined]
        return clock

    @work(group="look", exclusive=True)
    async def _look(self) -> None:
        try:
            await self.look()
        except PgtuiError as error:
            self.end("", Content.assemble(("✕ ", "bold $error"), content(error.message, limit=4096)))
            hints = [Detail("", f"Hint: {error.hint}")] if error.hint else []
            self.query_one(DetailsPane).show_details(hints, from_top=True)

    def end(self, count: str, verdict: Content) -> None:
        """Show that the look has ended."""
        self._begun = None
        if self._timer is not None:
            self._timer.pause()
        self.query_one("#look-count", LiveText).show(content(count, "$dim"))
        self.query_one("#look-verdict", LiveText).show(verdict)
        self.refresh_bindings()

    def show_found(self, count: str, verdict: Content, details: Iterable[Detail]) -> None:
        """Show what was found."""
        self.end(count, verdict)
        self.query_one(DetailsPane).show_details(details, from_top=True)

    def _show_busy(self) -> None:
        if self._begun is not None:
            words = f"looking … {duration_text((self._now - self._begun).total_seconds())}"
            self.query_one("#look-count", LiveText).show(content(words, Tone.ACCENT.style))

    def action_back(self) -> None:
        self.dismiss(None)

    def action_look_again(self) -> None:
        self.begin()
