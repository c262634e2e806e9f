"""The console itself: its modes, the services, and the chosen cluster.

Dialogs are imported where they are shown: the first frame needs none of them.
"""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, ClassVar

from rich.text import Text
from textual import work
from textual.binding import BindingType
from textual.command import Provider
from textual.screen import Screen
from textual.worker import WorkType

from pgtui.domain.cluster import Cluster, InventorySnapshot
from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.ui.commands import Command, Mode, bindings_of
from pgtui.ui.messages import ClusterChosen, FactsChanged, InventoryChanged, JobChanged, ServicesReady
from pgtui.ui.palette import CommandsProvider
from pgtui.ui.present import Mark, Tone, job_mark
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.screens.modes import MODE_SCREENS
from pgtui.ui.shell import Shell
from pgtui.ui.text import lines, plain
from pgtui.ui.themes import theme_name
from pgtui.ui.watch import Answer, Watch

if TYPE_CHECKING:
    from pgtui.domain.plan import Plan
    from pgtui.services.bundle import Services


class PgtuiApp(Shell):
    """The console. `open_services` is awaited after the first frame; its error ends the console with 2."""

    TITLE = "pgtui"
    # The first mode's sheet, too: one that comes with its screen has Textual parse all of them once more.
    CSS_PATH: ClassVar[list[str | PurePath]] = ["app.tcss", "screens/clusters.tcss"]
    DEFAULT_MODE = Mode.CLUSTERS.value
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = dict(MODE_SCREENS)
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {CommandsProvider}
    BINDINGS: ClassVar[list[BindingType]] = list(bindings_of(None))

    def __init__(
        self,
        open_services: "Callable[[], Awaitable[Services]]",
        *,
        theme: str | None = None,
        chosen: str | None = None,
        refresh_seconds: float = 4.0,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        state_directory: Path | None = None,
    ) -> None:
        super().__init__(clock=clock, state_directory=state_directory)
        self._open_services = open_services
        self._theme_wanted = theme
        self._refresh_seconds = refresh_seconds
        self._watch: Watch | None = None
        self._running_ids: set[str] = set()
        self._verdict_told: tuple[str, Mark | None] | None = None
        self.services: Services | None = None
        self.chosen_name = chosen
        self.mode_screens: dict[Mode, ModeScreen] = {}
        self.theme = theme_name(theme or "dark")

    # What screens ask

    @property
    def inventory_snapshot(self) -> InventorySnapshot | None:
        """The last look at hosts and clusters; None before the first."""
        return self._watch.snapshot if self._watch else None

    @property
    def chosen_cluster(self) -> Cluster | None:
        """The chosen cluster, as last seen."""
        return self._watch.cluster(self.chosen_name) if self._watch else None

    @property
    def facts(self) -> Answer | None:
        """What the chosen cluster's server told, or why it did not; None: not asked yet, or not running."""
        return self.facts_of(self.chosen_name or "")

    def facts_of(self, name: str) -> Answer | None:
        """What a cluster's server told when it was asked last."""
        return self._watch.answers.get(name) if self._watch else None

    @property
    def archiving(self) -> Mark | None:
        """The monitor's verdict on the chosen cluster; None while it does not watch it."""
        return self._verdict_on(self.chosen_name or "")

    @property
    def config_path(self) -> str:
        """The configuration file, for people."""
        path = self.services.settings.path if self.services else None
        return str(path) if path else "the configuration file"

    @property
    def running_jobs(self) -> int:
        """How many jobs run now."""
        return len(self._running_ids)

    def choose(self, name: str) -> None:
        """Make a cluster the one that header and modes are about."""
        if name != self.chosen_name:
            self.chosen_name = name
            self._tell(lambda: ClusterChosen(name))
            self.ask_server()

    def look_now(self) -> None:
        """Look at hosts and the chosen server anew, without waiting."""
        if self._watch:
            self._watch.look_now()
            self.ask_server()

    def submit(self, plan: "Plan") -> str:
        """Run a plan as a job and return the job's id."""
        if self.services is None:
            raise BadInput("pgtui is still starting.", "Try again in a moment.")
        return self.services.jobs.submit(plan)

    def run_command(self, command: type[Command]) -> None:
        """Carry out a command of the app or of the present mode."""
        target = self.screen if command.mode else self
        self.call_later(self.run_action, command.id, target)

    # Start

    def on_mount(self) -> None:
        self.call_after_refresh(self._begin)

    @work(group="begin")
    async def _begin(self) -> None:
        try:
            services = await self._open_services()
            if self._theme_wanted is None:
                self.theme = theme_name(services.settings.theme)
            self.services = services
            services.jobs.listen(self._job_changed)
            interrupted = await services.jobs.load_past()
        except PgtuiError as error:
            self.exit(return_code=2, message=Text(str(lines(str(error)))))
            return
        self._watch = Watch(
            services.inventory,
            seconds=self._refresh_seconds,
            chosen=lambda: self.chosen_name,
            snapshot_changed=self._snapshot_changed,
            facts_changed=lambda name: self._tell(lambda: FactsChanged(name)),
        )
        self._tell(ServicesReady)
        self.run_worker(self._watch.run(), group="look")
        services.archive_monitor.listen(self._archive_changed)
        self.run_worker(services.archive_monitor.run(), group="archive")
        if interrupted:
            self._offer_interrupted(interrupted)

    def _snapshot_changed(self, snapshot: InventorySnapshot) -> None:
        names = [cluster.name for cluster in snapshot.clusters]
        if names and self.chosen_name not in names:
            self.chosen_name = names[0]
            self._tell(lambda: ClusterChosen(self.chosen_name))
        self._tell(lambda: InventoryChanged(snapshot))
        self.ask_server()

    def ask_server(self) -> None:
        """Ask the chosen server for its facts, and go on asking it from time to time."""
        if self._watch:
            # A function, not its coroutine: one that is overtaken before it begins would never be awaited.
            ask: WorkType[None] = self._watch.ask
            self.run_worker(ask, group="facts", exclusive=True)

    def _verdict_on(self, cluster: str) -> Mark | None:
        status = self.services.archive_monitor.status(cluster) if self.services else None
        if status is None:
            return None
        # Late: until something is watched, the first frame among them, no verdict is shown.
        from pgtui.ui.archive_words import header_mark

        return header_mark(status.verdict.state)

    def _archive_changed(self, name: str) -> None:
        told = (name, self._verdict_on(name))
        if name == self.chosen_name and told != self._verdict_told:
            self._verdict_told = told
            self._tell(lambda: FactsChanged(name))

    def _job_changed(self, snapshot: JobSnapshot) -> None:
        was_running = snapshot.id in self._running_ids
        if snapshot.state is JobState.RUNNING:
            self._running_ids.add(snapshot.id)
        else:
            self._running_ids.discard(snapshot.id)
        self._tell(lambda: JobChanged(snapshot))
        if was_running and snapshot.state.is_final:
            self._tell_end(snapshot)
            self.look_now()

    def _tell_end(self, job: JobSnapshot) -> None:
        if isinstance(self.screen, ModeScreen) and self.screen.is_watching(job.id):
            return
        mark = job_mark(job.state)
        words = f"{job.plan.title} ({job.plan.cluster})"
        if job.error:
            words = f"{words}: {job.error}"
        self.notify(words, title=str(mark), severity="error" if mark.tone is Tone.BAD else "information")

    def show_error(self, error: PgtuiError) -> None:
        """Show an error as a notice: what happened, and what to do."""
        words = f"{error.message} Hint: {error.hint}" if error.hint else error.message
        self.notify(words, title="✕ Not done", severity="error", timeout=12)

    def _tell(self, message: Callable[[], Any]) -> None:
        # A message object belongs to one receiver: each screen gets its own.
        for screen in self.mode_screens.values():
            screen.post_message(message())

    @work(group="dialog")
    async def _offer_interrupted(self, jobs: tuple[JobSnapshot, ...]) -> None:
        from pgtui.ui.dialogs.confirm import ConfirmDialog

        titles = [f"· {plain(job.plan.title)} ({plain(job.plan.cluster)})" for job in jobs[:8]]
        words = "pgtui ended while these ran. Nothing is lost: in Jobs each can be undone or finished."
        dialog = ConfirmDialog(
            "Interrupted operations", "\n".join([words, "", *titles]), yes="Go to Jobs", no="Later"
        )
        if await self.push_screen_wait(dialog):
            self.switch_mode(Mode.JOBS.value)

    # End

    async def drain(self) -> None:
        services, self.services = self.services, None
        # Before connections are closed: the monitor would open them anew.
        self.workers.cancel_group(self, "archive")
        if services is not None:
            await services.close()

    async def action_quit(self) -> None:
        self._ask_and_end()

    @work(group="quit", exclusive=True)
    async def _ask_and_end(self) -> None:
        from pgtui.ui.dialogs.confirm import ConfirmDialog

        if self._running_ids and not await self.push_screen_wait(
            ConfirmDialog(
                "Operations are running",
                "Leaving cancels them in an orderly way; they can be undone or finished at the next start.",
                yes="Cancel them and leave",
                no="Stay",
            )
        ):
            return
        self.end()

    # Commands of the whole app

    def action_show_clusters(self) -> None:
        self.switch_mode(Mode.CLUSTERS.value)

    def action_show_archive(self) -> None:
        self.switch_mode(Mode.ARCHIVE.value)

    def action_show_backups(self) -> None:
        self.switch_mode(Mode.BACKUPS.value)

    def action_show_recovery(self) -> None:
        self.switch_mode(Mode.RECOVERY.value)

    def action_show_jobs(self) -> None:
        self.switch_mode(Mode.JOBS.value)

    def action_show_learn(self) -> None:
        self.switch_mode(Mode.LEARN.value)

    def action_show_help(self) -> None:
        from pgtui.ui.dialogs.help import HelpDialog

        if not isinstance(self.screen, HelpDialog):
            self.push_screen(HelpDialog(self.screen, self.focused))

    def action_dark_theme(self) -> None:
        self._choose_theme("dark")

    def action_light_theme(self) -> None:
        self._choose_theme("light")

    def action_ansi_dark_theme(self) -> None:
        self._choose_theme("ansi-dark")

    def action_ansi_light_theme(self) -> None:
        self._choose_theme("ansi-light")

    @work(group="theme", exclusive=True)
    async def _choose_theme(self, choice: str) -> None:
        """Show a theme, and keep it for the next start."""
        self.theme = theme_name(choice)
        if self.services is not None:
            try:
                await asyncio.to_thread(self.services.preferences.set_theme, choice)
            except PgtuiError as error:
                self.show_error(error)
