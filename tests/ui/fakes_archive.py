"""The services of archiving with fixed answers: what real servers do to them is tested elsewhere."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, cast

from pgtui.domain.archive_draft import ArchiveDraft, SettingRow
from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_report import ArchiveReport
from pgtui.domain.archive_status import ArchiveStatus, Point, SegmentCell
from pgtui.domain.errors import PgtuiError
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding
from pgtui.services.bundle import Services
from tests.ui.archive_values import FINDINGS, OK, PROPOSAL, REPORT, ROWS, curve, one_step, strip
from tests.ui.fakes import FakeInventory, FakeJobs, fake_services


@dataclass
class FakeMonitor:
    """Knows what it is given; a test tells of changes itself."""

    known: dict[str, ArchiveStatus] = field(default_factory=lambda: {"student": OK})
    curves: dict[str, tuple[Point, ...]] = field(default_factory=lambda: {"student": curve()})
    watched: list[tuple[str | None, bool]] = field(default_factory=list)
    listeners: list[Callable[[str], None]] = field(default_factory=list)
    runs: int = 0
    ended: int = 0

    def watch(self, *, deep: str | None, all: bool) -> None:
        self.watched.append((deep, all))

    async def run(self) -> None:
        self.runs += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ended += 1

    def status(self, name: str) -> ArchiveStatus | None:
        return self.known.get(name)

    def statuses(self) -> tuple[ArchiveStatus, ...]:
        return tuple(self.known[name] for name in sorted(self.known))

    def points(self, name: str) -> Sequence[Point]:
        return self.curves.get(name, ())

    def strip(self, name: str, cells: int) -> tuple[SegmentCell, ...]:
        status = self.known.get(name)
        if status is None or status.sample is None:
            return ()
        return strip(cells, status.figures.backlog_segments or 0)

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        self.listeners.append(listener)
        return lambda: self.listeners.remove(listener)

    async def look(self, name: str, *, seconds: float = 1.0) -> ArchiveStatus:  # noqa: ARG002
        return self.known[name]

    def tell(self, status: ArchiveStatus) -> None:
        self.known[status.cluster] = status
        for listener in tuple(self.listeners):
            listener(status.cluster)


@dataclass
class FakeSetup:
    """Plans one step each; a PgtuiError in `refusal` is raised instead."""

    refusal: PgtuiError | None = None
    asked: list[tuple[Any, ...]] = field(default_factory=list)
    drafts: list[ArchiveDraft] = field(default_factory=list)
    found: tuple[tuple[SettingRow, ...], tuple[Finding, ...]] = (ROWS, FINDINGS)
    proposed: str = "/var/lib/postgresql/archive"
    gate: asyncio.Event | None = None
    """What a proposal waits for."""

    async def rows(self, draft: ArchiveDraft) -> tuple[tuple[SettingRow, ...], tuple[Finding, ...]]:
        self.drafts.append(draft)
        return self.found

    async def propose_directory(self, cluster: str) -> str:  # noqa: ARG002
        if self.gate is not None:
            await self.gate.wait()
        return self.proposed

    def _answer(self, title: str, *asked: Any, destructive: bool = False) -> Plan:
        self.asked.append(asked)
        if self.refusal is not None:
            raise self.refusal
        return one_step(title, destructive=destructive)

    async def setup_plan(self, draft: ArchiveDraft) -> Plan:
        return self._answer("Set up archiving", "setup", draft)

    async def switch_plan(self, cluster: str) -> Plan:
        return self._answer("Switch the segment", "switch", cluster)

    async def restore_point_plan(self, cluster: str, name: str) -> Plan:
        return self._answer("Create a restore point", "restore point", cluster, name)

    async def timeout_plan(self, cluster: str, seconds: int) -> Plan:
        return self._answer("Change archive_timeout", "timeout", cluster, seconds)

    async def off_plan(self, cluster: str) -> Plan:
        return self._answer("Turn archiving off", "off", cluster, destructive=True)

    async def logging_plan(self, cluster: str) -> Plan:
        return self._answer("Keep the log in files", "log", cluster)


@dataclass
class FakeCheck:
    """Answers from its fields; an answer waits for its gate when there is one."""

    report: ArchiveReport | PgtuiError = REPORT
    proposal: PruneProposal | PgtuiError = PROPOSAL
    gate: asyncio.Event | None = None
    asked: list[tuple[Any, ...]] = field(default_factory=list)

    async def scan(self, cluster: str, *, every_header: bool = False) -> ArchiveReport:
        self.asked.append(("scan", cluster, every_header))
        if self.gate is not None:
            await self.gate.wait()
        if isinstance(self.report, PgtuiError):
            raise self.report
        return self.report

    async def prune_plan(self, cluster: str, *, keep_from: str = "") -> PruneProposal:
        self.asked.append(("prune", cluster, keep_from))
        if isinstance(self.proposal, PgtuiError):
            raise self.proposal
        return self.proposal


def archive_services(
    monitor: FakeMonitor | None = None,
    setup: FakeSetup | None = None,
    check: FakeCheck | None = None,
    *,
    inventory: FakeInventory | None = None,
    jobs: FakeJobs | None = None,
) -> Services:
    return replace(
        fake_services(inventory, jobs),
        archive_monitor=cast(Any, monitor or FakeMonitor()),
        archive_setup=cast(Any, setup or FakeSetup()),
        archive_check=cast(Any, check or FakeCheck()),
    )
