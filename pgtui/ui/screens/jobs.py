"""The Jobs mode: what runs, what was interrupted, what is past; and how to cancel, undo or finish it."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container

from pgtui.domain.errors import PgtuiError
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.job_plans import rest_plan, undo_plan
from pgtui.ui import commands
from pgtui.ui.commands import Command, Mode, bindings_of
from pgtui.ui.dialogs.plan import decide, show_only
from pgtui.ui.instants import local_zone_name, zoned
from pgtui.ui.messages import JobChanged, ServicesReady
from pgtui.ui.present import Cell, Tone, job_mark, time_text
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.widgets.job_view import JobView
from pgtui.ui.widgets.virtual_list import Column, VirtualList

if TYPE_CHECKING:
    from pgtui.services.bundle import Services

_WIDE = 120
"""Columns from which on the details stand beside the list."""


class JobList(VirtualList[JobSnapshot]):
    """Interrupted jobs first, then running ones, then past ones, newest first."""

    HELP = "The operations; below or beside the list stands the one under the cursor."


class JobsScreen(ModeScreen):
    """Shows snapshots as they come; it never asks for them on its own but at the start."""

    mode = Mode.JOBS
    HELP = (
        "Every operation that pgtui ran. One that was interrupted or failed can be finished or undone; what "
        "that does is shown before it runs."
    )
    CSS_PATH = "jobs.tcss"
    AUTO_FOCUS = "#job-list"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Mode.JOBS)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_WIDE, "-wide")]

    def __init__(self) -> None:
        super().__init__()
        self._jobs: dict[str, JobSnapshot] = {}

    def compose_body(self) -> ComposeResult:
        zone = local_zone_name(self.console.clock())
        columns = (
            Column[JobSnapshot]("State", _state_cell, 13),
            Column[JobSnapshot]("Begun", lambda job: time_text(zoned(job.started, zone)), 25),
            Column[JobSnapshot]("Operation", _operation),
        )
        with Container(id="jobs-body"):
            yield JobList(columns, empty="Nothing has been run yet.", id="job-list")
            yield JobView(self.console.clock, id="job-detail")

    # What is shown

    @property
    def _list(self) -> JobList:
        return self.query_one(JobList)

    @property
    def _job(self) -> JobSnapshot | None:
        return self._list.row if self.is_mounted else None

    def is_watching(self, job_id: str) -> bool:
        return self._job is not None and self._job.id == job_id

    def on_services_ready(self, _: ServicesReady) -> None:
        if self.services is not None:
            self._jobs = {job.id: job for job in self.services.jobs.snapshots()}
            self._show()

    def on_job_changed(self, message: JobChanged) -> None:
        self._jobs[message.snapshot.id] = message.snapshot
        self._show()

    def _show(self) -> None:
        """Show the list anew; the cursor stays on its job, wherever that has moved."""
        at = self._job
        rows = in_order(list(self._jobs.values()))
        index = next((i for i, job in enumerate(rows) if at is not None and job.id == at.id), 0)
        self._list.show_rows(rows, cursor=index)
        self._fit_list()
        self._show_job()

    def on_resize(self) -> None:
        self._fit_list()

    def _fit_list(self) -> None:
        """Above its details the list takes no more room than its jobs need."""
        is_beside = self.size.width >= _WIDE
        self._list.styles.max_height = None if is_beside else max(3, len(self._jobs) + 2)

    @on(VirtualList.Highlighted, "#job-list")
    def _show_job(self) -> None:
        view, job = self.query_one(JobView), self._job
        if view.snapshot is not job:
            view.show(job)
            self.refresh_bindings()

    # What the user does

    def available(self, command: type[Command]) -> bool | None:
        job = self._job
        match command:
            case commands.CancelJob:
                return job is not None and job.state is JobState.RUNNING
            case commands.UndoJob:
                return job is not None and job.can_undo
            case commands.FinishJob:
                return job is not None and job.can_finish
            case commands.JobPlan:
                return job is not None
        return True

    def action_cancel_job(self) -> None:
        if self.services is not None and self._job is not None:
            self._cancel(self.services, self._job.id)

    @work(group="cancel")
    async def _cancel(self, services: "Services", job_id: str) -> None:
        try:
            await services.jobs.cancel(job_id)
        except PgtuiError as error:
            self.console.show_error(error)

    def action_undo_job(self) -> None:
        if self.services is not None and self._job is not None:
            self._undo(self.services, self._job)

    @work(group="dialog", exclusive=True)
    async def _undo(self, services: "Services", job: JobSnapshot) -> None:
        try:
            if await decide(self.console, services.jobs, undo_plan(job)):
                services.jobs.undo(job.id)
        except PgtuiError as error:
            self.console.show_error(error)

    def action_finish_job(self) -> None:
        if self.services is not None and self._job is not None:
            self._finish(self.services, self._job)

    @work(group="dialog", exclusive=True)
    async def _finish(self, services: "Services", job: JobSnapshot) -> None:
        try:
            if await decide(self.console, services.jobs, rest_plan(job)):
                services.jobs.finish(job.id)
        except PgtuiError as error:
            self.console.show_error(error)

    def action_job_plan(self) -> None:
        if self.services is not None and self._job is not None:
            self._show_plan(self.services, self._job)

    @work(group="dialog", exclusive=True)
    async def _show_plan(self, services: "Services", job: JobSnapshot) -> None:
        try:
            await show_only(self.console, services.jobs, job.plan)
        except PgtuiError as error:
            self.console.show_error(error)


def in_order(jobs: Sequence[JobSnapshot]) -> list[JobSnapshot]:
    """Return jobs as they are listed: what needs the user first, then what runs, then the past."""
    weight = {JobState.INTERRUPTED: 0, JobState.RUNNING: 1}
    newest_first = sorted(jobs, key=lambda job: job.started, reverse=True)
    return sorted(newest_first, key=lambda job: weight.get(job.state, 2))


def _operation(job: JobSnapshot) -> str:
    title, cluster = job.plan.title, job.plan.cluster
    return title if cluster in title else f"{title} ({cluster})"


def _state_cell(job: JobSnapshot) -> Cell:
    mark = job_mark(job.state)
    return Cell(str(mark), Tone.WARN if job.state is JobState.INTERRUPTED else mark.tone)
