"""What the console asks of the services of archiving."""

from collections.abc import Callable, Sequence
from typing import Protocol

from pgtui.domain.archive_draft import ArchiveDraft, SettingRow
from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_report import ArchiveReport
from pgtui.domain.archive_status import ArchiveStatus, Point, SegmentCell
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding


class ArchiveMonitoring(Protocol):
    """Samples clusters once a second and tells what is to be thought of their archiving."""

    def watch(self, *, deep: str | None, all: bool) -> None:
        """Tell which clusters to sample from now on: one in depth, or every running one as well."""

    async def run(self) -> None:
        """Sample for ever; never raises."""

    def status(self, name: str) -> ArchiveStatus | None:
        """Return the newest status of a cluster; None when it is not watched or not looked at yet."""

    def statuses(self) -> tuple[ArchiveStatus, ...]:
        """Return the status of every watched cluster, sorted by name."""

    def points(self, name: str) -> Sequence[Point]:
        """Return a cluster's curve, oldest point first."""

    def strip(self, name: str, cells: int) -> tuple[SegmentCell, ...]:
        """Return the newest segments of a cluster, oldest first."""

    def listen(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """Have a function called with a cluster's name on each change; the answer ends that."""

    async def look(self, name: str, *, seconds: float = 1.0) -> ArchiveStatus:
        """Return a verdict on one cluster from samples taken now."""


class ArchiveSettingUp(Protocol):
    """Makes the plans that change a cluster's archiving. All raise PgtuiError."""

    async def rows(self, draft: ArchiveDraft) -> tuple[tuple[SettingRow, ...], tuple[Finding, ...]]:
        """Return the settings as they are and as they will be, and what stands against it."""

    async def propose_directory(self, cluster: str) -> str:
        """Return a sensible directory to begin with."""

    async def setup_plan(self, draft: ArchiveDraft) -> Plan:
        """Plan to set archiving up and to prove it."""

    async def switch_plan(self, cluster: str) -> Plan:
        """Plan to switch to a new segment and see the finished one land in the archive."""

    async def restore_point_plan(self, cluster: str, name: str) -> Plan:
        """Plan to create a named restore point."""

    async def timeout_plan(self, cluster: str, seconds: int) -> Plan:
        """Plan to set archive_timeout."""

    async def off_plan(self, cluster: str) -> Plan:
        """Plan to turn archiving off."""

    async def logging_plan(self, cluster: str) -> Plan:
        """Plan to switch on logging_collector."""


class ArchiveChecking(Protocol):
    """Looks for holes in an archive, and for what no kept backup needs. Both raise PgtuiError."""

    async def scan(self, cluster: str, *, every_header: bool = False) -> ArchiveReport:
        """Look at every file of a cluster's archive."""

    async def prune_plan(self, cluster: str, *, keep_from: str = "") -> PruneProposal:
        """Propose what to remove; `keep_from` is the path of the oldest base backup to keep."""
