"""The Recovery mode, from a target to rows and back, on services with fixed answers."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, Select

from pgtui.domain.errors import BadInput, HostError, QueryFailed
from pgtui.domain.job import JobState
from pgtui.domain.sandbox import Sandbox
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.instants import ZoneChoice
from pgtui.ui.screens.recovery import RecoveryScreen
from pgtui.ui.widgets.sql_pane import SqlInput
from tests.ui.console import LARGE, SMALL, console, screen_text, shows, until
from tests.ui.fakes import MB, NOW, FakeInventory
from tests.ui.fakes_recovery import (
    REACH,
    RUNNING,
    STUDENTS,
    D,
    FakeRecovery,
    FakeSandboxes,
    RecordingJobs,
    services,
    spec,
    steps,
)


@pytest.fixture(autouse=True)
def terminal_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")


async def go_to_recovery(pilot: Pilot[None]) -> None:
    await pilot.press("4")
    await shows(pilot.app, "Reachable")


async def plan_shown(pilot: Pilot[None]) -> None:
    await until(lambda: isinstance(pilot.app.screen, PlanDialog))
    await shows(pilot.app, "Cancel")


async def open_sandbox(pilot: Pilot[None]) -> None:
    await go_to_recovery(pilot)
    await pilot.press("down", "down", "down", "down")
    await pilot.press("enter")
    await shows(pilot.app, "Tables of student_tracker")


def one_sandbox() -> tuple[Sandbox, ...]:
    return (Sandbox(spec(), running=True, size=900 * MB),)


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_from_a_known_moment_to_rows_of_the_past_in_a_few_keys(size: tuple[int, int]) -> None:
    recovery, sandboxes, jobs = FakeRecovery(), FakeSandboxes(), RecordingJobs()
    async with console(services(recovery, sandboxes, jobs), size=size) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter")
        await shows(pilot.app, "2026-11-22 06:52:32-05:00")
        await pilot.press("enter")
        await plan_shown(pilot)
        await pilot.press("y")
        await until(lambda: jobs.submitted)
        await shows(pilot.app, "running")
        job = jobs.known["job-1"]
        jobs.tell(replace(RUNNING, id="job-1", plan=job.plan))
        await shows(pilot.app, "60 %")
        assert "replayed to 0/5000000 of 0/7000110" in screen_text(pilot.app)
        jobs.tell(replace(job, state=JobState.DONE, steps=steps(D, D, D, D)))
        await shows(pilot.app, "Tables of student_tracker")
        await pilot.press(*"select 1", "enter")
        await shows(pilot.app, "Iron2")
    assert recovery.drafts[0].target_time == "2026-11-22 11:52:32+00:00"
    assert sandboxes.statements == [(spec().name, "student_tracker", "select 1")]


async def test_the_time_has_the_focus_and_the_servers_zone_is_preset() -> None:
    async with console(services()) as pilot:
        await go_to_recovery(pilot)
        assert pilot.app.focused is pilot.app.screen.query_one("#target-time")
        assert pilot.app.screen.query_one("#target-zone", Select).value == ZoneChoice.SERVER
        await pilot.press(*"2026-11-22 12:52:30.5")
        await shows(pilot.app, "2026-11-22 12:52:30.500000+01:00")
        await shows(pilot.app, "2026-11-22 06:52:30.500000-05:00")
        await shows(pilot.app, "2026-11-22 11:52:30.500000+00:00")


async def test_another_zone_gives_the_same_digits_another_meaning() -> None:
    recovery = FakeRecovery()
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press(*"2026-11-22 11:52:30")
        pilot.app.screen.query_one("#target-zone", Select).value = ZoneChoice.UTC
        await shows(pilot.app, "2026-11-22 12:52:30+01:00")
        await pilot.press("enter")
        await plan_shown(pilot)
    assert recovery.drafts[0].target_time == "2026-11-22 11:52:30+00:00"


async def test_a_server_that_cannot_tell_its_zone_makes_the_offset_needed() -> None:
    recovery = FakeRecovery(replace(REACH, server_zone=""))
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press(*"2026-11-22 11:52:30")
        await shows(pilot.app, "has no time zone")
        await pilot.press(*"+01", "enter")
        await plan_shown(pilot)
    assert recovery.drafts[0].target_time == "2026-11-22 10:52:30+00:00"


@pytest.mark.parametrize("typed", ["yesterday", "2026-11-22 25:00", "2026-11-22 11:00 CET"])
async def test_what_cannot_be_meant_is_explained_and_never_planned(typed: str) -> None:
    recovery = FakeRecovery()
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        pilot.app.screen.query_one("#target-time", Input).value = typed
        await shows(pilot.app, "✕ '")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, RecoveryScreen)
    assert recovery.drafts == []


async def test_a_refused_target_shows_the_sentence_and_the_hint() -> None:
    recovery = FakeRecovery(refusal=BadInput("It cannot be reached.", "Choose another time."))
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter", "enter")
        await shows(pilot.app, "✕ It cannot be reached. Choose another time.")
        await pilot.press("backspace")
        await until(lambda: "It cannot be reached" not in screen_text(pilot.app))


async def test_leaving_the_plan_runs_nothing() -> None:
    jobs = RecordingJobs()
    async with console(services(jobs=jobs)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter", "enter")
        await plan_shown(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, RecoveryScreen))
    assert jobs.submitted == []


async def test_a_base_backup_can_be_chosen_and_let_go() -> None:
    recovery = FakeRecovery()
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter", "down", "end", "up", "enter")
        await shows(pilot.app, "From base backup sunday, because you chose it.")
        await pilot.press("p")
        await plan_shown(pilot)
        assert recovery.drafts[0].backup == "/backup/sunday"
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, RecoveryScreen))
        await pilot.press("enter")
        await shows(pilot.app, "From base backup monday, the newest")


async def test_backups_and_archive_that_cannot_be_read_are_told_with_a_hint() -> None:
    recovery = FakeRecovery(HostError("The container is gone.", "Start it again."))
    async with console(services(recovery)) as pilot:
        await pilot.press("4")
        await shows(pilot.app, "✕ The container is gone. Start it again.")


async def test_an_answer_for_a_cluster_that_is_not_chosen_any_more_is_not_shown() -> None:
    gate = asyncio.Event()
    main = replace(REACH, archive="/archive-of-main", suggestions=())
    recovery = FakeRecovery(gates={"student": gate}, by_cluster={"main": main})
    async with console(services(recovery)) as pilot:
        await pilot.press("4")
        await until(lambda: recovery.asked == ["student"])
        pilot.app.choose("main")  # type: ignore[attr-defined]
        await shows(pilot.app, "/archive-of-main")
        gate.set()
        await pilot.pause()
        assert "/archive-of-main" in screen_text(pilot.app)
        assert "Iron renamed" not in screen_text(pilot.app)


async def test_without_any_cluster_the_mode_says_so() -> None:
    inventory = FakeInventory()
    inventory.snapshot = replace(inventory.snapshot, clusters=())
    async with console(services(inventory=inventory)) as pilot:
        await pilot.press("4")
        await shows(pilot.app, "No cluster was found")


async def test_a_sandbox_is_opened_from_the_list_and_its_tables_are_read_by_enter() -> None:
    sandboxes = FakeSandboxes(found=one_sandbox())
    async with console(services(sandboxes=sandboxes)) as pilot:
        await open_sandbox(pilot)
        await pilot.press("tab", "down", "enter")
        await shows(pilot.app, "Iron2")
    assert sandboxes.statements[0][2] == "select * from public.students limit 100"


async def test_null_is_told_apart_from_an_empty_text_and_markup_stays_text() -> None:
    async with console(services(sandboxes=FakeSandboxes(found=one_sandbox())), size=LARGE) as pilot:
        await open_sandbox(pilot)
        await pilot.press(*"table students", "enter")
        await shows(pilot.app, "[b]Gracie[/b]  ‹null›")
        farid = next(line for line in screen_text(pilot.app).splitlines() if "Farid" in line)
        assert farid.split() == ["6", "Farid", "Haddad", "‹null›"]
        assert "renamed␊once" in screen_text(pilot.app)


async def test_a_row_is_shown_in_full() -> None:
    async with console(services(sandboxes=FakeSandboxes(found=one_sandbox()))) as pilot:
        await open_sandbox(pilot)
        await pilot.press(*"table students", "enter")
        await shows(pilot.app, "Iron2")
        await pilot.press("tab", "enter")
        await shows(pilot.app, "(an empty text)")


async def test_an_error_of_the_server_is_shown_in_its_own_words() -> None:
    answers = {"selec": QueryFailed('ERROR:  syntax error at or near "selec"\nLINE 1: selec', "Look at it.")}
    sandboxes = FakeSandboxes(found=one_sandbox(), answers=dict(answers))
    async with console(services(sandboxes=sandboxes)) as pilot:
        await open_sandbox(pilot)
        await pilot.press(*"selec", "enter")
        await shows(pilot.app, 'syntax error at or near "selec"')
        await shows(pilot.app, "LINE 1: selec")
        assert "public.courses" not in screen_text(pilot.app)


async def test_truncated_rows_are_said_to_be_truncated() -> None:
    answers = {"table t": replace(STUDENTS, truncated=True)}
    async with console(services(sandboxes=FakeSandboxes(one_sandbox(), dict(answers)))) as pilot:
        await open_sandbox(pilot)
        await pilot.press(*"table t", "enter")
        await shows(pilot.app, "there are more")


async def test_a_statement_may_have_several_lines() -> None:
    sandboxes = FakeSandboxes(found=one_sandbox())
    async with console(services(sandboxes=sandboxes)) as pilot:
        await open_sandbox(pilot)
        await pilot.press(*"select", "ctrl+j", *"1", "enter")
        await until(lambda: sandboxes.statements)
    assert sandboxes.statements[0][2] == "select\n1"


async def test_removing_the_open_sandbox_goes_through_its_plan_and_back_to_the_target() -> None:
    sandboxes, jobs = FakeSandboxes(found=one_sandbox()), RecordingJobs()
    async with console(services(sandboxes=sandboxes, jobs=jobs)) as pilot:
        await open_sandbox(pilot)
        await pilot.press("escape", "d")
        await plan_shown(pilot)
        await pilot.press("y")
        await until(lambda: jobs.submitted)
        sandboxes.found = ()
        jobs.tell(replace(jobs.known["job-1"], state=JobState.DONE, steps=steps(D)))
        await shows(pilot.app, "Reachable")
        await until(lambda: "running, 3 min ago" not in screen_text(pilot.app))
    assert jobs.submitted[0].title == f"Remove the sandbox {spec().name}"


async def test_a_running_recovery_can_be_cancelled() -> None:
    jobs = RecordingJobs()
    async with console(services(jobs=jobs)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter", "enter")
        await plan_shown(pilot)
        await pilot.press("y")
        await until(lambda: jobs.submitted)
        await shows(pilot.app, "c Cancel")
        await pilot.press("c")
        await until(lambda: jobs.asked == [("cancel", "job-1")])


async def test_a_failed_recovery_stays_in_sight_with_its_error_and_hint() -> None:
    jobs = RecordingJobs()
    async with console(services(jobs=jobs)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter", "enter")
        await plan_shown(pilot)
        await pilot.press("y")
        await until(lambda: jobs.submitted)
        failed = replace(
            jobs.known["job-1"], state=JobState.FAILED, error="It ended too early.", hint="Wait."
        )
        jobs.tell(failed)
        await shows(pilot.app, "✕ It ended too early.")
        await shows(pilot.app, "Wait.")
        await pilot.press("escape")
        await shows(pilot.app, "Reachable")


async def test_a_name_that_is_escape_sequences_and_markup_reaches_the_screen_written_out() -> None:
    hostile = "a\x1b]2;x\x07[red]b[/]\n"
    reach = replace(REACH, archive=hostile, suggestions=((NOW - timedelta(minutes=6), hostile),))
    sandboxes = FakeSandboxes(one_sandbox(), names=(hostile,))
    async with console(services(FakeRecovery(reach), sandboxes)) as pilot:
        await go_to_recovery(pilot)
        await shows(pilot.app, "a␛]2;x␇[red]b[/]␊")
        await pilot.press("down", "down", "enter")
        await until(lambda: pilot.app.screen.query_one(SqlInput).has_focus)
        await shows(pilot.app, "Tables of a␛]2;x␇[red]b[/]␊")
        assert "\x1b" not in screen_text(pilot.app)


@pytest.mark.parametrize("size", [(60, 20), (20, 6), (1, 1)])
async def test_the_mode_survives_small_terminals(size: tuple[int, int]) -> None:
    async with console(services(sandboxes=FakeSandboxes(found=one_sandbox())), size=size) as pilot:
        await pilot.press("4")
        await pilot.pause()
        await pilot.press("down", "enter")
        await pilot.resize_terminal(*SMALL)
        await shows(pilot.app, "Reachable")


async def test_what_has_the_focus_lies_inside_the_screen_at_80x24() -> None:
    async with console(services(sandboxes=FakeSandboxes(found=one_sandbox()))) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("down", "enter")
        await shows(pilot.app, "From base backup")
        for widget in pilot.app.screen.focus_chain:
            assert widget.region.area > 0
            assert pilot.app.screen.region.contains_region(widget.region)


async def test_clusters_that_are_passed_over_in_another_mode_are_not_read() -> None:
    recovery = FakeRecovery()
    async with console(services(recovery)) as pilot:
        await go_to_recovery(pilot)
        await pilot.press("escape", "1")
        await until(lambda: not isinstance(pilot.app.screen, RecoveryScreen))
        for name in ("main", "library", "main"):
            pilot.app.choose(name)  # type: ignore[attr-defined]
        await pilot.pause()
        assert recovery.asked == ["student"]
        await pilot.press("4")
        await until(lambda: recovery.asked == ["student", "main"])


async def test_keys_typed_ahead_after_going_to_the_statement_are_text_and_never_commands() -> None:
    async with console(services(sandboxes=FakeSandboxes(found=one_sandbox()))) as pilot:
        await open_sandbox(pilot)
        await pilot.press("escape")
        await until(lambda: not pilot.app.screen.query_one(SqlInput).has_focus)
        pilot.app.screen.action_type_statement()  # type: ignore[attr-defined]
        assert pilot.app.focused is pilot.app.screen.query_one(SqlInput)
