"""`pgtui status --watch`: a line every few seconds, or a table that stays where it is on a terminal."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pgtui.cli.status_json import overall_as_json, status_as_json
from pgtui.cli.status_plugin import WORDS, performance, summary, worst_code, worst_first
from pgtui.cli.text import console, put, put_json
from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from rich.table import Table

    from pgtui.domain.archive_status import ArchiveStatus
    from pgtui.services.archive_monitor import ArchiveMonitor
    from pgtui.services.bundle import Services

COLUMNS = ("CLUSTER", "STATE", "WAITING", "LAST ARCHIVED", "REASON")
LONGEST_NAME = 32
FIRST = 3.0
"""Seconds that the first line waits for a first verdict of every cluster."""


async def watch(services: "Services", names: Sequence[str], given: argparse.Namespace) -> int:
    """Go on for ever: a signal ends it."""
    monitor = services.archive_monitor
    monitor.watch(deep=None if given.all else names[0], all=given.all)
    sampling = asyncio.create_task(monitor.run())
    try:
        await _first(monitor, names)
        if given.all and not given.json and sys.stdout.isatty():
            await _table(monitor, given.watch)
        while True:
            _lines(monitor.statuses(), given)
            await asyncio.sleep(given.watch)
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)


async def _first(monitor: "ArchiveMonitor", names: Sequence[str]) -> None:
    """Wait for a verdict on each, but not for one that does not answer."""
    told = asyncio.Event()
    end = monitor.listen(lambda _: told.set())
    try:
        async with asyncio.timeout(FIRST):
            while len([each for each in monitor.statuses() if each.is_current]) < len(names):
                told.clear()
                await told.wait()
    except TimeoutError:
        return
    finally:
        end()


def _lines(statuses: "Sequence[ArchiveStatus]", given: argparse.Namespace) -> None:
    if given.json and (given.all or statuses):
        put_json(overall_as_json(statuses) if given.all else status_as_json(statuses[0]), one_line=True)
    elif not given.json:
        for status in statuses:
            when = status.taken.astimezone().isoformat(timespec="seconds")
            put(f"{when} {WORDS[worst_code((status,))]} - {summary(status)} | {performance(status)}")
    sys.stdout.flush()


async def _table(monitor: "ArchiveMonitor", seconds: float) -> None:
    from rich.live import Live

    with Live(_drawn(monitor.statuses()), console=console(sys.stdout), auto_refresh=False) as live:
        while True:
            live.update(_drawn(monitor.statuses()), refresh=True)
            await asyncio.sleep(seconds)


def _drawn(statuses: "Sequence[ArchiveStatus]") -> "Table":
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    table.add_column(Text(COLUMNS[0]), no_wrap=True)
    for heading in COLUMNS[1:]:
        table.add_column(Text(heading), overflow="fold")
    for status in worst_first(statuses):
        name, *cells = (Text(visible(cell, 500)) for cell in _row(status))
        # A longer one would leave the reason without room.
        name.truncate(LONGEST_NAME, overflow="ellipsis")
        table.add_row(name, *cells)
    return table


def _row(status: "ArchiveStatus") -> tuple[str, ...]:
    waiting = status.figures.backlog_segments
    last = status.sample.last_archived_time if status.sample and status.is_current else None
    return (
        status.cluster,
        status.verdict.state.value,
        "?" if waiting is None else str(waiting),
        "?" if last is None else last.astimezone().isoformat(sep=" ", timespec="seconds"),
        status.verdict.reason,
    )
