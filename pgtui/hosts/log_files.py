"""Which files the logging collector writes (manual: "Error Reporting and Logging"), on any host."""

from collections.abc import Iterable

CURRENT = "current_logfiles"
"""Lies in the data directory while the collector runs, and after the server has stopped."""


def collected_paths(text: str) -> tuple[str, ...]:
    """Return the paths that a `current_logfiles` names, readable text before CSV and JSON."""
    entries = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    wanted = (entries.get(kind) for kind in ("stderr", "csvlog", "jsonlog"))
    return tuple(path for path in wanted if path)


def with_beside(paths: Iterable[str]) -> tuple[str, ...]:
    """Return the paths with those in which raw text ends up beside a CSV or JSON file, each once.

    Such a file is not named in `current_logfiles` when log_destination has no stderr, and is written all
    the same: its name is log_filename, of which the others took `.log` off.
    """
    all_paths: dict[str, None] = {}
    for path in paths:
        all_paths[path] = None
        stem, dot, form = path.rpartition(".")
        if dot and form in ("csv", "json"):
            all_paths |= {f"{stem}.log": None, stem: None}
    return tuple(all_paths)
