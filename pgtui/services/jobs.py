"""Jobs: run plans, tell of them, cancel, undo, and find again what was interrupted."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.job import JobRecord, JobSnapshot, JobState, StepStatus
from pgtui.domain.plan import Plan, Step, step_place
from pgtui.domain.script import render_script
from pgtui.services.hosts import Hosts
from pgtui.services.running_job import Record, RunningJob, outcome_of, with_choices
from pgtui.services.sandbox_jobs import made_sandboxes, removed_sandboxes
from pgtui.services.server_sql import ServerSql

Listener = Callable[[JobSnapshot], None]
"""Called in the event loop with each new snapshot of a job, at most about 8 times a second per job."""

_INTERVAL = 0.12
"""Seconds between two tellings of mere progress."""


class JobJournal(Protocol):
    """Where jobs are written down (storage/journal.py)."""

    def open(self, job_id: str) -> Record:
        """Open a job's record. Raises BlockingIOError when another process runs this job."""

    def entries(self) -> tuple[JobRecord, ...]:
        """Read every job, newest first."""


class AuditTrail(Protocol):
    """Where it is written who changed what (storage/audit.py)."""

    def began(self, job_id: str, plan: Plan, what: str) -> None:
        """Write that a plan begins to be run, finished or undone."""

    def ended(self, job_id: str, plan: Plan, state: JobState, error: str) -> None:
        """Write how it ended."""


class Jobs:
    """Owns every running plan; screens only watch."""

    def __init__(
        self,
        hosts: Hosts,
        sql: ServerSql,
        journal: JobJournal,
        audit: AuditTrail,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        """Take the collaborators; `new_id` gives unique names that are safe as file names."""
        self._hosts = hosts
        self._sql = sql
        self._journal = journal
        self._audit = audit
        self._clock = clock
        self._new_id = new_id
        self._jobs: dict[str, JobSnapshot] = {}
        self._work: dict[str, asyncio.Task[JobState]] = {}
        self._running: dict[str, asyncio.Task[None]] = {}
        self._listeners: list[Listener] = []
        self._pending: dict[str, asyncio.TimerHandle] = {}

    @property
    def running(self) -> tuple[str, ...]:
        """The ids of the jobs that run in this process."""
        return tuple(self._running)

    def submit(self, plan: Plan) -> str:
        """Begin to run a plan and return the job's id. Raises PgtuiError when it cannot be written down."""
        job_id = self._new_id()
        steps = (StepStatus(),) * len(plan.steps)
        snapshot = JobSnapshot(job_id, plan, JobState.RUNNING, self._clock(), steps=steps)
        with _written_down():
            record = self._journal.open(job_id)
            record.begin(job_id, plan)
            self._audit.began(job_id, plan, "run")
        self._begin(snapshot, record, "run")
        return job_id

    def snapshots(self) -> tuple[JobSnapshot, ...]:
        """Return every job known, running ones and past ones, newest first."""
        return tuple(sorted(self._jobs.values(), key=lambda job: job.started, reverse=True))

    def get(self, job_id: str) -> JobSnapshot:
        """Return one job. Raises BadInput when there is none of this id (or unambiguous prefix)."""
        found = [
            job for key, job in self._jobs.items() if key == job_id or (job_id and key.startswith(job_id))
        ]
        exact = [job for job in found if job.id == job_id]
        if len(exact or found) == 1:
            return (exact or found)[0]
        several = f"{len(found)} jobs begin with {job_id!r}." if found else f"There is no job {job_id!r}."
        raise BadInput(several, "`pgtui jobs` lists them.")

    def listen(self, listener: Listener) -> Callable[[], None]:
        """Call a listener with each change; returns the function that ends this."""
        self._listeners.append(listener)

        def end() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return end

    async def wait(self, job_id: str) -> JobSnapshot:
        """Wait until a job is not running any more."""
        if task := self._running.get(job_id):
            await asyncio.shield(task)
        return self.get(job_id)

    async def cancel(self, job_id: str) -> None:
        """End a running job: its step's process is ended on the host; a throw-away plan is undone at once."""
        if work := self._work.get(job_id):
            work.cancel()
        await self.wait(job_id)

    def undo(self, job_id: str) -> None:
        """Begin to undo a failed, cancelled, interrupted or finished job. Raises BadInput."""
        job = self.get(job_id)
        if not job.can_undo:
            raise BadInput(
                f"Job {job.id} cannot be undone: it is {job.state}.", "`pgtui jobs` tells what can be."
            )
        self._resume(job, "undo")

    def finish(self, job_id: str) -> None:
        """Begin to finish an interrupted, failed or cancelled job from where it stood. Raises BadInput."""
        job = self.get(job_id)
        if not job.can_finish:
            raise BadInput(
                f"Job {job.id} cannot be finished: it is {job.state}.", "`pgtui jobs` tells what can be."
            )
        self._resume(job, "finish")

    async def load_past(self) -> tuple[JobSnapshot, ...]:
        """Read the journal; return the jobs that were interrupted and are neither finished nor undone."""
        for entry in await asyncio.to_thread(self._journal.entries):
            if entry.id not in self._running:
                self._jobs[entry.id] = _past(entry)
        self._retire()
        return tuple(job for job in self.snapshots() if job.state is JobState.INTERRUPTED)

    async def shutdown(self) -> None:
        """Cancel what runs and wait for it: to be awaited before the program ends."""
        for job_id in self.running:
            await self.cancel(job_id)

    async def script(self, plan: Plan) -> str:
        """Return a plan as a bash script that needs no pgtui."""
        lines: dict[Step, tuple[str, ...]] = {}
        for planned in plan.steps:
            for step in (planned.step, *planned.undo):
                host = await self._hosts.open(step_place(step))
                lines[step] = host.shell_lines(step)
        return render_script(plan, lines.__getitem__)

    async def command_lines(self, plan: Plan) -> tuple[tuple[str, ...], ...]:
        """Return the shell lines of each step of a plan."""
        return tuple(
            [
                (await self._hosts.open(step_place(planned.step))).shell_lines(planned.step)
                for planned in plan.steps
            ]
        )

    def _resume(self, job: JobSnapshot, mode: str) -> None:
        try:
            record = self._journal.open(job.id)
        except BlockingIOError:
            raise BadInput(f"Another pgtui runs job {job.id}.", "Wait until it has ended.") from None
        with _written_down():
            record.resume(mode)
            self._audit.began(job.id, job.plan, mode)
        self._begin(replace(job, state=JobState.RUNNING, ended=None, error="", hint=""), record, mode)

    def _begin(self, snapshot: JobSnapshot, record: Record, what: str) -> None:
        job = RunningJob(snapshot, self._hosts, self._sql, record, self._on_change)
        self._on_change(job.snapshot(JobState.RUNNING), True)
        work = asyncio.create_task(job.backward() if what == "undo" else job.forward())
        self._work[snapshot.id] = work
        self._running[snapshot.id] = asyncio.create_task(self._see_through(job, work, record))

    async def _see_through(self, job: RunningJob, work: asyncio.Task[JobState], record: Record) -> None:
        state, error, hint = await outcome_of(work)
        before = job.snapshot(state)
        if state is JobState.CANCELLED and before.plan.is_throwaway:
            undoing = asyncio.create_task(job.backward())
            undone, error, hint = await outcome_of(undoing)
            state = JobState.CANCELLED if undone is JobState.UNDONE else undone
        snapshot = job.snapshot(state, self._clock(), error, hint)
        try:
            record.end(state, error, hint, snapshot.output)
            self._audit.ended(snapshot.id, snapshot.plan, state, error)
        except OSError as unwritten:
            words = f"{error} How it ended could not be written down: {unwritten}.".strip()
            snapshot = replace(snapshot, error=words, hint=hint or "Make room where the journal lies.")
        finally:
            record.close()
            del self._work[snapshot.id], self._running[snapshot.id]
            self._on_change(snapshot, True)
            self._retire()

    def _retire(self) -> None:
        """Offer no undo of what another job has removed since."""
        removed = set().union(*map(removed_sandboxes, self._jobs.values()))
        for job in tuple(self._jobs.values()):
            if job.state is JobState.DONE and job.can_undo and made_sandboxes(job) & removed:
                words = "What it made was removed since."
                self._on_change(replace(job, can_undo=False, hint=words), True)

    def _on_change(self, snapshot: JobSnapshot, urgent: bool) -> None:
        self._jobs[snapshot.id] = snapshot
        if urgent:
            if pending := self._pending.pop(snapshot.id, None):
                pending.cancel()
            self._tell(snapshot.id)
        elif snapshot.id not in self._pending:
            loop = asyncio.get_running_loop()
            self._pending[snapshot.id] = loop.call_later(_INTERVAL, self._tell_later, snapshot.id)

    def _tell_later(self, job_id: str) -> None:
        with suppress(KeyError):
            del self._pending[job_id]
        self._tell(job_id)

    def _tell(self, job_id: str) -> None:
        for listener in tuple(self._listeners):
            listener(self._jobs[job_id])


@contextmanager
def _written_down() -> Iterator[None]:
    """What cannot be journalled is not begun: a crash would leave it half done and unseen."""
    try:
        yield
    except OSError as error:
        raise PgtuiError(
            f"Nothing was begun: the journal cannot be written ({error}).",
            "Make room there, or make it writable; `pgtui doctor` tells more.",
        ) from error


def _past(entry: JobRecord) -> JobSnapshot:
    statuses = tuple(StepStatus(s, t) for s, t in zip(entry.steps, entry.seconds, strict=True))
    return with_choices(
        JobSnapshot(
            id=entry.id,
            plan=entry.plan,
            state=entry.state,
            started=entry.started,
            ended=entry.ended,
            steps=statuses,
            output=entry.output,
            error=entry.error,
            hint=entry.hint,
        )
    )
