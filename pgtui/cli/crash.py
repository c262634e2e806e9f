"""What is left of an error that nobody foresaw: one sentence, and a report that only its owner can read."""

import os
import platform
import tempfile
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from pgtui import __version__
from pgtui.cli.text import say


def report_crash(
    directory: Callable[[], Path],
    kind: type[BaseException],
    error: BaseException,
    trace: TracebackType | None,
) -> None:
    """Say what happened and where the report lies. Local variables are left out: they hold passwords."""
    words = f"pgtui: an error of pgtui's own: {kind.__name__}: {error}"
    try:
        path = _write(directory(), kind, error, trace)
    except OSError as problem:
        say(f"{words}\n  No report could be written: {problem}")
        return
    say(f"{words}\n  The report is in {path}; `pgtui jobs` shows what was interrupted.")


def _write(
    directory: Path, kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> Path:
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Its mode is 0600 from the beginning.
    descriptor, name = tempfile.mkstemp(prefix="crash-", suffix=".txt", dir=directory)
    with os.fdopen(descriptor, "w", encoding="utf-8", errors="backslashreplace") as report:
        report.write(f"pgtui {__version__}, Python {platform.python_version()}, {platform.platform()}\n\n")
        report.writelines(traceback.format_exception(kind, error, trace))
    return Path(name)
