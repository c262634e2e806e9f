"""How long the scan of an archive of a million files takes, and how long the event loop stands still."""

import argparse
import asyncio
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

from pgtui.domain.archive_report import ArchiveReport
from pgtui.domain.archive_scan import report_of
from pgtui.domain.archive_survey import Survey
from pgtui.domain.command import Command
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE, Segment
from pgtui.hosts.accounts import own_account
from pgtui.hosts.base import Events, Host
from pgtui.hosts.local_files import LocalFiles
from pgtui.hosts.local_process import run_process
from pgtui.repositories.archive_directory import ArchiveDirectory
from pgtui.services.archive_reading import Identity, read_archive

FILES = 1_000_000
BUDGET = 5.0
LONGEST_PAUSE = 0.1
MISSING = (400_000, 400_001, 900_000)


class Machine(LocalFiles):
    """Files and commands of this machine: as much of a host as a scan asks for."""

    widest_account = own_account().name

    def run(self, command: Command, **options: object) -> Events:
        return run_process(command, own_account(), stdin=options.get("stdin"))  # type: ignore[arg-type]


@dataclass
class Heartbeat:
    """Notes how late the event loop is at worst."""

    worst: float = 0.0

    async def beat(self) -> None:
        while True:
            due = time.perf_counter() + 0.005
            await asyncio.sleep(0.005)
            self.worst = max(self.worst, time.perf_counter() - due)


def make_archive(directory: str, count: int) -> None:
    """Make sparse segments with two holes among them."""
    for number in range(1, count + 1):
        if number not in MISSING:
            path = os.path.join(directory, Segment(1, number).name())
            handle = os.open(path, os.O_CREAT | os.O_WRONLY, 0o600)
            os.ftruncate(handle, DEFAULT_SEGMENT_SIZE)
            os.close(handle)


def write_headers(directory: str) -> None:
    """Give those segments a header that a scan will look at; all of them would fill the disk."""
    tally = asyncio.run(ArchiveDirectory(_host(), directory).tally(DEFAULT_SEGMENT_SIZE))
    for file in Survey(tally).heads_to_read(every=False):
        start = file.segment.number * DEFAULT_SEGMENT_SIZE
        fields = (0xD118, 2, 1, start, 0, 0, 7575757575757575757, DEFAULT_SEGMENT_SIZE, 8192)
        with open(os.path.join(directory, file.segment.name()), "r+b") as segment:
            segment.write(struct.pack("<HHIQIIQII", *fields))


def _host() -> Host:
    return cast(Host, Machine(own_account()))


async def scan(directory: str) -> tuple[ArchiveReport, float, float]:
    """Scan as the service does; return the report, the seconds and the longest pause."""
    heart, start = Heartbeat(), time.perf_counter()
    beating = asyncio.create_task(heart.beat())
    archive = ArchiveDirectory(_host(), directory)
    identity = Identity(None, DEFAULT_SEGMENT_SIZE, None, None)
    # Dated later than the files, so that their arrival during the scan need not be feared.
    found = await read_archive(archive, identity, (), datetime(2999, 1, 1, tzinfo=UTC), every_header=False)
    report = await asyncio.to_thread(report_of, found, 0.0)
    seconds = time.perf_counter() - start
    beating.cancel()
    return report, seconds, heart.worst


def timed(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def raw(directory: str, *words: str) -> float:
    """How long the bare tool takes."""

    async def run() -> None:
        process = await asyncio.create_subprocess_exec(
            *words, stdout=asyncio.subprocess.DEVNULL, cwd=directory
        )
        await process.wait()

    return timed(lambda: asyncio.run(run()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=FILES)
    parser.add_argument("--check", action="store_true", help="exit with 1 when over budget")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="pgtui-archive-") as room:
        directory = Path(room) / "archive"
        directory.mkdir()
        made = timed(lambda: make_archive(str(directory), given.files))
        write_headers(str(directory))
        print(f"{given.files:,} files made in {made:.1f} s")
        listing = raw(str(directory), "ls", "-U")
        stats = raw(str(directory), "find", ".", "-mindepth", "1", "-printf", "%s %T@ %f\\0")
        report, seconds, pause = asyncio.run(scan(str(directory)))
    print(f"ls -U: {listing:.2f} s; find with sizes and times: {stats:.2f} s")
    print(
        f"scan: {seconds:.2f} s ({seconds / listing:.1f} times ls -U, {seconds / stats:.2f} times find); "
        f"longest pause of the event loop {1000 * pause:.0f} ms; budget {BUDGET:g} s, "
        f"{1000 * LONGEST_PAUSE:.0f} ms"
    )
    print(f"{report.files:,} files, {report.headers_checked:,} headers, {report.hole_count:,} holes")
    assert (report.hole_count, report.problem_count) == (2, 0)
    if given.check and (seconds > BUDGET or pause > LONGEST_PAUSE):
        sys.exit(1)


if __name__ == "__main__":
    main()
