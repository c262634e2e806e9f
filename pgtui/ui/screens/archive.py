"""The Archive mode: whether WAL is safe now, and if not, why; one cluster in depth, or all at one glance."""

from collections.abc import Callable
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.timer import Timer
from textual.widgets import ContentSwitcher

from pgtui.domain.archive_status import ArchiveStatus
from pgtui.domain.cluster import Cluster
from pgtui.domain.errors import PasswordNeeded
from pgtui.domain.job import JobSnapshot
from pgtui.ui.archive_curve import TimeWindow
from pgtui.ui.archive_overview import overview_rows
from pgtui.ui.commands import Command, Mode, bindings_of, commands_of
from pgtui.ui.messages import ClusterChosen, FactsChanged, InventoryChanged, JobChanged, ServicesReady
from pgtui.ui.screens.archive_actions import ArchiveActions
from pgtui.ui.screens.archive_offers import ArchiveSituation, offered
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.text import content
from pgtui.ui.widgets.archive_depth import WIDE, ArchiveDepth, Sight
from pgtui.ui.widgets.archive_overview import ArchiveOverview, ClusterTable
from pgtui.ui.widgets.virtual_list import VirtualList

_DEPTH, _OVERVIEW = "archive-depth", "archive-overview"
_TICK = 1.0


class ArchiveScreen(ModeScreen):
    """Shows what the monitor knows once a second, and at once when it tells of a change."""

    mode = Mode.ARCHIVE
    HELP = (
        "Whether WAL reaches the archive now, how much would be lost, and why it fails, in the server's own "
        "words. Set archiving up with s, go between one cluster and all with o; a check tells a hole's cost."
    )
    CSS_PATH = "archive.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Mode.ARCHIVE)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (WIDE, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._window = TimeWindow()
        self._held: Sight | None = None
        self._job: JobSnapshot | None = None
        self._timer: Timer | None = None
        self._stop_listening: Callable[[], None] | None = None
        self._is_due = False
        self._was_told = False
        self._deep: str | None = None
        self._could: tuple[object, ...] = ()
        self._actions = ArchiveActions(self)

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial=_DEPTH):
            yield ArchiveDepth(id=_DEPTH)
            yield ArchiveOverview(id=_OVERVIEW)

    # What is known

    @property
    def _view(self) -> str:
        return (self.query_one(ContentSwitcher).current if self.is_mounted else None) or _DEPTH

    @property
    def target(self) -> Cluster | None:
        """The cluster that commands are about: the one in depth, or the one under the overview's cursor."""
        if self._view == _DEPTH:
            return self.chosen
        row = self.query_one(ClusterTable).row
        snapshot = self.console.inventory_snapshot
        clusters = snapshot.clusters if snapshot and row else ()
        return next((cluster for cluster in clusters if row and cluster.name == row.name), None)

    def _status(self, name: str) -> ArchiveStatus | None:
        return self.services.archive_monitor.status(name) if self.services else None

    @property
    def _situation(self) -> ArchiveSituation:
        target = self.target
        return ArchiveSituation(
            self._view == _OVERVIEW,
            target,
            self._status(target.name) if target else None,
            target is not None and isinstance(self.console.facts_of(target.name), PasswordNeeded),
        )

    def available(self, command: type[Command]) -> bool | None:
        return offered(command, self._situation)

    # What the app and the monitor tell

    def on_mount(self) -> None:
        self._timer = self.set_interval(_TICK, self._tick)
        self.focus_home()
        self._show()

    def on_unmount(self) -> None:
        if self._stop_listening is not None:
            self._stop_listening()

    def on_services_ready(self, _: ServicesReady) -> None:
        if self.services is not None and self._stop_listening is None:
            self._stop_listening = self.services.archive_monitor.listen(self._changed)
        self._watch()

    def on_screen_suspend(self) -> None:
        if self._timer is not None:
            self._timer.pause()
        # The one in depth is sampled on: its curve must have no gap only because nobody looked. So are all
        # of them while only a dialog lies over them.
        if self.services is not None and self.console.current_mode != self.mode.value:
            self.services.archive_monitor.watch(deep=self._deep, all=False)

    def on_screen_resume(self) -> None:
        if self._timer is not None:
            self._timer.resume()
        self._watch()

    def on_cluster_chosen(self, _: ClusterChosen) -> None:
        # Passing over clusters in another mode must not connect to each of them.
        if self.is_current:
            self._watch()

    def on_inventory_changed(self, _: InventoryChanged) -> None:
        if self.is_current:
            self._watch()

    def on_facts_changed(self, _: FactsChanged) -> None:
        self.refresh_bindings()

    def on_job_changed(self, message: JobChanged) -> None:
        job = message.snapshot
        if self._actions.began(job.id):
            self._job = job
            self._show()

    def is_watching(self, job_id: str) -> bool:
        job = self._job
        return (
            self._view == _DEPTH and job is not None and job.id == job_id and job.plan.cluster == self._deep
        )

    def _changed(self, name: str) -> None:
        """Show a change at once; of several in a row only the last. All clusters are shown once a second."""
        if name == self._deep and self._view == _DEPTH and self.is_current and not self._is_due:
            self._is_due = True
            self.call_later(self._show_told)

    def _watch(self) -> None:
        """Tell the monitor what is in sight, and show it."""
        chosen = self.chosen
        deep = chosen.name if chosen else None
        if deep != self._deep:
            self._deep, self._held = deep, None
            self._window = self._window.following()
        if self.services is not None:
            self.services.archive_monitor.watch(deep=deep, all=self._view == _OVERVIEW)
        self._show()

    # What is shown

    def _tick(self) -> None:
        """Show what time alone changes: how old all is. What was told a moment ago is shown already."""
        if self._view == _OVERVIEW or not self._was_told:
            self._show()
        self._was_told = False

    def _show_told(self) -> None:
        self._was_told = True
        self._show()

    def _show(self) -> None:
        self._is_due = False
        if not self.is_mounted:
            return
        if self._view == _OVERVIEW:
            self._show_all()
        else:
            self._show_one()
        situation = self._situation
        could = tuple(offered(command, situation) for command in commands_of(Mode.ARCHIVE))
        if could != self._could:
            self._could = could
            self.refresh_bindings()

    def _show_all(self) -> None:
        snapshot = self.console.inventory_snapshot
        if self.services is not None and snapshot is not None:
            statuses = self.services.archive_monitor.statuses()
            self.query_one(ArchiveOverview).show(overview_rows(snapshot.clusters, statuses))

    def _show_one(self) -> None:
        depth = self.query_one(ArchiveDepth)
        name = self._deep
        if self.services is None or name is None:
            looked = self.console.inventory_snapshot is not None
            words = "No cluster was found. Clusters (key 1) tells where pgtui looks."
            depth.show_words(content(words if looked else "Looking for clusters …", "$dim"))
            return
        monitor, now = self.services.archive_monitor, self.console.clock()
        status = monitor.status(name)
        if status is None:
            depth.show_words(content(f"Looking at the archiving of {name} …", "$dim"))
            return
        sight = self._held or Sight(
            status, monitor.points(name), lambda cells: monitor.strip(name, cells), now
        )
        job = self._job if self._job and self._job.plan.cluster == name else None
        depth.show(status, sight, self._window, paused=self._held is not None, job=job, now=now)

    def focus_home(self) -> None:
        self.set_focus(self.query_one(ArchiveDepth if self._view == _DEPTH else ClusterTable))

    # Views, pause, time

    def action_all_clusters(self) -> None:
        self.query_one(ContentSwitcher).current = _OVERVIEW if self._view == _DEPTH else _DEPTH
        self.focus_home()
        self._watch()
        if self._view == _OVERVIEW and self._deep is not None:
            self.query_one(ClusterTable).go_to(self._deep)
        self.refresh_bindings()

    @on(VirtualList.Selected, "#overview-list")
    def _cluster_picked(self, event: VirtualList.Selected) -> None:
        self.console.choose(event.row.name)
        self.action_all_clusters()

    @on(VirtualList.Highlighted, "#overview-list")
    def _row_highlighted(self) -> None:
        self.query_one(ArchiveOverview).show_reason()
        self.refresh_bindings()

    def key_escape(self) -> None:
        if self._view == _OVERVIEW:
            self.action_all_clusters()

    def action_pause_archive(self) -> None:
        name, now = self._deep, self.console.clock()
        status = self._status(name) if name else None
        if self._held is not None:
            self._held = None
        elif self.services is not None and name is not None and status is not None:
            monitor = self.services.archive_monitor
            newest = tuple(monitor.strip(name, 1000))
            self._held = Sight(status, tuple(monitor.points(name)), lambda cells: newest[-cells:], now)
        self._show()

    def _look_at(self, window: TimeWindow) -> None:
        self._window = window
        self._show()

    def action_zoom_in(self) -> None:
        self._look_at(self._window.zoomed(-1))

    def action_zoom_out(self) -> None:
        self._look_at(self._window.zoomed(1))

    def action_go_earlier(self) -> None:
        self._look_at(self._window.moved(-1, self._now))

    def action_go_later(self) -> None:
        self._look_at(self._window.moved(1, self._now))

    @property
    def _now(self) -> datetime:
        return self._held.now if self._held else self.console.clock()

    def action_follow_now(self) -> None:
        self._held = None
        self._look_at(self._window.following())

    # Plans and looks

    def action_set_up_archiving(self) -> None:
        self._actions.set_up()

    def action_switch_segment(self) -> None:
        self._actions.switch()

    def action_make_restore_point(self) -> None:
        self._actions.restore_point()

    def action_set_archive_timeout(self) -> None:
        self._actions.set_timeout()

    def action_turn_archiving_off(self) -> None:
        self._actions.turn_off()

    def action_keep_log(self) -> None:
        self._actions.keep_log()

    def action_check_archive(self) -> None:
        self._actions.check()

    def action_prune_archive(self) -> None:
        self._actions.prune()

    def action_archive_log(self) -> None:
        self._actions.follow_log()

    def action_give_password(self) -> None:
        self._actions.give_password()
