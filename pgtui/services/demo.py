"""The demo: a real cluster with a small history, a base backup before it, and its WAL archived.

Where it lives is a `DemoGround`'s business: a directory of this machine, or a container.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from pgtui.domain.cluster import Cluster
from pgtui.domain.errors import HostError
from pgtui.services.demo_history import CONTENT, DATABASE, EVENTS, SCHEMA, Event

Progress = Callable[[str, float], None]
"""Called with what is being done, in words, and the fraction that is done."""

MOMENT = 1.2
"""Seconds between two events of the history: room for a target in between."""
ARCHIVE_DEADLINE = 30.0
"""Seconds until WAL must have been archived."""
_TIME = "to_char({} at time zone 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')"


class DemoGround(Protocol):
    """Where a demo's cluster is made and ended; one for each kind of host."""

    @property
    def home(self) -> Path:
        """A directory of this machine that is the demo's own and goes with it, once it was made."""

    async def remove_leftovers(self) -> int:
        """Remove demos whose pgtui is not there any more; return how many."""

    async def make(self) -> None:
        """Make an empty cluster, not started."""

    async def start(self) -> None:
        """Start it, with archiving on, and wait until it answers."""

    async def sql(self, text: str, database: str) -> str:
        """Run statements with psql as the superuser and return its output (tuples only)."""

    async def base_backup(self, label: str) -> None:
        """Take a base backup into a directory named by the label."""

    async def keep_history(self, history: tuple[tuple[datetime, str], ...]) -> None:
        """Write down beside the cluster what happened when."""

    def cluster(self) -> Cluster:
        """Return the cluster as the inventory shall know it."""

    async def remove(self) -> None:
        """End the server and remove all that was made, sandboxes made from it too; idempotent."""


class DemoCluster:
    """A demo's cluster with its history."""

    def __init__(self, ground: DemoGround) -> None:
        """Take the ground; nothing is made yet."""
        self._ground = ground
        self._history: tuple[tuple[datetime, str], ...] = ()

    @property
    def cluster(self) -> Cluster:
        """The cluster, once it was created."""
        return self._ground.cluster()

    @property
    def state_directory(self) -> Path:
        """Where the journal of what is done with it lies: it vanishes with the demo."""
        return self._ground.home / "state"

    @property
    def history(self) -> tuple[tuple[datetime, str], ...]:
        """When what happened, by the server's clock: the times of the commits."""
        return self._history

    @property
    def suggested_target(self) -> datetime:
        """The moment in the middle between the first and the second rename."""
        first, second = self._history[0][0], self._history[1][0]
        return first + (second - first) / 2

    async def remove_leftovers(self) -> int:
        """Remove what demos left behind that were killed; return how many there were."""
        return await self._ground.remove_leftovers()

    async def create(self, progress: Progress) -> None:
        """Make the cluster and let its history happen; whatever fails, nothing is left behind."""
        try:
            await self._create(progress)
        except BaseException:
            await asyncio.shield(self._ground.remove())
            raise

    async def remove(self) -> None:
        """End the server and remove every trace of it."""
        await self._ground.remove()

    async def _create(self, progress: Progress) -> None:
        progress("Looking for demos that were left behind", 0.0)
        await self.remove_leftovers()
        progress("Making a cluster", 0.02)
        await self._ground.make()
        progress("Starting its server", 0.25)
        await self._ground.start()
        progress(f"Filling the database {DATABASE}", 0.32)
        await self._ground.sql(f"create database {DATABASE}", "postgres")
        await self._ground.sql(SCHEMA + CONTENT, DATABASE)
        progress("Taking a base backup", 0.38)
        await self._ground.base_backup(datetime.now(UTC).strftime("%Y-%m-%d_%H%M%S"))
        for number, event in enumerate(EVENTS):
            progress(f"History: {event.words}", 0.5 + 0.4 * number / len(EVENTS))
            await asyncio.sleep(MOMENT)
            self._history += ((await self._happen(event), event.words),)
        progress("Waiting until its WAL is archived", 0.92)
        await self._archive_all()
        await self._ground.keep_history(self._history)
        progress("Ready", 1.0)

    async def _happen(self, event: Event) -> datetime:
        """Let an event happen and return its commit time."""
        if event.is_transaction:
            moment = _TIME.format("pg_xact_commit_timestamp(:'xid')")
            xid = "select pg_current_xact_id()::xid as xid \\gset"
            text = f"begin; {event.sql}; {xid}\ncommit;\nselect {moment};\n"
        else:
            text = f"{event.sql};\nselect {_TIME.format('clock_timestamp()')};\n"
        output = await self._ground.sql(text, DATABASE)
        return datetime.fromisoformat(output.strip().splitlines()[-1])

    async def _archive_all(self) -> None:
        segment = (await self._ground.sql("select pg_walfile_name(pg_switch_wal() - 1)", "postgres")).strip()
        until = time.monotonic() + ARCHIVE_DEADLINE
        archived = f"select coalesce(last_archived_wal >= '{segment}', false) from pg_stat_archiver"
        while (await self._ground.sql(archived, "postgres")).strip() != "t":
            if time.monotonic() > until:
                raise HostError(
                    f"The demo's WAL segment {segment} was not archived within {ARCHIVE_DEADLINE:g} seconds.",
                    "Look at the end of its server log; a full disk is the usual cause.",
                )
            await asyncio.sleep(0.1)
