"""The Jobs mode: the order of jobs, what is shown of one, and what can be done with it."""

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot

from pgtui.domain.job import JobState, Progress, StepState
from pgtui.domain.job_plans import rest_plan, undo_plan
from pgtui.domain.plan import RemoveSandbox
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.screens.jobs import JobsScreen, in_order
from pgtui.ui.widgets.job_view import progress_bar
from tests.ui.console import LARGE, SMALL, console, screen_text, shows, until
from tests.ui.fakes import NOW
from tests.ui.fakes_recovery import (
    FAILED,
    INTERRUPTED,
    RUNNING,
    STOPPED,
    D,
    RecordingJobs,
    W,
    services,
    steps,
)


@pytest.fixture(autouse=True)
def terminal_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")


async def go_to_jobs(pilot: Pilot[None]) -> None:
    if not isinstance(pilot.app.screen, JobsScreen):
        await pilot.press("5")
    await until(lambda: isinstance(pilot.app.screen, JobsScreen))
    await shows(pilot.app, "Operation")


def test_interrupted_jobs_come_first_then_running_ones_then_the_past_newest_first() -> None:
    assert in_order([STOPPED, FAILED, RUNNING, INTERRUPTED]) == [INTERRUPTED, RUNNING, FAILED, STOPPED]


def test_undoing_shows_only_what_was_begun_in_reverse() -> None:
    plan = undo_plan(INTERRUPTED)
    assert [type(planned.step) for planned in plan.steps] == [RemoveSandbox]
    nothing_begun = replace(INTERRUPTED, steps=steps(W, W, W, W))
    assert undo_plan(nothing_begun).steps == ()
    already_undone = replace(INTERRUPTED, steps=steps(StepState.UNDONE, W, W, W))
    assert undo_plan(already_undone).steps == ()


def test_finishing_shows_only_the_steps_that_are_left() -> None:
    assert rest_plan(INTERRUPTED).steps == INTERRUPTED.plan.steps[1:]


@pytest.mark.parametrize(
    ("fraction", "figure"), [(-1.0, "  0 %"), (0.999, " 99 %"), (1.0, "100 %"), (7.0, "100 %")]
)
def test_the_progress_bar_fits_and_never_says_100_too_early(fraction: float, figure: str) -> None:
    bar = progress_bar(fraction, 40)
    assert bar.cell_length == 40
    assert bar.plain.endswith(figure)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_past_jobs_are_listed_and_the_selected_one_is_shown(size: tuple[int, int]) -> None:
    async with console(services(jobs=RecordingJobs(past=(STOPPED, FAILED))), size=size) as pilot:
        await go_to_jobs(pilot)
        await shows(pilot.app, "✕ failed")
        await shows(pilot.app, "✕ The recovery ended before its target.")
        await shows(pilot.app, "Choose an earlier time, or bring the missing WAL into the archive.")
        await shows(pilot.app, "2026-11-22 12:20:00+01:00")
        await pilot.press("down")
        await shows(pilot.app, "Stop the server at docker:postgresdb1 (fast shutdown)")


async def test_a_job_is_followed_by_messages_and_the_cursor_stays_on_it() -> None:
    jobs = RecordingJobs(past=(STOPPED,))
    async with console(services(jobs=jobs)) as pilot:
        await go_to_jobs(pilot)
        jobs.tell(RUNNING)
        await shows(pilot.app, "▶ running")
        await pilot.press("home")
        await shows(pilot.app, "60 %")
        await shows(pilot.app, 'restored log file "000000010000000000000005"')
        jobs.tell(replace(RUNNING, progress=Progress("replayed to 0/6000000", 0.8)))
        await shows(pilot.app, "80 %")
        newer = replace(INTERRUPTED, started=NOW + timedelta(seconds=1))
        jobs.tell(newer)
        await shows(pilot.app, "! interrupted")
        await shows(pilot.app, "80 %")
        jobs.tell(replace(RUNNING, state=JobState.DONE, progress=None, steps=steps(D, D, D, D)))
        await until(lambda: "80 %" not in screen_text(pilot.app))
        await shows(pilot.app, "shows the cluster as it was,")


async def test_only_what_applies_to_the_selected_job_is_offered() -> None:
    jobs = RecordingJobs(past=(FAILED,))
    async with console(services(jobs=jobs)) as pilot:
        await go_to_jobs(pilot)
        await shows(pilot.app, "u Undo")
        assert "f Finish" not in screen_text(pilot.app)
        assert "c Cancel" not in screen_text(pilot.app)
        jobs.tell(RUNNING)
        await pilot.press("home")
        await shows(pilot.app, "c Cancel")
        assert "u Undo" not in screen_text(pilot.app)
        await pilot.press("u", "f", "c")
        await until(lambda: jobs.asked == [("cancel", RUNNING.id)])


@pytest.mark.parametrize(("key", "what"), [("u", "undo"), ("f", "finish")])
async def test_undo_and_finish_show_what_they_do_before_it_is_done(key: str, what: str) -> None:
    jobs = RecordingJobs(past=(STOPPED,))
    async with console(services(jobs=jobs)) as pilot:
        await go_to_jobs(pilot)
        jobs.tell(INTERRUPTED)
        await pilot.press("home")
        await shows(pilot.app, "It can be undone or finished.")
        assert "! cut off" in screen_text(pilot.app)
        await pilot.press(key)
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await shows(pilot.app, f"{what.capitalize()}: Look at student")
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, JobsScreen))
        assert jobs.asked == []
        await pilot.press(key)
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await shows(pilot.app, "Cancel")
        await pilot.press("y")
        await until(lambda: jobs.asked == [(what, INTERRUPTED.id)])


async def test_the_script_of_a_past_job_can_be_read_but_not_run() -> None:
    jobs = RecordingJobs(past=(STOPPED,))
    async with console(services(jobs=jobs)) as pilot:
        await go_to_jobs(pilot)
        await shows(pilot.app, "✓ done")
        await pilot.press("s")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await shows(pilot.app, "Close")
        await pilot.press("y")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PlanDialog)
    assert jobs.submitted == []


async def test_hostile_output_is_written_out() -> None:
    jobs = RecordingJobs()
    async with console(services(jobs=jobs)) as pilot:
        await go_to_jobs(pilot)
        jobs.tell(replace(FAILED, error="bad [/] \x1b[31m name", output=("[red]\x1b]2;x\x07",)))
        await shows(pilot.app, "✕ bad [/] ␛[31m name")
        await shows(pilot.app, "[red]␛]2;x␇")


async def test_without_any_job_the_mode_says_so() -> None:
    async with console(services()) as pilot:
        await go_to_jobs(pilot)
        await shows(pilot.app, "Nothing has been run yet.")
        await pilot.press("u", "f", "c", "s")
        await pilot.pause()
        assert isinstance(pilot.app.screen, JobsScreen)
