"""The console as a whole: start, modes, jobs, and its end."""

import asyncio
import signal
from dataclasses import replace
from datetime import timedelta
from typing import cast

import pytest
from textual.widgets import Button

from pgtui.domain.errors import ConfigError, ConnectError
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.services.bundle import Services
from pgtui.services.server_control import stop_plan
from pgtui.ui.app import PgtuiApp
from pgtui.ui.commands import Mode
from pgtui.ui.dialogs.confirm import ConfirmDialog
from pgtui.ui.dialogs.help import HelpDialog
from pgtui.ui.widgets.virtual_list import VirtualList
from tests.ui.console import LARGE, SMALL, console, go_to, screen_lines, screen_text, shows, until
from tests.ui.fakes import NOW, SNAPSHOT, STUDENT, FakeInventory, FakeJobs, FakePreferences, fake_services

INTERRUPTED = JobSnapshot("j1", stop_plan(STUDENT), JobState.INTERRUPTED, NOW, can_undo=True)


async def test_the_first_frame_comes_before_the_services() -> None:
    asked = asyncio.Event()

    async def never_ready() -> Services:
        asked.set()
        await asyncio.Event().wait()
        raise AssertionError

    app = PgtuiApp(never_ready, theme="dark")
    async with app.run_test(size=SMALL):
        await asyncio.wait_for(asked.wait(), 10)
        assert "1 Clusters" in screen_text(app)
        assert "Looking for clusters" in screen_text(app)
        assert app.services is None


async def test_a_configuration_error_ends_the_console_with_two() -> None:
    async def broken() -> Services:
        raise ConfigError("config.toml, line 3: there is no key \x1b[31mhots.", "Did you mean host?")

    app = PgtuiApp(broken, theme="dark")
    async with app.run_test(size=SMALL):
        await until(lambda: app.return_code == 2)


@pytest.mark.parametrize("prefix", ["", "f"])
async def test_each_mode_has_its_key(prefix: str) -> None:
    async with console() as pilot:
        for mode in (*Mode, Mode.CLUSTERS):
            await pilot.press("escape", f"{prefix}{mode.key}")
            await shows(pilot.app, f"[{mode.key} {mode.label}]")


@pytest.mark.parametrize("mode", [Mode.BACKUPS, Mode.LEARN])
async def test_a_mode_to_come_says_what_it_will_be_for(mode: Mode) -> None:
    async with console() as pilot:
        await pilot.press(mode.key)

        await shows(pilot.app, "This will")
        await shows(pilot.app, "It is not built yet.")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_nothing_that_takes_the_focus_is_without_area(size: tuple[int, int]) -> None:
    async with console(size=size) as pilot:
        for mode in Mode:
            await go_to(pilot, mode)
            for widget in pilot.app.screen.focus_chain:
                assert widget.region.area > 0, f"{widget} in {mode}"
                assert pilot.app.screen.region.overlaps(widget.region), f"{widget} in {mode}"


@pytest.mark.parametrize("size", [(60, 20), (20, 6), (1, 1)])
async def test_small_terminals_do_no_harm(size: tuple[int, int]) -> None:
    async with console(size=size) as pilot:
        for mode in Mode:
            await go_to(pilot, mode)
        await pilot.resize_terminal(*SMALL)
        await pilot.press("f1")
        await shows(pilot.app, "student")


async def test_the_header_tells_of_the_chosen_cluster() -> None:
    async with console(size=LARGE) as pilot:
        await until(lambda: "archiving works" in screen_lines(pilot.app)[1])
        head = screen_lines(pilot.app)[1]

        for words in ("student", "docker:postgresdb1", "PostgreSQL 17.11", "● running", "primary"):
            assert words in head


async def test_the_header_tells_why_a_server_cannot_be_asked() -> None:
    inventory = FakeInventory(answers={"student": ConnectError("FATAL:  sorry, too many clients already")})
    async with console(fake_services(inventory)) as pilot:
        await until(lambda: "✕ FATAL:  sorry, too many clients" in screen_lines(pilot.app)[1])


async def test_a_world_that_stands_still_is_not_painted_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    inventory = FakeInventory()
    async with console(fake_services(inventory)) as pilot:
        await shows(pilot.app, "archiving works")
        listed = pilot.app.screen.query_one("#outline", VirtualList)
        painted: list[object] = []
        monkeypatch.setattr(listed, "show_rows", lambda rows, **_: painted.append(rows))
        looks = inventory.looks
        inventory.snapshot = replace(SNAPSHOT, taken=NOW + timedelta(seconds=1))
        await until(lambda: inventory.looks > looks + 3)
        assert painted == []

        inventory.snapshot = replace(SNAPSHOT, clusters=SNAPSHOT.clusters[1:])
        await until(lambda: painted)


async def test_interrupted_jobs_are_offered_at_the_start() -> None:
    async with console(fake_services(jobs=FakeJobs(past=(INTERRUPTED,)))) as pilot:
        await until(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await shows(pilot.app, "Stop the server (student)")
        await until(lambda: pilot.app.screen.query_one("#no", Button).has_focus)

        await pilot.press("right", "enter")
        await until(lambda: pilot.app.current_mode == Mode.JOBS.value)


async def test_quitting_without_jobs_ends_at_once_and_closes_the_services() -> None:
    inventory, jobs = FakeInventory(), FakeJobs()
    async with console(fake_services(inventory, jobs)) as pilot:
        await pilot.press("q")
        await until(lambda: pilot.app.return_code == 0)

    assert jobs.was_shut_down
    assert inventory.closed


async def test_quitting_while_a_job_runs_asks_first() -> None:
    jobs = FakeJobs()
    async with console(fake_services(jobs=jobs)) as pilot:
        app = pilot.app
        assert isinstance(app, PgtuiApp)
        app.submit(stop_plan(STUDENT))
        await shows(app, "5 Jobs ▶1")

        await pilot.press("q")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("enter")
        await until(lambda: not isinstance(app.screen, ConfirmDialog))
        assert not jobs.was_shut_down

        await pilot.press("q")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("right", "enter")
        await until(lambda: app.return_code == 0)

    assert jobs.was_shut_down


async def test_the_end_of_a_job_is_told_in_words() -> None:
    jobs = FakeJobs()
    async with console(fake_services(jobs=jobs)) as pilot:
        app = pilot.app
        assert isinstance(app, PgtuiApp)
        job = jobs.get(app.submit(stop_plan(STUDENT)))
        jobs.tell(replace(job, state=JobState.FAILED, ended=NOW, error="It did [/not] stop."))

        await shows(app, "[/not] stop.")
        await shows(app, "✕ failed")
        assert app.running_jobs == 0


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
async def test_a_signal_drains_and_ends_with_its_number(number: signal.Signals, code: int) -> None:
    jobs = FakeJobs()
    async with console(fake_services(jobs=jobs)) as pilot:
        signal.raise_signal(number)
        await until(lambda: pilot.app.return_code == code)

    assert jobs.was_shut_down


async def test_help_explains_what_has_the_focus_and_lists_the_keys() -> None:
    async with console(size=LARGE) as pilot:
        await pilot.press("question_mark")
        await until(lambda: isinstance(pilot.app.screen, HelpDialog))
        for words in ("What has the focus", "The tree:", "Keys in Clusters", "Restart the server"):
            await shows(pilot.app, words)
        await until(lambda: pilot.app.focused is pilot.app.screen.query_one("#help-text"))
        await pilot.press("end")
        await shows(pilot.app, "Find any command")

        await pilot.press("escape")
        await until(lambda: not isinstance(pilot.app.screen, HelpDialog))


async def test_the_palette_finds_commands_and_clusters() -> None:
    async with console() as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*"choose main")
        await shows(pilot.app, "Choose main")
        await pilot.press("enter")

        await until(lambda: getattr(pilot.app, "chosen_name", "") == "main")
        await until(lambda: screen_lines(pilot.app)[1].strip().startswith("main"))


async def test_the_palette_offers_only_what_can_be_done() -> None:
    async with console() as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*"server")
        await shows(pilot.app, "Stop the server")

        assert "Start the server" not in screen_text(pilot.app)


@pytest.mark.parametrize(
    ("words", "theme"),
    [
        ("theme light", "pgtui-light"),
        ("own colours, dark", "ansi-dark"),
        ("own colours, light", "ansi-light"),
    ],
)
async def test_themes_are_chosen_by_the_palette_and_kept(words: str, theme: str) -> None:
    services = fake_services()
    async with console(services) as pilot:
        await pilot.press("ctrl+p")
        await pilot.press(*words)
        await shows(pilot.app, "Theme:")
        await pilot.press("enter")

        await until(lambda: pilot.app.theme == theme)
        await shows(pilot.app, "student")
        kept = cast(FakePreferences, services.preferences)
        await until(lambda: kept.theme and kept.theme in theme)
