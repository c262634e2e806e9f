"""pg_waldump: its call, and its lines, also those of the real programs."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_stop import TransactionEnd
from pgtui.postgres.waldump import parse_transaction, transactions_argv
from tests.local_cluster import LocalCluster

TIME = datetime(2026, 11, 22, 11, 59, 26, 898849, tzinfo=UTC)
WRITTEN = "2026-11-22 11:59:26.898849 UTC"
GID = f"one, desc: COMMIT {WRITTEN}"
LSN = Lsn.parse("0/40001E0")
SEGMENT_SIZE = 16 * 1024 * 1024


def _line(description: str, tx: int = 728, rmgr: str = "Transaction") -> str:
    return (
        f"rmgr: {rmgr} len (rec/tot):     34/    34, tx: {tx:10d}, lsn: 0/040001E0, prev 0/04000158, "
        f"desc: {description}"
    )


def _end(xid: int, *, commit: bool = True) -> TransactionEnd:
    return TransactionEnd(xid, LSN, TIME, commit)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (_line(f"COMMIT {WRITTEN}"), _end(728)),
        (
            _line(
                f"COMMIT {WRITTEN}; rels: base/5/16399; inval msgs: catcache 55 catcache 54 relcache 16399",
                736,
            ),
            _end(736),
        ),
        (
            _line(
                f"COMMIT {WRITTEN}; rels: base/5/16394 base/5/16397; subxacts: 738; dropped stats: "
                "2/5/16398; inval msgs: relcache 16394 snapshot 2608",
                737,
            ),
            _end(737),
        ),
        (_line(f"ABORT {WRITTEN}", 733), _end(733, commit=False)),
        (_line(f"COMMIT_PREPARED 732: {WRITTEN}", 0), _end(732)),
        (_line(f"ABORT_PREPARED 734: {WRITTEN}", 0), _end(734, commit=False)),
        (_line(f"COMMIT {WRITTEN}", 4294967295), _end(4294967295)),
        (_line(f"COMMIT {WRITTEN}").replace("34/    34", "123456/123456"), _end(728)),
    ],
)
def test_ends_of_transactions_are_read(line: str, expected: TransactionEnd) -> None:
    assert parse_transaction(line) == expected
    assert parse_transaction(line + "\n") == expected


@pytest.mark.parametrize(
    "line",
    [
        "",
        _line(f"PREPARE gid gid1: {WRITTEN}", 732),
        # Whoever names a prepared transaction cannot make it look like a commit.
        _line(f"PREPARE gid x, desc: COMMIT {WRITTEN}: {WRITTEN}", 732),
        _line(f"PREPARE gid desc: ABORT_PREPARED 5: {WRITTEN}: {WRITTEN}", 732),
        _line("ASSIGNMENT xtop 738: subxacts: 739", 738),
        _line("INVALIDATION ; inval msgs: catcache 55", 738),
        _line(f"COMMIT {WRITTEN}", rmgr="XLOG"),
        _line(f"RESTORE_POINT x, desc: COMMIT {WRITTEN}", rmgr="XLOG"),
        f"desc: COMMIT {WRITTEN}",
        "first record is after 0/4000000, at 0/4000028, skipping over 40 bytes",
        "pg_waldump: error: error in WAL record at 0/4000120: invalid record length at 0/4000158: wanted 24",
        _line("COMMIT 2026-11-22 11:59:26.898849 CET"),
        _line("COMMIT"),
    ],
)
def test_other_lines_are_no_ends(line: str) -> None:
    assert parse_transaction(line) is None


def test_the_call_names_the_range_on_one_timeline() -> None:
    argv = transactions_argv("/usr/bin", "/arch ive", 10, Lsn.parse("0/4000000"), Lsn.parse("1/0"))
    assert argv == (
        *("/usr/bin/pg_waldump", "--path", "/arch ive", "--timeline", "10"),
        *("--start", "0/4000000", "--end", "1/0", "--rmgr", "Transaction"),
    )
    assert transactions_argv("", "/a", 1, Lsn(0), Lsn(1))[0] == "pg_waldump"


class _Session:
    """A connection that notes which transactions it ended: (xid, whether it committed)."""

    def __init__(self, cluster: LocalCluster) -> None:
        self._connection = psycopg.connect(autocommit=True, **cluster.conninfo())  # type: ignore[arg-type]
        self.ends: list[tuple[int, bool]] = []

    def ask(self, statement: str) -> str:
        row = self._connection.execute(sql.SQL(statement)).fetchone()
        assert row
        return str(row[0])

    def do(self, *statements: str, end: str = "COMMIT") -> int:
        """Run one transaction and return its xid."""
        self._run("BEGIN")
        xid = int(self.ask("SELECT pg_current_xact_id()::text"))
        for statement in (*statements, end):
            self._run(statement)
        if not end.startswith("PREPARE"):
            self.ends.append((xid, end == "COMMIT"))
        return xid

    def finish(self, xid: int, statement: str) -> None:
        self._run(statement)
        self.ends.append((xid, statement.startswith("COMMIT")))

    def time_of(self, xid: int) -> datetime:
        return datetime.fromisoformat(self.ask(f"SELECT pg_xact_commit_timestamp('{xid}'::xid)::text"))

    def close(self) -> None:
        self._connection.close()

    def _run(self, statement: str) -> None:
        self._connection.execute(sql.SQL(statement))


def _history(session: _Session) -> None:
    """Transactions of every kind that ends in the WAL."""
    session.do("CREATE TABLE t (id int)", "INSERT INTO t VALUES (1)")
    session.do("SAVEPOINT one", "INSERT INTO t VALUES (2)", "RELEASE one", "INSERT INTO t VALUES (3)")
    session.do("INSERT INTO t VALUES (4)", end="ROLLBACK")
    session.do("TRUNCATE t")
    kept = session.do("INSERT INTO t VALUES (5)", end=f"PREPARE TRANSACTION '{GID}'")
    left = session.do("INSERT INTO t VALUES (6)", end="PREPARE TRANSACTION 'two'")
    # Ends come in WAL order, whatever the order of the xids.
    session.do("INSERT INTO t VALUES (7)")
    session.finish(left, "ROLLBACK PREPARED 'two'")
    session.finish(kept, f"COMMIT PREPARED '{GID}'")
    session.do("DROP TABLE t")


def _read(cluster: LocalCluster, directory: Path, start: Lsn, end: Lsn) -> list[TransactionEnd]:
    _, *arguments = transactions_argv("", str(directory), 1, start, end)
    output = cluster.run("pg_waldump", *arguments)
    return [found for line in output.splitlines() if (found := parse_transaction(line))]


def test_the_real_pg_waldump_tells_what_the_server_did(local_cluster: LocalCluster) -> None:
    with (local_cluster.data / "postgresql.conf").open("a") as conf:
        conf.write("track_commit_timestamp = on\nmax_prepared_transactions = 5\nautovacuum = off\n")
    local_cluster.stop()
    local_cluster.start()
    local_cluster.archive_wal()
    session = _Session(local_cluster)
    try:
        before = Lsn.parse(session.ask("SELECT pg_current_wal_insert_lsn()"))
        _history(session)
        after = Lsn.parse(session.ask("SELECT pg_current_wal_insert_lsn()"))
        times = {xid: session.time_of(xid) for xid, committed in session.ends if committed}
    finally:
        session.close()
    local_cluster.archive_wal()
    start = Lsn(before.value - before.value % SEGMENT_SIZE)
    end = Lsn(after.value - after.value % SEGMENT_SIZE + SEGMENT_SIZE)
    # Whole segments, as they are read for a recovery: others may have ended there as well.
    found = [e for e in _read(local_cluster, local_cluster.archive, start, end) if before <= e.lsn < after]
    assert [(e.xid, e.is_commit) for e in found] == session.ends
    assert {e.xid: e.time for e in found if e.is_commit} == times
    assert [e.lsn for e in found] == sorted({e.lsn for e in found})
