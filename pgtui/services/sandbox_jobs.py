"""Which sandboxes a job has made, and which it has removed."""

from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.plan import CreateSandbox, RemoveSandbox


def made_sandboxes(job: JobSnapshot) -> set[str]:
    """Return the names of the sandboxes that a job's plan makes."""
    return {p.step.sandbox.name for p in job.plan.steps if isinstance(p.step, CreateSandbox)}


def removed_sandboxes(job: JobSnapshot) -> set[str]:
    """Return the names of the sandboxes that a job has removed for good."""
    if job.state is not JobState.DONE:
        return set()
    return {p.step.sandbox.name for p in job.plan.steps if isinstance(p.step, RemoveSandbox)}
