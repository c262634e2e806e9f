"""The one door for text on the terminal: whatever came from a server, a path or a user goes through here."""

import sys
from collections.abc import Iterable, Sequence
from typing import IO, TYPE_CHECKING

from pgtui.domain.errors import PgtuiError
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from rich.console import Console

_LONGEST = 10_000


def say(text: str, stream: IO[str] | None = None) -> None:
    """Print lines for people on standard error, made safe."""
    put(text, stream or sys.stderr)


def put(text: str, stream: IO[str] | None = None) -> None:
    """Print lines on standard output, made safe; only the line ends in `text` itself are kept."""
    out: IO[str] = stream or sys.stdout
    shown = "\n".join(visible(line, _LONGEST) for line in text.split("\n"))
    encoding = getattr(out, "encoding", None) or "utf-8"
    out.write(shown.encode(encoding, "backslashreplace").decode(encoding) + "\n")


def complain(error: PgtuiError) -> None:
    """Print what happened and what to do about it on standard error."""
    # Further lines are indented: none of them can be taken for one that pgtui begins.
    lines = [*error.message.split("\n"), *(error.hint.split("\n") if error.hint else [])]
    say("pgtui: " + "\n  ".join(lines))


def put_json(value: object, *, one_line: bool = False) -> None:
    """Print a value as JSON in ASCII: whatever it holds cannot act on a terminal."""
    import json

    sys.stdout.write(json.dumps(value, indent=None if one_line else 2, default=_jsonable) + "\n")


def put_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table: cells fold on a terminal; elsewhere every row is one line, cut nowhere."""
    shown = [[visible(cell, _LONGEST) for cell in row] for row in (columns, *rows)]
    if not sys.stdout.isatty():
        _put_lines(shown)
        return
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for name in shown[0]:
        table.add_column(Text(name), overflow="fold")
    for cells in shown[1:]:
        table.add_row(*map(Text, cells))
    console(sys.stdout).print(table)


def _put_lines(rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        put("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())


def console(stream: IO[str]) -> "Console":
    """Return a rich console that takes no text for markup."""
    from rich.console import Console

    return Console(file=stream, markup=False, highlight=False, emoji=False)


def size_words(size: int | None) -> str:
    """Return bytes in words; "?" when not known."""
    if size is None:
        return "?"
    amount = float(size)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1024:
            return f"{amount:.0f} {unit}" if unit == "B" or amount >= 10 else f"{amount:.1f} {unit}"
        amount /= 1024
    return f"{amount:.1f} TB"


def _jsonable(value: object) -> str:
    return str(value)
