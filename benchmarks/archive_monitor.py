"""How much of a core the archive monitor takes: many clusters once a second, one in depth; and its memory.

The servers are real: one is initialised, and its directory copied.
"""

import argparse
import asyncio
import gc
import os
import pwd
import resource
import shutil
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.local import LocalEngine
from pgtui.postgres.gateway import ServerGateway
from pgtui.services.archive_monitor import ArchiveMonitor
from pgtui.services.archive_rhythm import DEEP
from pgtui.services.archive_watch import Watch
from pgtui.services.inventory import Inventory

SETTLE = 8.0
SECONDS = 20.0
SAMPLES = 10_000
MANY_BUDGET, ONE_BUDGET = 15.0, 1.0
GROWTH_BUDGET = 2.0
"""MB that memory may grow between the 4,000th and the last sample: an hour of points is full by then."""
SETTINGS = """
listen_addresses = ''
unix_socket_directories = '..'
shared_buffers = 1MB
max_connections = 10
max_wal_senders = 0
max_parallel_workers = 0
autovacuum = off
fsync = off
wal_level = replica
archive_mode = on
archive_command = 'cp %p ../archive/%f'
max_replication_slots = 0
jit = off
"""


class NoConfigFile:
    """Nothing is written to a configuration here."""

    def add_cluster(self, fields: dict[str, object]) -> None:
        raise AssertionError(fields)

    def hide_cluster(self, name: str, place: Place) -> None:
        raise AssertionError(name, place)


class Servers:
    """Copies of one cluster, each with its own archive."""

    def __init__(self, bindir: Path, root: Path, account: str | None) -> None:
        self.bindir = bindir
        self.root = root
        self.account = account
        self.homes: list[Path] = []

    def run(self, *argv: str | Path) -> str:
        """Run a program as the account of the servers."""
        with tempfile.TemporaryFile("w+") as output:
            done = subprocess.run(
                [str(part) for part in argv],
                cwd=self.root,
                stdout=output,
                stderr=subprocess.STDOUT,
                user=self.account,
                check=False,
            )
            output.seek(0)
            if done.returncode:
                raise SystemExit(f"{argv} ended with {done.returncode}: {output.read()}")
            return output.read()

    def make(self, count: int) -> None:
        """Initialise one, copy it, start all."""
        self.homes = [self.root / f"c{number:02}" for number in range(count)]
        for home in self.homes:
            self.run("mkdir", "-p", home / "archive")
        first = self.homes[0] / "data"
        self.run(
            self.bindir / "initdb", "-D", first, "-U", "postgres", "-N", "-A", "trust", "--wal-segsize=1"
        )
        with (first / "postgresql.conf").open("a") as conf:
            conf.write(SETTINGS)
        for home in self.homes[1:]:
            self.run("cp", "-a", "--reflink=auto", first, home / "data")
        for home in self.homes:
            self.run(self.bindir / "pg_ctl", "-D", home / "data", "-l", home / "log", "-s", "-w", "start")

    def clusters(self) -> tuple[Cluster, ...]:
        return tuple(
            Cluster(
                name=home.name,
                place=Place(HostKind.LOCAL, str(home / "data")),
                state=ServerState.RUNNING,
                archive=str(home / "archive"),
            )
            for home in self.homes
        )

    def write_some(self) -> None:
        """Have every server archive a segment."""
        for home in self.homes:
            sql = "SELECT pg_logical_emit_message(false, 'a', 'b'); SELECT pg_switch_wal()"
            self.run(self.bindir / "psql", "-XqAt", "-h", home, "-U", "postgres", "-c", sql)

    def stop(self) -> None:
        for home in self.homes:
            argv = [self.bindir / "pg_ctl", "-D", home / "data", "-m", "immediate", "-s", "stop"]
            subprocess.run([str(part) for part in argv], cwd=self.root, user=self.account, check=False)


@contextmanager
def servers(count: int) -> Iterator[Servers]:
    """Have so many servers for the time of a `with`."""
    bindir = Path(
        os.environ.get("PGTUI_BENCHMARK_BINDIR") or sorted(Path("/usr/lib/postgresql").glob("*/bin"))[-1]
    )
    account = "postgres" if os.geteuid() == 0 else None
    root = Path(tempfile.mkdtemp(prefix="pgtui-bench-"))
    if account:
        os.chown(root, pwd.getpwnam(account).pw_uid, -1)
        root.chmod(0o755)
    made = Servers(bindir, root, account)
    try:
        made.make(count)
        yield made
    finally:
        made.stop()
        shutil.rmtree(root, ignore_errors=True)


def inventory_over(found: Sequence[Cluster]) -> Inventory:
    engine = LocalEngine(data_directories=tuple(cluster.place.name for cluster in found))
    return Inventory((engine,), (), ServerGateway(), NoConfigFile(), extra=tuple(found))


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime + children.ru_utime + children.ru_stime


async def share(made: Servers, *, deep: str | None, everything: bool) -> tuple[float, int]:
    """Return the share of a core in percent, and how many clusters were told of at the end."""
    inventory = inventory_over(made.clusters())
    monitor = ArchiveMonitor(inventory)
    monitor.watch(deep=deep, all=everything)
    running = asyncio.create_task(monitor.run())
    await asyncio.sleep(SETTLE)
    before = {status.cluster: len(monitor.points(status.cluster)) for status in monitor.statuses()}
    begun, at = cpu_seconds(), time.monotonic()
    await asyncio.sleep(SECONDS)
    used = 100 * (cpu_seconds() - begun) / (time.monotonic() - at)
    fresh = [status.cluster for status in monitor.statuses() if status.is_current]
    fewest = min(len(monitor.points(name)) - before[name] for name in fresh)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    await inventory.close()
    if fewest < SECONDS - 2:
        raise SystemExit(f"a cluster was sampled only {fewest} times in {SECONDS:.0f} s")
    return used, len(fresh)


class Hurry:
    """A clock of which each reading is a second later: ten thousand samples need not take three hours."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def clock(self) -> float:
        return self.seconds


async def growth(made: Servers) -> float:
    """Return by how many MB the memory of a watch grows once its curve is full."""
    inventory = inventory_over(made.clusters()[:1])
    time_ = Hurry()
    watch = Watch(inventory, made.homes[0].name, time_.now, time_.clock, lambda _: None)
    watch.rhythm = DEEP
    settled = 0
    tracemalloc.start()
    for number in range(SAMPLES):
        time_.seconds += 1.0
        await watch.step()
        if number % 50 == 0:
            await watch.settle()
        if number == 4_000:
            gc.collect()
            settled = tracemalloc.get_traced_memory()[0]
    gc.collect()
    grown = tracemalloc.get_traced_memory()[0] - settled
    tracemalloc.stop()
    await watch.rest()
    await inventory.close()
    return grown / 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit with 1 when over budget")
    parser.add_argument("--clusters", type=int, default=50)
    given = parser.parse_args()
    with servers(given.clusters) as made:
        made.write_some()
        many, fresh = asyncio.run(share(made, deep=None, everything=True))
        one, _ = asyncio.run(share(made, deep=made.homes[0].name, everything=False))
        grown = asyncio.run(growth(made))
    print(
        f"{fresh} clusters, one sample a second each: {many:.2f} % of a core over {SECONDS:.0f} s;"
        f" budget {MANY_BUDGET:g} %\n"
        f"one cluster in depth: {one:.2f} % of a core; budget {ONE_BUDGET:g} %\n"
        f"memory over {SAMPLES:,} samples: {grown:+.2f} MB since the 4,000th; budget {GROWTH_BUDGET:g} MB"
    )
    over = many > MANY_BUDGET or one > ONE_BUDGET or grown > GROWTH_BUDGET or fresh < given.clusters
    sys.exit(1 if given.check and over else 0)


if __name__ == "__main__":
    main()
