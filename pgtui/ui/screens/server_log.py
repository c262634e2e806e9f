"""A server's log, followed, with a filter."""

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from textual import work

from pgtui.domain.errors import PgtuiError
from pgtui.ui.present import Cell, Tone, count_text
from pgtui.ui.screens.sheet import Sheet
from pgtui.ui.widgets.virtual_list import Column

MOST_LINES = 100_000
_WIDEST_LINE = 1000
_FLUSH_SECONDS = 0.2

_TONES = (
    ("FATAL:", Tone.BAD),
    ("PANIC:", Tone.BAD),
    ("ERROR:", Tone.BAD),
    ("WARNING:", Tone.WARN),
    ("HINT:", Tone.ACCENT),
)


class ServerLogSheet(Sheet):
    """Follows while the cursor is on the last line; moving up holds it, end follows again."""

    HELP = (
        "The server's own log, as it is written. While the cursor is on the last line the list follows; "
        "move up to hold it, press end to follow again. Left and right move along long lines."
    )

    def __init__(self, heading: str, lines: Callable[[], AsyncGenerator[str, None]]) -> None:
        """Show the lines of a generator until it ends or the sheet is left."""
        columns: tuple[Column[str], ...] = (Column("", _cell),)
        super().__init__(
            heading, columns, titles=False, total_width=_WIDEST_LINE, empty="Waiting for the log …"
        )
        self._open_lines = lines
        self._lines: list[str] = []
        self._shown: list[str] = []
        self._new: list[str] = []
        self._ended = ""

    def on_mount(self) -> None:
        self._follow()
        self._timer = self.set_interval(_FLUSH_SECONDS, self._flush)

    def on_screen_suspend(self) -> None:
        self._timer.pause()

    def on_screen_resume(self) -> None:
        self._timer.resume()

    @work(group="log")
    async def _follow(self) -> None:
        try:
            async with aclosing(self._open_lines()) as coming:
                async for line in coming:
                    self._new.append(line)
        except PgtuiError as error:
            self._ended = " · ended"
            self._new.extend(str(error).split("\n"))

    def _flush(self) -> None:
        if not self._new:
            return
        new, self._new = self._new, []
        self._lines.extend(new)
        if len(self._lines) > MOST_LINES:
            del self._lines[: len(self._lines) - MOST_LINES]
            self.show_filtered()
            return
        follows = self.listed.is_at_end
        wanted = self.wanted
        self._shown.extend(line for line in new if wanted in line.casefold())
        self._show(follows)

    def show_filtered(self) -> None:
        wanted = self.wanted
        follows = self.listed.is_at_end
        self._shown = [line for line in self._lines if wanted in line.casefold()]
        self._show(follows)

    def _show(self, follows: bool) -> None:
        empty = "No line holds this." if self._lines else None
        self.listed.show_rows(self._shown, cursor=len(self._shown) - 1 if follows else None, empty=empty)
        whole = count_text(len(self._lines), "line")
        held = " · following" if follows else " · held"
        some = f"{len(self._shown):,} of {whole}" if self.wanted else whole
        self.show_count(f"{some}{self._ended or held}")


def _cell(line: str) -> Cell:
    return Cell(line.replace("\t", "    "), next((tone for word, tone in _TONES if word in line), Tone.PLAIN))
