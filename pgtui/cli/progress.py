"""A running job on standard error: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from pgtui.cli.text import console, say
from pgtui.domain.job import JobSnapshot, JobState, StepState
from pgtui.domain.visible import visible
from pgtui.domain.words import describe_step

if TYPE_CHECKING:
    from pgtui.services.jobs import Jobs

_BETWEEN_LINES = 5.0
"""Seconds between two plain lines about one step."""
_WIDEST = 60


async def watch(jobs: "Jobs", job_id: str, *, verbose: bool = False, undoing: bool = False) -> JobSnapshot:
    """Show a job until it has ended. Cancelled itself, it cancels the job and waits until it has ended."""
    shown = _Bar(undoing=undoing) if sys.stderr.isatty() else _Lines(undoing=undoing)
    stop = jobs.listen(lambda job: shown.show(job) if job.id == job_id else None)
    try:
        shown.show(jobs.get(job_id))
        job = await jobs.wait(job_id)
        shown.show(job)
        return job
    finally:
        if jobs.get(job_id).state is JobState.RUNNING:
            await jobs.cancel(job_id)
        stop()
        shown.close()
        _tell_how_it_ended(jobs.get(job_id), verbose=verbose)


def _tell_how_it_ended(job: JobSnapshot, *, verbose: bool) -> None:
    if job.state in (JobState.DONE, JobState.UNDONE):
        return
    words = (job.error or f"The job was {job.state.value}.").replace("\n", "\n  ")
    # Without --verbose only what led to the end.
    output = [f"  | {visible(line, 10_000)}" for line in (job.output if verbose else job.output[-15:])]
    ways = [f"  `pgtui jobs {verb} {job.id}`" for verb, can in _ways(job) if can]
    say("\n".join([*output, f"pgtui: {words}", *([f"  {job.hint}"] if job.hint else []), *ways]))


def _ways(job: JobSnapshot) -> tuple[tuple[str, bool], ...]:
    return (("finish", job.can_finish), ("undo", job.can_undo))


def _words(job: JobSnapshot, index: int) -> str:
    return visible(describe_step(job.plan.steps[index].step))


class _Lines:
    """A line for each step that begins or ends, and now and then one about how far it is."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, undoing: bool = False) -> None:
        self._clock = clock
        self._undoing = undoing
        self._is_headed = False
        self._states: dict[int, StepState] = {}
        self._begun: set[int] = set()
        self._told = 0.0

    def show(self, job: JobSnapshot) -> None:
        if self._undoing and not self._is_headed:
            # What was done, or undone, before is no news.
            self._states = {index: status.state for index, status in enumerate(job.steps)}
            self._head(job)
        for index, status in enumerate(job.steps):
            if self._states.get(index, StepState.WAITING) is not status.state:
                self._states[index] = status.state
                self._step(job, index)
        now = self._clock()
        if job.progress and job.state is JobState.RUNNING and now - self._told >= _BETWEEN_LINES:
            self._told = now
            say(f"      {job.progress.text}")

    def close(self) -> None:
        pass

    def _head(self, job: JobSnapshot) -> None:
        self._is_headed = True
        say(f"Undoing {visible(job.plan.title)}: {visible(job.plan.cluster)}")

    def _step(self, job: JobSnapshot, index: int) -> None:
        status = job.steps[index]
        if status.state is StepState.WAITING:
            return
        self._told = self._clock()
        if status.state is StepState.UNDONE:
            if not self._is_headed:
                self._head(job)
            say(f"[{index + 1}/{len(job.steps)}] undone: {_words(job, index)}")
            return
        if index not in self._begun:
            self._begun.add(index)
            say(f"[{index + 1}/{len(job.steps)}] {_words(job, index)}")
        if status.state is not StepState.RUNNING:
            took = f", {status.seconds:.1f} s" if status.seconds is not None else ""
            say(f"      {status.state.value}{took}")


class _Bar:
    """One live line per step, by rich."""

    def __init__(self, *, undoing: bool = False) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

        self._progress = Progress(
            SpinnerColumn(finished_text="✓"),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TimeElapsedColumn(),
            TextColumn("{task.fields[detail]}", markup=False),
            console=console(sys.stderr),
        )
        self._tasks: dict[int, int] = {}
        self._undoing = undoing
        self._old: frozenset[int] | None = None
        self._progress.start()

    def show(self, job: JobSnapshot) -> None:
        if self._undoing:
            self._show_undoing(job)
            return
        for index, status in enumerate(job.steps):
            if status.state is not StepState.WAITING:
                self._step(job, index)

    def close(self) -> None:
        self._progress.stop()

    def _show_undoing(self, job: JobSnapshot) -> None:
        undone = {index for index, status in enumerate(job.steps) if status.state is StepState.UNDONE}
        if self._old is None:
            self._old = frozenset(undone)
            self._head = self._progress.add_task(
                visible(f"Undoing {job.plan.title}", _WIDEST), total=None, detail=""
            )
        for index in sorted(undone - self._old - self._tasks.keys(), reverse=True):
            words = f"[{index + 1}/{len(job.steps)}] {visible(_words(job, index), _WIDEST)}"
            self._tasks[index] = task = self._progress.add_task(words, total=1.0, detail="undone")
            self._progress.update(task, completed=1.0)
        if job.state is not JobState.RUNNING:
            self._progress.stop_task(self._head)
        if job.state is JobState.UNDONE:
            self._progress.update(self._head, total=1.0, completed=1.0)

    def _step(self, job: JobSnapshot, index: int) -> None:
        from rich.progress import TaskID

        status = job.steps[index]
        if index not in self._tasks:
            words = visible(describe_step(job.plan.steps[index].step), _WIDEST)
            self._tasks[index] = self._progress.add_task(words, total=None, detail="")
        task = TaskID(self._tasks[index])
        if status.state is StepState.RUNNING:
            fraction = job.progress.fraction if job.progress else None
            detail = visible(job.progress.text, 80) if job.progress else ""
            self._progress.update(task, total=None if fraction is None else 1.0, detail=detail)
            if fraction is not None:
                self._progress.update(task, completed=min(fraction, 1.0))
            return
        detail = "" if status.state is StepState.DONE else status.state.value
        if status.state is StepState.DONE:
            self._progress.update(task, total=1.0, completed=1.0, detail=detail)
        else:
            self._progress.update(task, detail=detail)
            self._progress.stop_task(task)
