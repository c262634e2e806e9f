"""A job on standard error: how it goes, how it ends, and that leaving ends it."""

import asyncio
from pathlib import Path

import pytest

from pgtui.cli.plans import plan_in_words
from pgtui.cli.progress import watch
from pgtui.domain.command import Command
from pgtui.domain.job import JobSnapshot, JobState, StepState
from pgtui.domain.plan import Plan, PlannedStep, RunCommand
from tests.services.house import DEADLINE, House, LocalSite, build_house


def plan(site: LocalSite, *argv: str) -> Plan:
    step = RunCommand(site.cluster.place, Command(argv), "Do\x1b[31m it")
    return Plan("A job", site.cluster.name, (PlannedStep(step),))


@pytest.fixture
def house(site: LocalSite, tmp_path: Path) -> House:
    return build_house(site.engine(), site.cluster, tmp_path / "state")


async def test_steps_are_told_as_they_begin_and_end(
    site: LocalSite, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    job = await watch(house.jobs, house.jobs.submit(plan(site, "true")))

    assert job.state is JobState.DONE
    first, second = capsys.readouterr().err.splitlines()
    assert first == "[1/1] Do␛[31m it"
    assert second.startswith("      done, ")


async def test_a_failure_is_told_with_the_last_output_and_what_can_be_done(
    site: LocalSite, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "for i in $(seq 30); do echo line$i; done; printf 'no\\033[31m room\\n' >&2; exit 3"
    job = await watch(house.jobs, house.jobs.submit(plan(site, "sh", "-c", script)))

    err = capsys.readouterr().err
    assert job.state is JobState.FAILED
    assert "  | line30\n" in err
    assert "line3\n" not in err
    assert "no␛[31m room" in err
    assert f"`pgtui jobs finish {job.id}`" in err
    assert "\x1b" not in err


async def test_an_undo_is_told_as_one_and_not_as_a_second_run(
    site: LocalSite, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    def step(words: str, *argv: str) -> RunCommand:
        return RunCommand(site.cluster.place, Command(argv), words)

    steps = (
        PlannedStep(step("First\nstep", "true"), undo=(step("Take back", "true"),)),
        PlannedStep(step("Second step", "false")),
        PlannedStep(step("Third step", "true")),
    )
    job = await watch(house.jobs, house.jobs.submit(Plan("A job", "c", steps)))
    assert job.state is JobState.FAILED
    capsys.readouterr()

    house.jobs.undo(job.id)
    job = await watch(house.jobs, job.id, undoing=True)

    assert job.state is JobState.UNDONE
    assert capsys.readouterr().err.splitlines() == [
        "Undoing A job: c",
        "[2/3] undone: Second step",
        "[1/3] undone: First␊step",
    ]


async def test_every_line_of_a_command_is_indented_in_a_plan(site: LocalSite, house: House) -> None:
    words = await plan_in_words(house.jobs, plan(site, "printf", "a\n2. b"))

    assert [line for line in words.splitlines() if "2. b" in line][0].startswith("     2. b")


async def test_all_of_the_output_is_told_when_asked_for(
    site: LocalSite, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    script = "for i in $(seq 30); do echo line$i; done; exit 3"
    await watch(house.jobs, house.jobs.submit(plan(site, "sh", "-c", script)), verbose=True)

    assert "  | line1\n" in capsys.readouterr().err


async def test_who_leaves_ends_the_job_and_its_process(
    site: LocalSite, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    running = asyncio.Event()

    def listen(job: JobSnapshot) -> None:
        if job.steps[0].state is StepState.RUNNING:
            running.set()

    house.jobs.listen(listen)
    job_id = house.jobs.submit(plan(site, "sleep", "600"))
    watching = asyncio.create_task(watch(house.jobs, job_id))
    async with asyncio.timeout(DEADLINE):
        await running.wait()
        watching.cancel()
        with pytest.raises(asyncio.CancelledError):
            await watching

    assert house.jobs.get(job_id).state is JobState.CANCELLED
    assert house.jobs.running == ()
    host = await house.hosts.open(site.cluster.place)
    assert await host.end_tagged(job_id) == 0
    assert "cancelled" in capsys.readouterr().err
