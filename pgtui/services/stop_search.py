"""Finds where in the WAL a recovery to a moment will stop: the first transaction that will be lost."""

from collections.abc import Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from pgtui.domain.archive import Archive, Reach
from pgtui.domain.command import Command
from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_stop import TransactionEnd
from pgtui.hosts.base import Exit, Host, Output, Stream
from pgtui.postgres.waldump import parse_transaction, transactions_argv

_DEADLINE = 600
"""Seconds: pg_waldump reads about half a gigabyte a second."""


@dataclass(frozen=True)
class Stop:
    """Where recovery stops: around it, as far as it was looked."""

    first_lost: TransactionEnd | None
    """The first transaction end after the target; None when there is none in reach."""
    last_kept: TransactionEnd | None
    """The one before it in the WAL; None when it lies before what was read."""
    complaint: str = ""
    """Why reading ended early, in pg_waldump's words; "" when it came to the end of what is there."""


async def find_stop(host: Host, archive: Archive, far: Reach, target: datetime) -> Stop:
    """Read transaction ends in WAL order until the first one after the target.

    Segments archived before the target are passed over but for the last of them: nothing in them ended
    after it. Raises HostError.
    """
    kept: TransactionEnd | None = None
    complaint = ""
    for timeline, start, end in _ranges(archive, far, target):
        argv = transactions_argv(host.bindir, archive.directory, timeline, start, end)
        command = Command(argv, host.widest_account, (("TZ", "UTC"), ("LC_ALL", "C")))
        partial, errors, code = "", b"", 0
        async with aclosing(host.run(command, deadline=_DEADLINE)) as events:
            async for event in events:
                match event:
                    case Output(Stream.STDOUT, data):
                        *lines, partial = (partial + data.decode(errors="replace")).split("\n")
                        for line in lines:
                            found = parse_transaction(line)
                            if found and found.time > target:
                                return Stop(found, kept)
                            kept = found or kept
                    case Output(_, data):
                        errors = (errors + data)[-2000:]
                    case Exit():
                        code = event.code
        if code:
            complaint = " ".join(errors.decode(errors="replace").split()) or f"it ended with code {code}"
            break
    return Stop(None, kept, complaint)


def _ranges(archive: Archive, far: Reach, target: datetime) -> Iterator[tuple[int, Lsn, Lsn]]:
    """Return (timeline, start, end) of what has to be read, one contiguous range a timeline."""
    late = next((i for i, f in enumerate(far.segments) if f.complete_by >= target), len(far.segments))
    wanted = far.segments[max(0, late - 1) :]
    for timeline, group in groupby(wanted, key=lambda f: f.segment.timeline):
        run = [f.segment for f in group]
        yield timeline, run[0].start(archive.segment_size), run[-1].end(archive.segment_size)
