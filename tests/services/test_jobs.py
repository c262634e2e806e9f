"""Jobs: events, failure, cancelling, undo, and what is written down of them."""

import asyncio
import json
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.job import JobSnapshot, JobState, StepState
from pgtui.domain.place import Place
from pgtui.domain.plan import Plan, PlannedStep, RunCommand
from tests.services.house import DEADLINE, History, House, LocalSite, Site

OpenHouse = Callable[[Site], House]


@pytest.fixture
def house(local_past: tuple[LocalSite, History], open_house: OpenHouse) -> House:
    return open_house(local_past[0])


@pytest.fixture
def place(local_past: tuple[LocalSite, History]) -> Place:
    return local_past[0].cluster.place


def sh(place: Place, script: str) -> RunCommand:
    return RunCommand(place, Command(("sh", "-c", script)), f"Run {script}")


def plan_of(*steps: PlannedStep, throwaway: bool = False) -> Plan:
    return Plan("A trial", "student", steps, is_throwaway=throwaway)


async def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + DEADLINE
    while not condition():
        assert time.monotonic() < end, "the condition did not come true"
        await asyncio.sleep(0.02)


def running(words: str) -> bool:
    """Whether a process with these words among its arguments is there."""
    for path in Path("/proc").glob("[0-9]*"):
        with suppress(FileNotFoundError, ProcessLookupError):
            if words.encode() in (path / "cmdline").read_bytes():
                return True
    return False


async def test_steps_run_in_order_and_their_output_is_kept(house: House, place: Place) -> None:
    told: list[JobSnapshot] = []
    house.jobs.listen(told.append)

    job = await house.jobs.wait(
        house.jobs.submit(plan_of(PlannedStep(sh(place, "echo one")), PlannedStep(sh(place, "echo two >&2"))))
    )

    assert job.state is JobState.DONE
    assert job.output == ("one", "two")
    assert [s.state for s in job.steps] == [StepState.DONE] * 2
    assert told[-1] == job
    assert told[0].state is JobState.RUNNING


async def test_a_failing_step_ends_the_job_with_the_programs_own_words(house: House, place: Place) -> None:
    job = await house.jobs.wait(
        house.jobs.submit(
            plan_of(
                PlannedStep(sh(place, "echo no such thing >&2; exit 3")), PlannedStep(sh(place, "echo never"))
            )
        )
    )

    assert job.state is JobState.FAILED
    assert "no such thing" in job.error
    assert "3" in job.error
    assert [s.state for s in job.steps] == [StepState.FAILED, StepState.WAITING]
    assert "never" not in job.output
    assert job.can_finish


async def test_cancelling_ends_the_process(house: House, place: Place) -> None:
    job_id = house.jobs.submit(plan_of(PlannedStep(sh(place, "echo begun; exec sleep 98765"))))
    await until(lambda: "begun" in house.jobs.get(job_id).output)

    await house.jobs.cancel(job_id)

    assert house.jobs.get(job_id).state is JobState.CANCELLED
    assert not running("98765")


async def test_cancelling_what_is_thrown_away_undoes_it(house: House, place: Place) -> None:
    step = PlannedStep(sh(place, "echo begun; exec sleep 98764"), undo=(sh(place, "echo undone"),))
    job_id = house.jobs.submit(plan_of(step, throwaway=True))
    await until(lambda: "begun" in house.jobs.get(job_id).output)

    await house.jobs.cancel(job_id)

    job = house.jobs.get(job_id)
    assert job.state is JobState.CANCELLED
    assert job.output[-1] == "undone"
    assert [s.state for s in job.steps] == [StepState.UNDONE]
    assert not job.can_undo
    assert not job.can_finish


async def test_undo_takes_back_begun_steps_in_reverse_order(house: House, place: Place) -> None:
    steps = [PlannedStep(sh(place, "true"), undo=(sh(place, f"echo back {n}"),)) for n in (1, 2)]
    failing = PlannedStep(sh(place, "exit 1"), undo=(sh(place, "echo back 3"),))
    never = PlannedStep(sh(place, "true"), undo=(sh(place, "echo back 4"),))
    job = await house.jobs.wait(house.jobs.submit(plan_of(*steps, failing, never)))
    assert job.can_undo

    house.jobs.undo(job.id)
    job = await house.jobs.wait(job.id)

    assert job.state is JobState.UNDONE
    assert job.output == ("back 3", "back 2", "back 1")
    with pytest.raises(BadInput, match="cannot be undone"):
        house.jobs.undo(job.id)


async def test_finishing_goes_on_with_the_failed_step(house: House, place: Place) -> None:
    flag = f"/tmp/pgtui-test-{secrets.token_hex(8)}"
    first = PlannedStep(sh(place, "echo first"))
    second = PlannedStep(sh(place, f"test -e {flag} && echo second"))
    job = await house.jobs.wait(house.jobs.submit(plan_of(first, second)))
    assert job.state is JobState.FAILED
    Path(flag).touch()
    try:
        house.jobs.finish(job.id)
        job = await house.jobs.wait(job.id)
    finally:
        Path(flag).unlink()

    assert job.state is JobState.DONE
    assert job.output == ("first", "second")


async def test_shutdown_cancels_and_waits(house: House, place: Place) -> None:
    job_id = house.jobs.submit(plan_of(PlannedStep(sh(place, "exec sleep 98763"))))
    await until(lambda: running("98763"))

    await house.jobs.shutdown()

    assert house.jobs.get(job_id).state is JobState.CANCELLED
    assert not running("98763")


async def test_past_jobs_are_read_back_as_they_were(
    house: House, place: Place, local_past: tuple[LocalSite, History], open_house: OpenHouse
) -> None:
    job = await house.jobs.wait(house.jobs.submit(plan_of(PlannedStep(sh(place, "echo kept")))))
    other = open_house(local_past[0])

    interrupted = await other.jobs.load_past()

    assert interrupted == ()
    [again] = other.jobs.snapshots()
    assert (again.id, again.plan, again.state, again.output) == (job.id, job.plan, job.state, job.output)


async def test_another_process_s_running_job_is_left_alone(
    house: House, place: Place, local_past: tuple[LocalSite, History], open_house: OpenHouse
) -> None:
    job_id = house.jobs.submit(plan_of(PlannedStep(sh(place, "exec sleep 98762"))))
    await until(lambda: running("98762"))
    other = open_house(local_past[0])

    assert await other.jobs.load_past() == ()

    assert other.jobs.get(job_id).state is JobState.RUNNING
    with pytest.raises(BadInput):
        other.jobs.undo(job_id)
    await house.jobs.cancel(job_id)


async def test_the_audit_log_tells_who_did_what(house: House, place: Place) -> None:
    job = await house.jobs.wait(house.jobs.submit(plan_of(PlannedStep(sh(place, "true")))))

    lines = [json.loads(line) for line in (house.state / "audit.jsonl").read_text().splitlines()]
    assert [(line["job"], line["what"]) for line in lines] == [(job.id, "run"), (job.id, "done")]
    assert lines[0]["who"]
    assert lines[0]["steps"] == ["Run true"]
    assert (house.state / "audit.jsonl").stat().st_mode & 0o777 == 0o600


async def test_a_mistake_of_pgtui_fails_the_job_and_not_the_program(
    house: House, place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake")

    monkeypatch.setattr("pgtui.services.running_job.run_step", broken)

    job = await house.jobs.wait(house.jobs.submit(plan_of(PlannedStep(sh(place, "true")))))

    assert job.state is JobState.FAILED
    assert "a mistake" in job.error


async def test_what_cannot_be_journalled_is_not_begun(house: House, place: Place) -> None:
    house.state.mkdir(parents=True, exist_ok=True)
    (house.state / "jobs").write_text("a file where the journal's directory should be")

    with pytest.raises(PgtuiError, match="the journal cannot be written"):
        house.jobs.submit(plan_of(PlannedStep(sh(place, "exec sleep 98761"))))

    assert house.jobs.snapshots() == ()
    assert not running("98761")
