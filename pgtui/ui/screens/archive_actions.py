"""What the commands of the Archive mode do: ask for plans, show them, run them if the user says so."""

from collections.abc import Awaitable, Callable, Coroutine
from functools import partial
from typing import TYPE_CHECKING, Any

from textual.worker import WorkType

from pgtui.domain.archive_draft import ArchiveDraft
from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.plan import Plan
from pgtui.ui.dialogs.archive_setup import ArchiveSetupDialog
from pgtui.ui.dialogs.field import FieldDialog
from pgtui.ui.dialogs.password import PasswordDialog
from pgtui.ui.dialogs.plan import decide
from pgtui.ui.screens.archive_sheets import ArchiveReportSheet, PruneSheet
from pgtui.ui.screens.server_log import ServerLogSheet

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.ui.screens.archive import ArchiveScreen

_Work = Callable[["Services", str], Coroutine[Any, Any, None]]


class ArchiveActions:
    """Workers of one Archive screen, one dialog at a time; all are about the cluster that was chosen then."""

    def __init__(self, screen: "ArchiveScreen") -> None:
        """Answer to this screen."""
        self._screen = screen
        self._job_ids: set[str] = set()

    def began(self, job_id: str) -> bool:
        """Return whether a job was begun from here."""
        return job_id in self._job_ids

    def _begin(self, work: _Work) -> None:
        services, target = self._screen.services, self._screen.target
        if services is not None and target is not None:
            # A function, not its coroutine: one that is overtaken before it begins would never be awaited.
            begun: WorkType[None] = partial(self._told, work, services, target.name)
            self._screen.run_worker(begun, group="dialog", exclusive=True)

    async def _told(self, work: _Work, services: "Services", cluster: str) -> None:
        try:
            await work(services, cluster)
        except PgtuiError as error:
            self._screen.console.show_error(error)

    async def _decide(self, services: "Services", plan: Plan) -> bool:
        screen = self._screen
        if not await decide(screen.console, services.jobs, plan):
            return False
        self._job_ids.add(screen.console.submit(plan))
        return True

    def _plan(self, make: Callable[["Services"], Callable[[str], Awaitable[Plan]]]) -> None:
        async def work(services: "Services", cluster: str) -> None:
            await self._decide(services, await make(services)(cluster))

        self._begin(work)

    # Plans without a question

    def switch(self) -> None:
        """Switch to a new segment."""
        self._plan(lambda services: services.archive_setup.switch_plan)

    def turn_off(self) -> None:
        """Turn archiving off."""
        self._plan(lambda services: services.archive_setup.off_plan)

    def keep_log(self) -> None:
        """Switch on logging_collector."""
        self._plan(lambda services: services.archive_setup.logging_plan)

    # Plans after a question

    def set_up(self) -> None:
        """Ask how archiving is to be set up; a plan that was left leads back to what was chosen."""
        self._begin(self._set_up)

    async def _set_up(self, services: "Services", cluster: str) -> None:
        setup = services.archive_setup
        draft = ArchiveDraft(cluster, "", timeout=60)
        while True:
            answer = await self._screen.app.push_screen_wait(ArchiveSetupDialog(setup, draft))
            if answer is None or await self._decide(services, answer.plan):
                return
            draft = answer.draft

    def restore_point(self) -> None:
        """Ask for a restore point's name."""
        self._begin(self._restore_point)

    async def _restore_point(self, services: "Services", cluster: str) -> None:
        dialog = FieldDialog[Plan](
            "Create a restore point",
            "A recovery can be told to stop exactly there. Create one before something risky.",
            "Name",
            partial(services.archive_setup.restore_point_plan, cluster),
            placeholder="before the upgrade",
        )
        plan = await self._screen.app.push_screen_wait(dialog)
        if plan is not None:
            await self._decide(services, plan)

    def set_timeout(self) -> None:
        """Ask for another archive_timeout."""
        self._begin(self._set_timeout)

    async def _set_timeout(self, services: "Services", cluster: str) -> None:
        async def make(typed: str) -> Plan:
            return await services.archive_setup.timeout_plan(cluster, whole_seconds(typed))

        status = services.archive_monitor.status(cluster)
        now = status.sample.timeout if status is not None and status.sample is not None else None
        dialog = FieldDialog[Plan](
            "Change archive_timeout",
            "After so many seconds a segment with anything in it is archived even if it is not full: the "
            "most that can be lost on a quiet server. Each one takes its full size. 0 switches it off.",
            "Seconds",
            make,
            value="" if now is None else str(now),
            placeholder="60",
        )
        plan = await self._screen.app.push_screen_wait(dialog)
        if plan is not None:
            await self._decide(services, plan)

    # Looks

    def check(self) -> None:
        """Scan the archive for holes."""
        self._begin(self._check)

    async def _check(self, services: "Services", cluster: str) -> None:
        await self._screen.app.push_screen(ArchiveReportSheet(services.archive_check, cluster))

    def prune(self) -> None:
        """Show what no kept base backup needs."""
        self._begin(self._prune)

    async def _prune(self, services: "Services", cluster: str) -> None:
        async def run(plan: Plan) -> bool:
            try:
                return await self._decide(services, plan)
            except PgtuiError as error:
                self._screen.console.show_error(error)
                return False

        await self._screen.app.push_screen(PruneSheet(services.archive_check, cluster, run))

    def follow_log(self) -> None:
        """Open the server's log."""
        self._begin(self._follow_log)

    async def _follow_log(self, services: "Services", cluster: str) -> None:
        inventory = services.inventory
        await self._screen.app.push_screen(
            ServerLogSheet(f"Server log of {cluster}", lambda: inventory.server_log(cluster))
        )

    def give_password(self) -> None:
        """Ask for the password of the cluster's user, then connect anew."""
        self._begin(self._give_password)

    async def _give_password(self, services: "Services", cluster: str) -> None:
        screen = self._screen
        target = screen.target
        if target is None or target.name != cluster:
            return
        password = await screen.app.push_screen_wait(PasswordDialog(cluster, target.user))
        if password is not None:
            services.inventory.use_password(cluster, password)
            screen.console.look_now()


def whole_seconds(typed: str) -> int:
    """Read a number of seconds. Raises BadInput."""
    text = typed.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise BadInput(
            f"{typed!r} is not a whole number of seconds.", "60 to 300 is usual; 0 switches it off."
        )
    return int(text)
