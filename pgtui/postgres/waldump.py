"""`pg_waldump`: its arguments, and its lines read back (pure)."""

import re
from datetime import UTC, datetime

from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_stop import TransactionEnd

_COMMIT = re.compile(
    # Each field in its place: the gid of a prepared transaction may read like a commit.
    r"^rmgr: Transaction +len \(rec/tot\): *\d+/ *\d+, tx: *(?P<tx>\d+), "
    r"lsn: (?P<lsn>[0-9A-F]{1,8}/[0-9A-F]{1,8}), prev [0-9A-F]+/[0-9A-F]+, "
    r"desc: (?P<what>COMMIT|ABORT|COMMIT_PREPARED|ABORT_PREPARED)(?: (?P<prepared>\d+):)? "
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d+) UTC"
)


def transactions_argv(bindir: str, directory: str, timeline: int, start: Lsn, end: Lsn) -> tuple[str, ...]:
    """Return the call that prints transaction records of one timeline from `start` up to `end`.

    Run it with TZ=UTC: times are printed in the process's zone.
    """
    program = f"{bindir}/pg_waldump" if bindir else "pg_waldump"
    return (
        *(program, "--path", directory, "--timeline", str(timeline)),
        *("--start", str(start), "--end", str(end), "--rmgr", "Transaction"),
    )


def parse_transaction(line: str) -> TransactionEnd | None:
    """Read one line; None when it is not the end of a transaction."""
    match = _COMMIT.match(line)
    if not match:
        return None
    return TransactionEnd(
        xid=int(match["prepared"] or match["tx"]),
        lsn=Lsn.parse(match["lsn"]),
        time=datetime.fromisoformat(match["time"]).replace(tzinfo=UTC),
        is_commit=match["what"].startswith("COMMIT"),
    )
