"""The Recovery mode: a target is chosen, its plan read and run, and the past looked at in a sandbox."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.widgets import ContentSwitcher, Input, TextArea

from pgtui.domain.errors import PgtuiError
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding
from pgtui.domain.sandbox import Sandbox, SandboxSpec
from pgtui.services.recovery import RecoveryRange
from pgtui.ui import commands
from pgtui.ui.commands import Command, Mode, bindings_of
from pgtui.ui.messages import ClusterChosen, InventoryChanged, JobChanged, ServicesReady
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.screens.recovery_actions import RecoveryActions, sandboxes_of
from pgtui.ui.widgets.job_view import JobView
from pgtui.ui.widgets.recovery_form import RecoveryForm
from pgtui.ui.widgets.sql_pane import SqlPane
from pgtui.ui.widgets.virtual_list import VirtualList

_FORM, _JOB, _SANDBOX = "recovery-form", "recovery-job", "recovery-sandbox"
_HOMES = {_FORM: "#recovery-list", _JOB: "#job-output", _SANDBOX: "#results"}
"""Where the focus belongs in each view when no field has it."""


class RecoveryScreen(ModeScreen):
    """Three views, one at a time: the target, the job that runs, the sandbox that came of it."""

    mode = Mode.RECOVERY
    HELP = (
        "Bring a moment of the past back into a sandbox, beside the cluster and without touching it. Type a "
        "time or pick a moment, read the plan, run it; then ask the sandbox in SQL, and remove it when done."
    )
    CSS_PATH = "recovery.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Mode.RECOVERY)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._shown_cluster: str | None = None
        self._job_id: str | None = None
        self._actions = RecoveryActions(self)

    def compose_body(self) -> ComposeResult:
        with ContentSwitcher(initial=_FORM):
            yield RecoveryForm(self.console.clock, id=_FORM)
            yield JobView(self.console.clock, id=_JOB)
            yield SqlPane(id=_SANDBOX)

    # The three views

    @property
    def _form(self) -> RecoveryForm:
        return self.query_one(RecoveryForm)

    @property
    def _view(self) -> str:
        return self.query_one(ContentSwitcher).current or _FORM

    def _show_view(self, view: str) -> None:
        self.query_one(ContentSwitcher).current = view
        self.focus_home()
        if view == _SANDBOX:
            self.query_one(SqlPane).type_statement()
        self.refresh_bindings()

    def is_watching(self, job_id: str) -> bool:
        return self._view == _JOB and job_id == self._job_id

    def focus_home(self) -> None:
        self.set_focus(self.query_one(_HOMES[self._view]))

    def key_escape(self) -> None:
        if self._view == _FORM:
            super().key_escape()

    def available(self, command: type[Command]) -> bool | None:
        view = self._view if self.is_mounted else _FORM
        match command:
            case commands.PlanRecovery | commands.TypeTarget | commands.LookAgain:
                return view == _FORM
            case commands.TypeStatement:
                return view == _SANDBOX
            case commands.RemoveSandbox:
                return view == _SANDBOX or (view == _FORM and self._form.selected_sandbox is not None)
            case commands.CancelRecovery:
                return view == _JOB and self._job_state is JobState.RUNNING
            case commands.LeaveView:
                return view != _FORM
        return True

    # What the app tells

    def on_mount(self) -> None:
        self._form.show_busy("Looking for clusters …")
        self._form.type_target()
        self._look()

    def on_services_ready(self, _: ServicesReady) -> None:
        self._look()

    def on_screen_resume(self) -> None:
        self._look()

    def on_cluster_chosen(self, _: ClusterChosen) -> None:
        # Passing over clusters in another mode must not read the archive of each of them.
        if self.is_current:
            self._look()

    def on_inventory_changed(self, _: InventoryChanged) -> None:
        if self._shown_cluster is None:
            self._look()

    def on_job_changed(self, message: JobChanged) -> None:
        job = message.snapshot
        if job.id == self._job_id:
            self._show_job(job)
        elif job.state.is_final and job.plan.cluster == self._shown_cluster:
            self._actions.read_range(job.plan.cluster)

    def _look(self) -> None:
        """Read anew when another cluster is chosen."""
        chosen, snapshot = self.chosen, self.console.inventory_snapshot
        if self.services is None or snapshot is None:
            return
        if chosen is None:
            self._shown_cluster = None
            self._form.show_clusters(snapshot.clusters)
        elif chosen.name != self._shown_cluster:
            self._shown_cluster = chosen.name
            self._form.forget_target()
            self._form.show_busy(f"Reading the base backups and the archive of {chosen.name} …")
            self._actions.read_range(chosen.name)

    def range_read(
        self, cluster: str, reach: RecoveryRange | PgtuiError, sandboxes: tuple[Sandbox, ...]
    ) -> None:
        """Take what was read of a cluster, if it is still the one that is shown."""
        if cluster != self._shown_cluster:
            return
        if isinstance(reach, PgtuiError):
            self._form.show_problem(reach)
        else:
            self._form.show_range(reach, sandboxes)
        self.refresh_bindings()

    # Planning and running

    @on(RecoveryForm.PlanWanted)
    def action_plan_recovery(self) -> None:
        moment = self._form.moment
        if self._shown_cluster is None or moment is None:
            self._form.type_target()
            self.app.bell()
            return
        self._form.show_findings((), "Checking the target against backups and archive …")
        self._actions.propose(self._shown_cluster, moment, self._form.pinned)

    def proposed(self, cluster: str, answer: tuple[Finding, ...] | PgtuiError) -> bool:
        """Show what was found for a target; return whether its plan is still wanted."""
        if cluster != self._shown_cluster:
            return False
        if isinstance(answer, PgtuiError):
            self._form.show_refusal(answer)
        else:
            self._form.show_findings(answer)
        return True

    def watch_job(self, job: JobSnapshot) -> None:
        """Show a job that has just begun, and follow it."""
        self._job_id = job.id
        self._show_job(job)
        self._show_view(_JOB)

    @property
    def _job_state(self) -> JobState | None:
        snapshot = self.query_one(JobView).snapshot
        return snapshot.state if snapshot else None

    def _show_job(self, job: JobSnapshot) -> None:
        before = self._job_state
        self.query_one(JobView).show(job)
        if job.state is not before:
            self.refresh_bindings()
        if before is not job.state and job.state is JobState.DONE:
            self._job_done(job.plan)

    def _job_done(self, plan: Plan) -> None:
        self._job_id = None
        made, removed = sandboxes_of(plan)
        if self._shown_cluster is not None:
            self._actions.read_range(self._shown_cluster)
        if made is not None and self._view == _JOB:
            self._open(made)
        elif removed is not None and self._view == _JOB:
            self._show_view(_FORM)

    def action_cancel_recovery(self) -> None:
        if self._job_id is not None:
            self._actions.cancel(self._job_id)

    @on(RecoveryForm.SandboxPicked)
    def _sandbox_picked(self, event: RecoveryForm.SandboxPicked) -> None:
        self._open(event.sandbox.spec)

    def _open(self, spec: SandboxSpec) -> None:
        if self.services is not None:
            self.query_one(SqlPane).open(self.services.sandboxes, spec)
            self._show_view(_SANDBOX)

    def action_remove_sandbox(self) -> None:
        selected = self._form.selected_sandbox
        spec = selected.spec if selected else None
        if self._view == _SANDBOX:
            spec = self.query_one(SqlPane).spec
        if spec is not None:
            self._actions.remove(spec.name)

    # Other keys

    @on(RecoveryForm.ClusterPicked)
    def _cluster_picked(self, event: RecoveryForm.ClusterPicked) -> None:
        self.console.choose(event.name)

    @on(VirtualList.Highlighted, "#recovery-list")
    def _row_highlighted(self) -> None:
        self.refresh_bindings()

    def action_type_target(self) -> None:
        self._form.type_target()

    def action_type_statement(self) -> None:
        self.query_one(SqlPane).type_statement()

    def action_look_again(self) -> None:
        if self._shown_cluster is not None:
            self._form.show_busy("Reading again …")
            self._actions.read_range(self._shown_cluster)

    def action_leave_view(self) -> None:
        if isinstance(self.focused, Input | TextArea):
            self.focus_home()
        else:
            self._show_view(_FORM)
