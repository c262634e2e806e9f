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
_SLACK = MOST_LINES // 10
"""Lines beyond these that come before the oldest are dropped: all at once, for it takes a moment."""
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
    """The number of its line, counted from the first one that came."""
    cell: Cell


@dataclass(slots=True)
class _LogLine:
    """A line with its rows: to wrap a whole log again whenever something is typed would take seconds."""

    text: str
    rows: tuple[LogRow, ...]


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
        self._lines: list[_LogLine] = []
        self._count = 0
        """How many lines came, those that were dropped included."""
        self._shown = 0
        """How many lines the filter lets through."""
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
        came = [
            _LogLine(text, self._wrapped(text, number)) for number, text in enumerate(new, start=self._count)
        ]
        self._count += len(came)
        self._lines.extend(came)
        if len(self._lines) > MOST_LINES + _SLACK:
            del self._lines[:-MOST_LINES]
            self.show_filtered()
            return
        follows = self.listed.is_at_end
        self._add(came)
        self._show(follows)

    def show_filtered(self) -> None:
        follows = self.listed.is_at_end
        self._shown, self._rows = 0, []
        self._add(self._lines)
        self._show(follows)

    def _wrapped(self, text: str, number: int) -> tuple[LogRow, ...]:
        return tuple(LogRow(number, cell) for cell in wrapped(text, self._width))

    def _add(self, lines: Iterable[_LogLine]) -> None:
        """Add the rows of those lines that hold what is filtered by."""
        wanted = self.wanted
        for line in lines:
            if wanted in line.text.casefold():
                self._rows.extend(line.rows)
                self._shown += 1

    def _wrap_anew(self) -> None:
        """Wrap for another width; the line under the cursor stays under it."""
        width = max(_NARROWEST, self.listed.row_width)
        if width == self._width:
            return
        self._width = width
        if not self._lines:
            return
        follows, row = self.listed.is_at_end, self.listed.row
        for number, line in enumerate(self._lines, start=self._count - len(self._lines)):
            line.rows = self._wrapped(line.text, number)
        self._shown, self._rows = 0, []
        self._add(self._lines)
        at = bisect_left(self._rows, row.line, key=lambda each: each.line) if row else None
        self._show(follows, at)

    def _show(self, follows: bool, cursor: int | None = None) -> None:
        empty = "No line holds this." if self._lines else None
        self.listed.show_rows(self._rows, cursor=len(self._rows) - 1 if follows else cursor, empty=empty)
        whole = count_text(len(self._lines), "line")
        held = " · following" if follows else " · held"
        some = f"{self._shown:,} of {whole}" if self.wanted else whole
        self.show_count(f"{some}{self._ended or held}")


def wrapped(line: str, width: int) -> Iterator[Cell]:
    """Cut a line of the log into rows, between words, else in a path; later ones are indented."""
    tone = next((tone for word, tone in _TONES if word in line), Tone.PLAIN)
    rest = plain(line.replace("\t", _INDENT), _LONGEST_LINE)
    # Most of a log is, and then letters are cells.
    is_ascii = rest.isascii()
    indent = ""
    while (len(rest) if is_ascii else cell_len(rest)) > width - len(indent):
        room = width - len(indent)
        head = rest[:room] if is_ascii else chop_cells(rest[:room], room)[0]
        if rest[len(head)] != " ":
            ends = (head.rfind(" ") + 1, head.rfind("/") + 1)
            head = head[: next((end for end in ends if end > room // 3), None)]
        yield Cell(f"{indent}{head.rstrip()}", tone)
        rest = rest[len(head) :].lstrip()
        indent = _INDENT
    if rest or not indent:
        yield Cell(f"{indent}{rest}", tone)
