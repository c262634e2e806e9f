"""What the Recovery mode asks of the services; every answer comes back to its screen."""

from collections.abc import Callable, Coroutine
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import WorkType

from pgtui.domain.errors import PgtuiError
from pgtui.domain.plan import CreateSandbox, Plan, RemoveSandbox
from pgtui.domain.sandbox import SandboxSpec
from pgtui.services.recovery import RecoveryDraft, RecoveryRange
from pgtui.ui.dialogs.plan import decide
from pgtui.ui.instants import instant_text

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.ui.screens.recovery import RecoveryScreen


class RecoveryActions:
    """Workers of one Recovery screen; of each kind only the last one asked for goes on."""

    def __init__(self, screen: "RecoveryScreen") -> None:
        """Answer to this screen."""
        self._screen = screen

    def _begin(self, group: str, work: Callable[..., Coroutine[Any, Any, None]], *with_: object) -> None:
        # A function, not its coroutine: one that is overtaken before it begins would never be awaited.
        begun: WorkType[None] = partial(work, *with_)
        self._screen.run_worker(begun, group=group, exclusive=True)

    def read_range(self, cluster: str) -> None:
        """Read backups, archive and sandboxes of a cluster."""
        if self._screen.services is not None:
            self._begin("range", self._read_range, self._screen.services, cluster)

    async def _read_range(self, services: "Services", cluster: str) -> None:
        reach: RecoveryRange | PgtuiError
        try:
            reach = await services.recovery.range(cluster)
            sandboxes = await services.sandboxes.list()
        except PgtuiError as error:
            reach, sandboxes = error, ()
        own = tuple(sandbox for sandbox in sandboxes if sandbox.spec.cluster == cluster)
        self._screen.range_read(cluster, reach, own)

    def propose(self, cluster: str, moment: datetime, backup: str) -> None:
        """Have a target planned, show the plan, and run it if the user says so."""
        # The instant that was shown, not the text again: what was read is what is planned.
        draft = RecoveryDraft(cluster, instant_text(moment, "UTC"), backup=backup)
        if self._screen.services is not None:
            self._begin("plan", self._propose, self._screen.services, draft)

    async def _propose(self, services: "Services", draft: RecoveryDraft) -> None:
        try:
            proposal = await services.recovery.propose(draft)
        except PgtuiError as error:
            self._screen.proposed(draft.cluster, error)
            return
        if self._screen.proposed(draft.cluster, proposal.findings):
            await self._decide(services, proposal.plan)

    async def _decide(self, services: "Services", plan: Plan) -> None:
        screen = self._screen
        try:
            if await decide(screen.console, services.jobs, plan):
                screen.watch_job(services.jobs.get(screen.console.submit(plan)))
        except PgtuiError as error:
            screen.console.show_error(error)

    def remove(self, sandbox: str) -> None:
        """Show the plan that removes a sandbox, and run it if the user says so."""
        if self._screen.services is not None:
            self._begin("plan", self._remove, self._screen.services, sandbox)

    async def _remove(self, services: "Services", sandbox: str) -> None:
        try:
            plan = await services.sandboxes.remove_plan(sandbox)
        except PgtuiError as error:
            self._screen.console.show_error(error)
        else:
            await self._decide(services, plan)

    def cancel(self, job_id: str) -> None:
        """End a running job."""
        if self._screen.services is not None:
            self._begin("cancel", self._cancel, self._screen.services, job_id)

    async def _cancel(self, services: "Services", job_id: str) -> None:
        try:
            await services.jobs.cancel(job_id)
        except PgtuiError as error:
            self._screen.console.show_error(error)


def sandboxes_of(plan: Plan) -> tuple[SandboxSpec | None, SandboxSpec | None]:
    """Return the sandbox that a plan makes, and the one that it removes."""
    steps = [planned.step for planned in plan.steps]
    made = next((step.sandbox for step in steps if isinstance(step, CreateSandbox)), None)
    removed = next((step.sandbox for step in steps if isinstance(step, RemoveSandbox)), None)
    return made, removed
