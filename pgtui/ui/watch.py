"""What the console knows: looks at hosts from time to time, and asks the chosen server."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from pgtui.domain.cluster import Cluster, ClusterFacts, InventorySnapshot, ServerState
from pgtui.domain.errors import PgtuiError

if TYPE_CHECKING:
    from pgtui.services.inventory import Inventory

LOOKS_PER_FACTS = 5
"""Facts cost the server more than a look costs the host."""

Answer = ClusterFacts | PgtuiError


class Watch:
    """Keeps the last snapshot and the last answer of each server; calls back only when they changed."""

    def __init__(
        self,
        inventory: "Inventory",
        *,
        seconds: float,
        chosen: Callable[[], str | None],
        snapshot_changed: Callable[[InventorySnapshot], None],
        facts_changed: Callable[[str], None],
    ) -> None:
        self._inventory = inventory
        self._seconds = seconds
        self._chosen = chosen
        self._snapshot_changed = snapshot_changed
        self._facts_changed = facts_changed
        self._now = asyncio.Event()
        self.snapshot: InventorySnapshot | None = None
        self.answers: dict[str, Answer] = {}

    def look_now(self) -> None:
        """Look without waiting for the next turn."""
        self._now.set()

    async def run(self) -> None:
        """Look for ever; looks never overlap."""
        while True:
            self._now.clear()
            self._keep(await self._inventory.look())
            try:
                await asyncio.wait_for(self._now.wait(), self._seconds)
            except TimeoutError:
                continue

    def _keep(self, snapshot: InventorySnapshot) -> None:
        before = self.snapshot
        self.snapshot = snapshot
        if before is None or (before.hosts, before.clusters) != (snapshot.hosts, snapshot.clusters):
            self._snapshot_changed(snapshot)

    async def ask(self) -> None:
        """Ask the chosen server for ever, starting now; started anew when another one is chosen."""
        # Passing over clusters with the cursor must not connect to each of them.
        await asyncio.sleep(0.2)
        while True:
            cluster = self.cluster(self._chosen())
            if cluster is not None:
                await self._ask(cluster)
            await asyncio.sleep(self._seconds * LOOKS_PER_FACTS)

    async def _ask(self, cluster: Cluster) -> None:
        name = cluster.name
        before = self.answers.get(name)
        if cluster.state is not ServerState.RUNNING:
            if self.answers.pop(name, None) is not None:
                self._facts_changed(name)
            return
        answer: Answer
        try:
            answer = await self._inventory.facts(name)
        except PgtuiError as error:
            answer = error
        self.answers[name] = answer
        if not _same(before, answer):
            self._facts_changed(name)

    def cluster(self, name: str | None) -> Cluster | None:
        """Return a cluster as last seen."""
        clusters = self.snapshot.clusters if self.snapshot else ()
        return next((cluster for cluster in clusters if cluster.name == name), None)


def _same(one: Answer | None, other: Answer) -> bool:
    if isinstance(one, ClusterFacts) and isinstance(other, ClusterFacts):
        return replace(one, taken=other.taken) == other
    if isinstance(one, PgtuiError) and isinstance(other, PgtuiError):
        return (type(one), str(one)) == (type(other), str(other))
    return False
