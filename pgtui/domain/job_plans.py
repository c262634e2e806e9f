"""What is left to do of a job, or to take back: as plans to be read, and written as scripts."""

from dataclasses import replace

from pgtui.domain.job import JobSnapshot, StepState
from pgtui.domain.plan import Plan, PlannedStep


def undo_plan(job: JobSnapshot) -> Plan:
    """Return what undoing a job will do, as a plan to be read."""
    begun = [
        planned
        for planned, status in zip(job.plan.steps, job.steps, strict=False)
        if status.state not in (StepState.WAITING, StepState.UNDONE)
    ]
    steps = tuple(PlannedStep(step) for planned in reversed(begun) for step in planned.undo)
    return Plan(f"Undo: {job.plan.title}", job.plan.cluster, steps, outcome="It is then as it was before.")


def rest_plan(job: JobSnapshot) -> Plan:
    """Return what is left to do of a job, as a plan to be read."""
    done = [status.state is StepState.DONE for status in job.steps]
    steps = tuple(
        step for number, step in enumerate(job.plan.steps) if number >= len(done) or not done[number]
    )
    return replace(job.plan, title=f"Finish: {job.plan.title}", steps=steps)
