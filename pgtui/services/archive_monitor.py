"""Watches the archiving of clusters while somebody looks: one in depth, or all of them."""

import asyncio
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime

from pgtui.domain.archive_status import ArchiveStatus, Point, SegmentCell
from pgtui.domain.cluster import Cluster, InventorySnapshot, ServerState
from pgtui.services.archive_rhythm import DEEP, OVERVIEW
from pgtui.services.archive_watch import Watch
from pgtui.services.inventory import Inventory

NEW_LOOK = 10.0
"""Seconds after which the inventory is looked at again, when nobody else did, while all are watched."""
_TURN = 2.0
PATIENCE = 10.0
"""Seconds that `look` waits for a server that has not answered yet."""

Listener = Callable[[str], None]


class ArchiveMonitor:
    """Keeps a watch for each cluster that is looked at; what is not looked at is not asked."""

    def __init__(
        self,
        inventory: Inventory,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._inventory = inventory
        self._now = now
        self._clock = clock
        self._watches: dict[str, Watch] = {}
        """Those of clusters that are not looked at any more keep their curves."""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._deep: str | None = None
        self._all = False
        self._changed = asyncio.Event()
        self._listeners: list[Listener] = []

    def watch(self, *, deep: str | None, all: bool) -> None:
        """Say which clusters to sample from now on: one in depth, and every running one beside it."""
        if (deep, all) != (self._deep, self._all):
            self._deep, self._all = deep, all
            self._changed.set()

    async def run(self) -> None:
        """Sample for ever, each watched cluster once a second; never raises."""
        try:
            while True:
                self._changed.clear()
                await self._adjust()
                try:
                    await asyncio.wait_for(self._changed.wait(), _TURN if self._all else None)
                except TimeoutError:
                    continue
        finally:
            await self._end(list(self._running))

    async def _adjust(self) -> None:
        """Begin and end watches, so that they are those that are wanted."""
        if self._deep is not None:
            # At once: looking for the others may take a while.
            self._begin(self._deep, deep=True)
        wanted = {self._deep} if self._deep is not None else set()
        if self._all:
            wanted |= await self._all_names()
        for name in sorted(wanted):
            self._begin(name, deep=name == self._deep)
        await self._end([name for name in self._running if name not in wanted])

    async def _all_names(self) -> set[str]:
        snapshot = self._inventory.newest
        if snapshot is None or (self._now() - snapshot.taken).total_seconds() > NEW_LOOK:
            snapshot = await self._inventory.look()
        return {cluster.name for cluster in worth_watching(snapshot)} | {
            # One that has stopped while it was watched is what one wants to know of.
            cluster.name
            for cluster in snapshot.clusters
            if cluster.name in self._watches
        }

    def _begin(self, name: str, *, deep: bool) -> None:
        watch = self._watches.get(name)
        if watch is None:
            watch = Watch(self._inventory, name, self._now, self._clock, self._tell)
            self._watches[name] = watch
        watch.rhythm = DEEP if deep else OVERVIEW
        running = self._running.get(name)
        if running is None or running.done():
            self._running[name] = asyncio.create_task(watch.run())

    async def _end(self, names: Sequence[str]) -> None:
        tasks = [self._running.pop(name) for name in names]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _tell(self, name: str) -> None:
        for listener in tuple(self._listeners):
            listener(name)

    def status(self, name: str) -> ArchiveStatus | None:
        """Return the newest status of a cluster that is watched; None before the first."""
        return self._watches[name].status if name in self._running else None

    def statuses(self) -> tuple[ArchiveStatus, ...]:
        """Return those of all that are watched, sorted by name."""
        found = (self.status(name) for name in sorted(self._running))
        return tuple(status for status in found if status is not None)

    def points(self, name: str) -> Sequence[Point]:
        """Return the curve of a cluster, oldest point first."""
        return self._watches[name].record.curve.points if name in self._watches else ()

    def strip(self, name: str, cells: int) -> tuple[SegmentCell, ...]:
        """Return what became of the newest segments of a cluster, oldest first."""
        return self._watches[name].record.strip(cells) if name in self._watches else ()

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Have a function called with a cluster's name at each change; return how to end that."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    async def look(self, name: str, *, seconds: float = 1.0) -> ArchiveStatus:
        """Return a verdict from two samples; from one look at the host when there is no server.

        Raises BadInput when there is no such cluster.
        """
        await self._inventory.cluster(name)
        watch = Watch(self._inventory, name, self._now, self._clock, lambda _: None)
        watch.rhythm = DEEP
        try:
            status = await watch.step()
            given_up = self._clock() + PATIENCE
            while not status.is_current and watch.is_asking and self._clock() < given_up:
                status = await watch.step()
            if not status.is_current:
                return status
            await watch.settle()
            await asyncio.sleep(seconds)
            await watch.step()
            await watch.settle()
            return watch.status or status
        finally:
            await watch.rest()


def worth_watching(snapshot: InventorySnapshot) -> tuple[Cluster, ...]:
    """Return the clusters that run, and those that the configuration names: they ought to."""
    up = (ServerState.RUNNING, ServerState.PAUSED)
    return tuple(each for each in snapshot.clusters if each.state in up or each.from_config)
