import pytest

from pgtui.domain.job import JobSnapshot, JobState, StepState, StepStatus
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding, Severity, refusals
from tests.domain.made import NOON


@pytest.mark.parametrize("state", list(JobState))
def test_only_a_running_job_goes_on_by_itself(state: JobState) -> None:
    assert state.is_final == (state is not JobState.RUNNING)


def test_steps_done_are_those_that_ended_well() -> None:
    steps = tuple(StepStatus(state) for state in (*StepState, StepState.DONE))
    assert JobSnapshot("j", Plan("t", "c", ()), JobState.RUNNING, NOON, steps=steps).steps_done == 2


def test_only_refusals_forbid() -> None:
    findings = tuple(Finding(severity, severity.value) for severity in Severity)
    assert [finding.message for finding in refusals(findings)] == ["refuse"]
