"""The looks into an archive: for holes, and for what no kept base backup needs."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.binding import Binding, BindingType

from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.plan import Plan
from pgtui.ui.archive_report_words import (
    prune_count,
    prune_details,
    prune_verdict,
    report_count,
    report_details,
    report_verdict,
)
from pgtui.ui.dialogs.field import FieldDialog
from pgtui.ui.screens.look_sheet import LookSheet

if TYPE_CHECKING:
    from pgtui.services.archive_check import ArchiveCheck


class ArchiveReportSheet(LookSheet):
    """What a scan found: holes with their cost, timelines, files, how it was checked."""

    HELP = (
        "Every file of the archive was looked at. A hole is WAL that is missing between other WAL: recovery "
        "cannot pass it, and its cost is told for each base backup. r scans again; e reads the header of "
        "every segment, which finds those of another cluster; escape goes back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [Binding("e", "every_header", "Every header")]

    def __init__(self, check: "ArchiveCheck", cluster: str) -> None:
        """Scan a cluster's archive as soon as it is shown."""
        super().__init__(f"Archive of {cluster}")
        self._check = check
        self._cluster = cluster
        self._every_header = False

    async def look(self) -> None:
        report = await self._check.scan(self._cluster, every_header=self._every_header)
        self.show_found(report_count(report), report_verdict(report), report_details(report))

    def action_look_again(self) -> None:
        self._every_header = False
        self.begin()

    def action_every_header(self) -> None:
        self._every_header = True
        self.begin()


class PruneSheet(LookSheet):
    """The dry run: what would go, what stays, why. Nothing is removed from here without its plan."""

    HELP = (
        "WAL that no kept base backup needs. Nothing has been removed: enter shows the plan, and there the "
        "cluster's name has to be typed. b keeps only what a newer base backup needs; escape goes back."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "show_plan", "Plan", priority=True),
        Binding("b", "keep_from", "Keep from"),
    ]

    def __init__(self, check: "ArchiveCheck", cluster: str, run: Callable[[Plan], Awaitable[bool]]) -> None:
        """Propose what to remove; `run` shows a plan and tells whether it was begun."""
        super().__init__(f"Prune the archive of {cluster}")
        self._check = check
        self._cluster = cluster
        self._run = run
        self._keep_from = ""
        self._proposal: PruneProposal | None = None

    async def look(self) -> None:
        self._proposal = None
        self._show(await self._check.prune_plan(self._cluster, keep_from=self._keep_from))

    def _show(self, proposal: PruneProposal) -> None:
        self._proposal = proposal
        self.show_found(prune_count(proposal), prune_verdict(proposal), prune_details(proposal))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        if action == "show_plan":
            return True if self._proposal is not None and self._proposal.goes_count else None
        return True

    @work(group="plan", exclusive=True)
    async def action_show_plan(self) -> None:
        if self._proposal is not None and await self._run(self._proposal.plan):
            self.dismiss(None)

    @work(group="plan", exclusive=True)
    async def action_keep_from(self) -> None:
        async def propose(path: str) -> PruneProposal:
            return await self._check.prune_plan(self._cluster, keep_from=path.strip())

        dialog = FieldDialog[PruneProposal](
            "The oldest base backup to keep",
            "WAL that only older base backups need would go as well; they can then not be rolled forward any "
            "more. Empty keeps what every base backup needs.",
            "Base backup",
            propose,
            value=self._keep_from,
            placeholder="its path, as the cluster's host sees it",
            go="Propose",
        )
        proposal = await self.app.push_screen_wait(dialog)
        if proposal is not None:
            self._keep_from = dialog.typed
            self._show(proposal)
