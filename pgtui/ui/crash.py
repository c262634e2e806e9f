"""What is left of a crash: a report in a file of its owner's alone, and a sentence on the terminal.

Local variables are in neither: they hold passwords and connection strings.
"""

import os
import platform
import traceback
from datetime import datetime
from pathlib import Path

from rich.text import Text
from textual.worker import WorkerFailed

from pgtui import __version__
from pgtui.ui.text import plain


def root_of(error: BaseException) -> BaseException:
    """Return what went wrong in a worker, instead of the news that a worker failed."""
    return error.error if isinstance(error, WorkerFailed) else error


def write_report(error: BaseException, folder: Path, now: datetime) -> Path:
    """Write the report, readable by its owner only, and return its path."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.txt"
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", errors="replace") as report:
        report.write(f"pgtui {__version__}, Python {platform.python_version()}, {platform.platform()}\n")
        report.write(f"{now.isoformat()}\n\n")
        report.writelines(traceback.format_exception(error))
    return path


def last_words(error: BaseException, report: Path | None) -> Text:
    """Return what the terminal shows: what happened, where, and where the rest can be read."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    parts = [f"pgtui ended because of an error of its own: {type(error).__name__}{where}: {plain(error)}"]
    if report is not None:
        parts.append(f"The report is in {plain(report)}.")
    parts.append("Operations that were running are listed in Jobs at the next start.")
    return Text("\n".join(parts))
