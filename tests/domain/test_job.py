import pytest

from pgtui.domain.job import JobSnapshot, JobState, StepState, StepStatus
from pgtui.domain.plan import Plan
from tests.domain.made import NOON


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_running_job_goes_on_by_itself(state: JobState) -> None:
    assert state.is_final == (state is not JobState.RUNNING)


def test_steps_done_are_those_that_ended_well() -> None:
    steps = tuple(StepStatus(state) for state in (*StepState, StepState.DONE))
    assert JobSnapshot("j", Plan("t", "c", ()), JobState.RUNNING, NOON, steps=steps).steps_done == 2
