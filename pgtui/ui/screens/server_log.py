"""A server's log, followed, with a filter."""

from bisect import bisect_left
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from textual import work

from pgtui.domain.errors import PgtuiError
from pgtui.ui.present import Cell, Tone, count_text
from pgtui.ui.screens.sheet import Sheet
from pgtui.ui.text import plain
from pgtui.ui.widgets.virtual_list import Column

MOST_LINES = 100_000
_LONGEST_LINE = 4096
_NARROWEST = 20
_INDENT = "    "
_FLUSH_SECONDS = 0.2

_TONES = (
    ("FATAL:", Tone.BAD),
    ("PANIC:", Tone.BAD),
    ("ERROR:", Tone.BAD),
    ("WARNING:", Tone.WARN),
    ("HINT:", Tone.ACCENT),
)


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of the screen: a line of the log, or what of it did not fit into the row before."""

    line: int
    """Which of the shown lines it belongs to."""
    cell: Cell


class ServerLogSheet(Sheet):
    """Follows while the cursor is on the last line; moving up holds it, end follows again."""

    HELP = (
        "The server's own log, as it is written; what is too long goes on in the next row. While the cursor "
        "is on the last row the list follows; move up to hold it, press end to follow again."
    )

    def __init__(self, heading: str, lines: Callable[[], AsyncGenerator[str, None]]) -> None:
        """Show the lines of a generator until it ends or the sheet is left."""
        columns: tuple[Column[LogRow], ...] = (Column("", lambda row: row.cell),)
        super().__init__(heading, columns, titles=False, empty="Waiting for the log …")
        self._open_lines = lines
        self._lines: list[str] = []
        self._shown: list[str] = []
        self._rows: list[LogRow] = []
        self._width = _NARROWEST
        self._new: list[str] = []
        self._ended = ""

    def on_mount(self) -> None:
        self._follow()
        self._timer = self.set_interval(_FLUSH_SECONDS, self._flush)

    def on_screen_suspend(self) -> None:
        self._timer.pause()

    def on_screen_resume(self) -> None:
        self._timer.resume()

    def on_resize(self) -> None:
        # The list has its new width only when all has been laid out.
        self.call_after_refresh(self._wrap_anew)

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
        # Before it is laid out there is no width to wrap for.
        if not self._new or not self.listed.row_width:
            return
        self._wrap_anew()
        new, self._new = self._new, []
        self._lines.extend(new)
        if len(self._lines) > MOST_LINES:
            del self._lines[: len(self._lines) - MOST_LINES]
            self.show_filtered()
            return
        follows = self.listed.is_at_end
        wanted = self.wanted
        self._add(line for line in new if wanted in line.casefold())
        self._show(follows)

    def show_filtered(self) -> None:
        wanted = self.wanted
        follows = self.listed.is_at_end
        self._shown, self._rows = [], []
        self._add(line for line in self._lines if wanted in line.casefold())
        self._show(follows)

    def _add(self, lines: Iterable[str]) -> None:
        for line in lines:
            number = len(self._shown)
            self._rows.extend(LogRow(number, cell) for cell in wrapped(line, self._width))
            self._shown.append(line)

    def _wrap_anew(self) -> None:
        """Wrap for another width; the line under the cursor stays under it."""
        width = max(_NARROWEST, self.listed.row_width)
        if width == self._width:
            return
        self._width = width
        if not self._lines:
            return
        follows, row = self.listed.is_at_end, self.listed.row
        lines, self._shown, self._rows = self._shown, [], []
        self._add(lines)
        at = bisect_left(self._rows, row.line, key=lambda each: each.line) if row else None
        self._show(follows, at)

    def _show(self, follows: bool, cursor: int | None = None) -> None:
        empty = "No line holds this." if self._lines else None
        self.listed.show_rows(self._rows, cursor=len(self._rows) - 1 if follows else cursor, empty=empty)
        whole = count_text(len(self._lines), "line")
        held = " · following" if follows else " · held"
        some = f"{len(self._shown):,} of {whole}" if self.wanted else whole
        self.show_count(f"{some}{self._ended or held}")


def wrapped(line: str, width: int) -> Iterator[Cell]:
    """Cut a line of the log into rows, between words, else in a path; later ones are indented."""
    tone = next((tone for word, tone in _TONES if word in line), Tone.PLAIN)
    rest = plain(line.replace("\t", _INDENT), _LONGEST_LINE)
    indent = ""
    while cell_len(rest) > width - len(indent):
        room = width - len(indent)
        head = chop_cells(rest[:room], room)[0]
        if rest[len(head)] != " ":
            ends = (head.rfind(" ") + 1, head.rfind("/") + 1)
            head = head[: next((end for end in ends if end > room // 3), None)]
        yield Cell(f"{indent}{head.rstrip()}", tone)
        rest = rest[len(head) :].lstrip()
        indent = _INDENT
    if rest or not indent:
        yield Cell(f"{indent}{rest}", tone)
