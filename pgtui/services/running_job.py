"""One job while it runs: its steps in order, forwards or back, written to the journal as they go."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pgtui.domain.errors import PgtuiError
from pgtui.domain.job import KEPT_OUTPUT, JobSnapshot, JobState, Progress, StepState, StepStatus
from pgtui.domain.plan import Plan, Step, step_place
from pgtui.services.hosts import Hosts
from pgtui.services.server_sql import ServerSql
from pgtui.services.steps import Reporter, run_step


class Record(Protocol):
    """Where a job is written down, step by step."""

    def begin(self, job_id: str, plan: Plan) -> None:
        """Write the plan."""

    def resume(self, mode: str) -> None:
        """Write that the job goes on, to `finish` or to `undo`."""

    def step(self, index: int, state: StepState, seconds: float | None = None) -> None:
        """Write that a step begins or has ended; it is on disk when this returns."""

    def end(self, state: JobState, error: str, hint: str, output: tuple[str, ...]) -> None:
        """Write how the job ended."""

    def close(self) -> None:
        """Let go of it."""


class RunningJob:
    """A plan being run, undone or finished. Its snapshot is what everybody else sees."""

    def __init__(
        self,
        snapshot: JobSnapshot,
        hosts: Hosts,
        sql: ServerSql,
        record: Record,
        changed: Callable[[JobSnapshot, bool], None],
    ) -> None:
        """Take where the job stands; `changed` is called with each new snapshot and whether it is urgent."""
        self._hosts = hosts
        self._sql = sql
        self._record = record
        self._changed = changed
        self._plan = snapshot.plan
        self._id = snapshot.id
        self._started = snapshot.started
        self._steps = list(snapshot.steps)
        self._output = deque(snapshot.output, maxlen=KEPT_OUTPUT)
        self._progress: Progress | None = None
        self._reporter = Reporter(self._on_progress, self._on_line)

    async def forward(self) -> JobState:
        """Run every step that is not done yet. Raises PgtuiError after marking the step that failed."""
        await self._end_leftovers()
        for index, planned in enumerate(self._plan.steps):
            if self._steps[index].state is not StepState.DONE:
                await self._run_one(index, planned.step)
        return JobState.DONE

    async def backward(self) -> JobState:
        """Undo every step that was begun, the last one first. Raises PgtuiError."""
        await self._end_leftovers()
        for index in reversed(range(len(self._plan.steps))):
            if self._steps[index].state in (StepState.WAITING, StepState.UNDONE):
                continue
            for step in self._plan.steps[index].undo:
                await run_step(self._hosts, self._sql, step, self._id, self._reporter)
            self._mark(index, StepState.UNDONE, None)
        return JobState.UNDONE

    def snapshot(
        self, state: JobState, ended: datetime | None = None, error: str = "", hint: str = ""
    ) -> JobSnapshot:
        """Return how the job stands now."""
        return with_choices(
            JobSnapshot(
                id=self._id,
                plan=self._plan,
                state=state,
                started=self._started,
                ended=ended,
                steps=tuple(self._steps),
                progress=self._progress,
                output=tuple(self._output),
                error=error,
                hint=hint,
            )
        )

    async def _run_one(self, index: int, step: Step) -> None:
        self._progress = None
        self._mark(index, StepState.RUNNING, None)
        began = time.monotonic()
        try:
            await run_step(self._hosts, self._sql, step, self._id, self._reporter)
        except PgtuiError:
            self._mark(index, StepState.FAILED, time.monotonic() - began)
            raise
        self._mark(index, StepState.DONE, time.monotonic() - began)

    async def _end_leftovers(self) -> None:
        """End what a killed pgtui left running on the hosts of the steps that were under way."""
        under_way = [
            planned.step
            for planned, status in zip(self._plan.steps, self._steps, strict=True)
            if status.state in (StepState.RUNNING, StepState.FAILED)
        ]
        for place in {step_place(step) for step in under_way}:
            ended = await (await self._hosts.open(place)).end_tagged(self._id)
            if ended:
                self._on_line(f"Ended {ended} leftover process(es) of the interrupted run.")

    def _mark(self, index: int, state: StepState, seconds: float | None) -> None:
        self._record.step(index, state, seconds)
        self._steps[index] = StepStatus(state, seconds)
        self._changed(self.snapshot(JobState.RUNNING), True)

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        self._changed(self.snapshot(JobState.RUNNING), False)

    def _on_line(self, line: str) -> None:
        self._output.append(line)
        self._changed(self.snapshot(JobState.RUNNING), False)


def with_choices(job: JobSnapshot) -> JobSnapshot:
    """Return the snapshot with what can be done about it: undo, finish."""
    at_rest = job.state in (JobState.FAILED, JobState.CANCELLED, JobState.INTERRUPTED)
    begun = [
        planned
        for planned, status in zip(job.plan.steps, job.steps, strict=True)
        if status.state not in (StepState.WAITING, StepState.UNDONE)
    ]
    undone = any(status.state is StepState.UNDONE for status in job.steps)
    has_undo = any(planned.undo for planned in begun)
    # Killed between its last step and its end, it still has to be brought to an end, whichever way it went.
    interrupted = job.state is JobState.INTERRUPTED
    return replace(
        job,
        can_undo=((at_rest or job.state is JobState.DONE) and has_undo) or (interrupted and undone),
        can_finish=at_rest and not undone and (interrupted or job.steps_done < len(job.steps)),
    )


async def outcome_of(work: asyncio.Task[JobState]) -> tuple[JobState, str, str]:
    """Wait for a job's work and return its state, error and hint. Never raises, unless itself cancelled."""
    await asyncio.wait({work})
    if work.cancelled():
        return JobState.CANCELLED, "", ""
    error = work.exception()
    if error is None:
        return work.result(), "", ""
    if isinstance(error, PgtuiError):
        return JobState.FAILED, error.message, error.hint
    words = f"pgtui made a mistake: {type(error).__name__}: {error}"
    return JobState.FAILED, words, "Please report it, with what the job shows."
