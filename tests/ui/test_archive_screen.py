"""The Archive mode on services with fixed answers: keys are pressed, and what is shown is read."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.geometry import Region
from textual.pilot import Pilot
from textual.widgets import Input

from pgtui.domain.archive_status import ArchiveEvent, ArchiveState
from pgtui.domain.cluster import InventorySnapshot
from pgtui.domain.errors import PasswordNeeded
from pgtui.domain.job import JobState, StepState, StepStatus
from pgtui.ui.screens.archive import ArchiveScreen
from pgtui.ui.widgets.live_text import LiveText
from tests.ui.archive_values import (
    DOWN,
    EVENTS,
    FAILING,
    OFF,
    OK,
    SAMPLE,
    STALE,
    UNASKED,
    curve,
    segment,
    state,
)
from tests.ui.console import LARGE, SMALL, console, screen_lines, screen_text, shows, until
from tests.ui.fakes import HOSTS, NOW, FakeInventory, FakeJobs
from tests.ui.fakes_archive import FakeMonitor, FakeSetup, archive_services


async def go_to_archive(pilot: Pilot[None], words: str = "WAL a second") -> None:
    await pilot.press("2")
    await shows(pilot.app, words)


def on(status: object) -> FakeMonitor:
    return FakeMonitor({"student": status})  # type: ignore[dict-item]


async def test_every_verdict_is_shown_with_its_reason_and_hint() -> None:
    monitor = FakeMonitor()
    async with console(archive_services(monitor)) as pilot:
        await go_to_archive(pilot)
        for name in ArchiveState:
            monitor.tell(state(name, f"This is why it is {name}."))
            await shows(pilot.app, f"{name.value.upper()}  This is why it is {name}.")
            await shows(pilot.app, "do this")


async def test_a_failing_archive_shows_segment_exit_code_the_servers_words_and_what_to_do_on_80x24() -> None:
    async with console(archive_services(on(FAILING))) as pilot:
        await go_to_archive(pilot)
        for words in (
            "✕ FAILING  3 segments (48 MB) wait",
            f"{segment(0x45)}  exit code 127: the program was not found, 8 s ago",
            "sh: 1: pgbackrest: not found",
            "Install it, or",
            "2 min 30 s ago",
            "3 segments, 48 MB, oldest 2 min 5 s",
            "7 in a row",
            "2 min 30 s, 53 MB if the server burned down now",
            "full in 2 h 45 min",
            "old_report holds 640 MB, inactive",
            "written ┴",
            "archived ┴",
            "3 ready",
            "✕ archiving fails",
        ):
            assert words in screen_text(pilot.app), words


async def test_a_change_that_the_monitor_tells_is_shown_without_waiting_for_the_next_second() -> None:
    monitor = FakeMonitor()
    async with console(archive_services(monitor)) as pilot:
        await go_to_archive(pilot)
        pilot.app.screen._timer.pause()  # type: ignore[attr-defined] # noqa: SLF001
        monitor.tell(FAILING)
        await shows(pilot.app, "✕ FAILING")
        await shows(pilot.app, "✕ archiving fails")
        failure = pilot.app.screen.query_one("#archive-failure")
        await until(lambda: failure.region.height == 4)
        monitor.tell(OK)
        await shows(pilot.app, "● OK")
        await until(lambda: "pgbackrest" not in screen_text(pilot.app))


async def test_without_a_cause_in_the_log_it_is_said_why_and_how_to_get_one() -> None:
    blind = replace(FAILING, failure=None, log_problem="The log goes to a terminal.")
    async with console(archive_services(on(blind))) as pilot:
        await go_to_archive(pilot)
        await shows(pilot.app, "The cause is not known: The log goes to a terminal. Press g")


async def test_old_figures_are_said_to_be_old() -> None:
    async with console(archive_services(on(STALE))) as pilot:
        await go_to_archive(pilot)
        assert "The figures below are old: they are those of 11:59:46+00:00, 14 s ago." in screen_text(
            pilot.app
        )
        assert "The connection was lost. pgtui tries again by itself." in screen_text(pilot.app)
        assert "? UNKNOWN  The server has not answered since 11:59:46+00:00." in screen_text(pilot.app)


async def test_what_the_role_may_not_see_is_told_with_the_grant() -> None:
    sample = replace(SAMPLE, unseen=("What waits in pg_wal; GRANT pg_monitor TO app shows it.",))
    async with console(archive_services(on(replace(OK, sample=sample, clock_skew=-5.0)))) as pilot:
        await go_to_archive(pilot)
        assert "Not seen: What waits in pg_wal; GRANT pg_monitor TO app shows it." in screen_text(pilot.app)
        assert "The server's clock is 5 s behind this machine's." in screen_text(pilot.app)


async def test_archiving_that_is_off_offers_to_set_it_up() -> None:
    async with console(archive_services(on(OFF))) as pilot:
        await go_to_archive(pilot, "○ OFF")
        assert "Press s to set it up." in screen_text(pilot.app)
        await pilot.press("s")
        await shows(pilot.app, "Set up archiving of student")


async def test_on_80_columns_the_footer_has_what_is_needed_first() -> None:
    async with console(archive_services()) as pilot:
        await go_to_archive(pilot)
        footer = screen_lines(pilot.app)[-1]
        assert footer.split("  ")[0:5] == [" s Set up", "o All", "c Check", "l Log", "w Switch"]
        await pilot.press("o")
        await until(lambda: "In depth" in screen_lines(pilot.app)[-1])


async def test_a_long_event_is_wrapped_behind_its_moment() -> None:
    event = ArchiveEvent(NOW, "Now failing: " + "The archive's directory is missing. " * 4)
    status = replace(OK, events=(event,))
    async with console(archive_services(on(status)), size=LARGE) as pilot:
        await go_to_archive(pilot, "12:00:00+00:00  Now failing")
        lines = screen_lines(pilot.app)
        first = next(n for n, line in enumerate(lines) if "12:00:00+00:00  Now failing" in line)
        assert not lines[first + 1][:18].strip()
        assert "missing." in lines[first + 1][18:82]


async def test_a_gap_in_the_watching_is_drawn_as_a_gap_with_a_word() -> None:
    monitor = FakeMonitor(curves={"student": curve(gap=True)})
    async with console(archive_services(monitor)) as pilot:
        await go_to_archive(pilot, " gap ╌")
        monitor.curves["student"] = curve(gap=False)
        monitor.tell(OK)
        await until(lambda: " gap ╌" not in screen_text(pilot.app))


async def test_zoom_goes_from_a_minute_to_a_day() -> None:
    async with console(archive_services()) as pilot:
        await go_to_archive(pilot, "5 min · following")
        for words in ("15 min", "1 h", "6 h", "24 h"):
            await pilot.press("-")
            await shows(pilot.app, f"WAL a second  {words} · following")
        await pilot.press("-", "+", "+", "+", "+", "+", "+")
        await shows(pilot.app, "WAL a second  1 min · following")


async def test_the_past_is_gone_to_by_arrows_and_left_by_f() -> None:
    async with console(archive_services()) as pilot:
        await go_to_archive(pilot, "following")
        await pilot.press("left", "left")
        await shows(pilot.app, "up to 11:57:30+00:00, f follows")
        await pilot.press("right")
        await shows(pilot.app, "up to 11:58:45+00:00")
        await pilot.press("end")
        await shows(pilot.app, "following")
        await pilot.press("left", "f")
        await shows(pilot.app, "following")


async def test_paused_figures_stand_still_and_the_verdict_goes_on() -> None:
    monitor = FakeMonitor()
    async with console(archive_services(monitor)) as pilot:
        await go_to_archive(pilot, "31 % full")
        await pilot.press("space")
        await shows(pilot.app, "‖ PAUSED")
        changed = replace(FAILING, figures=replace(FAILING.figures, segment_fill=0.77))
        monitor.tell(changed)
        await shows(pilot.app, "✕ FAILING")
        assert "31 % full" in screen_text(pilot.app)
        await pilot.press("space")
        await shows(pilot.app, "77 % full")
        assert "PAUSED" not in screen_text(pilot.app)


async def test_events_are_listed_newest_first_where_there_is_room() -> None:
    async with console(archive_services(), size=LARGE) as pilot:
        await go_to_archive(pilot, "What happened")
        shown = screen_text(pilot.app)
        places = [shown.index(event.words) for event in reversed(EVENTS)]
        assert places == sorted(places)


async def test_everything_lies_within_80x24_without_scrolling() -> None:
    monitor = FakeMonitor()
    async with console(archive_services(monitor)) as pilot:
        await go_to_archive(pilot)
        depth = pilot.app.screen.query_one("#archive-depth")
        for status in (FAILING, OFF, STALE, OK):
            monitor.tell(status)
            await shows(pilot.app, status.verdict.reason[:40])
            await pilot.pause()
            for part in depth.query("LiveText, WalChart"):
                if part.display:
                    assert part.region.height, part
                    assert depth.region.contains_region(part.region), part
            assert depth.max_scroll_y == 0


async def test_nothing_moves_sideways_when_a_scrollbar_comes() -> None:
    async with console(archive_services(on(FAILING))) as pilot:
        await go_to_archive(pilot)
        depth = pilot.app.screen.query_one("#archive-depth")
        strip = pilot.app.screen.query_one("#archive-strip")
        assert not depth.show_vertical_scrollbar
        before = strip.region.width
        await pilot.resize_terminal(80, 16)
        await until(lambda: depth.show_vertical_scrollbar)
        assert strip.region.width == before


@pytest.mark.parametrize("size", [(60, 20), (20, 6), (1, 1)])
async def test_it_survives_small_terminals_and_comes_back(size: tuple[int, int]) -> None:
    async with console(archive_services(on(FAILING)), size=size) as pilot:
        await pilot.press("2")
        await pilot.pause()
        await pilot.press("left", "space", "o", "down", "o", "space")
        await pilot.resize_terminal(*LARGE)
        await shows(pilot.app, "What happened")
        await pilot.resize_terminal(*SMALL)
        await shows(pilot.app, "WAL a second")
        figures = pilot.app.screen.query_one("#archive-figures")
        await until(lambda: figures.region.height == 7)


# Nothing to look at


async def test_without_a_cluster_it_says_where_to_look() -> None:
    inventory = FakeInventory(snapshot=InventorySnapshot(HOSTS, (), NOW))
    monitor = FakeMonitor({})
    async with console(archive_services(monitor, inventory=inventory), chosen=None) as pilot:
        await go_to_archive(pilot, "No cluster was found")
        assert monitor.watched[-1] == (None, False)
        await pilot.press("s", "w", "space", "left", "c", "d", "l", "n")
        assert isinstance(pilot.app.screen, ArchiveScreen)
        await pilot.press("o")
        await shows(pilot.app, "0 clusters")


async def test_a_cluster_that_was_not_looked_at_yet_says_so() -> None:
    async with console(archive_services(FakeMonitor({}))) as pilot:
        await go_to_archive(pilot, "Looking at the archiving of student …")


async def test_a_stopped_server_is_a_verdict_and_its_commands_are_not_offered() -> None:
    setup = FakeSetup()
    async with console(archive_services(FakeMonitor({"library": DOWN}), setup), chosen="library") as pilot:
        await go_to_archive(pilot, "■ STOPPED  The server is stopped")
        await pilot.press("s", "w", "n", "t", "x", "g")
        await pilot.pause()
        assert isinstance(pilot.app.screen, ArchiveScreen)
    assert setup.asked == []


async def test_a_password_that_is_needed_can_be_typed_here() -> None:
    inventory = FakeInventory()
    inventory.answers["student"] = PasswordNeeded("no password supplied")
    monitor = FakeMonitor({"student": UNASKED}, {})
    async with console(archive_services(monitor, inventory=inventory)) as pilot:
        await go_to_archive(pilot, "? UNKNOWN  The server asks for a password")
        assert "Press p to type it." in screen_text(pilot.app)
        assert "WAL a second" not in screen_text(pilot.app)
        await shows(pilot.app, "p Password")
        await pilot.press("p")
        await shows(pilot.app, "Password of postgres on student")
        await pilot.press(*"secret", "enter")
        await until(lambda: inventory.passwords)
    assert str(inventory.passwords["student"]) != "secret"


# What is watched


async def test_the_cluster_in_depth_is_sampled_on_while_another_mode_is_shown() -> None:
    monitor = FakeMonitor()
    async with console(archive_services(monitor)) as pilot:
        assert (monitor.runs, monitor.watched) == (1, [])
        await go_to_archive(pilot)
        assert monitor.watched[-1] == ("student", False)
        await pilot.press("1")
        await until(lambda: not isinstance(pilot.app.screen, ArchiveScreen))
        pilot.app.choose("main")  # type: ignore[attr-defined]
        await pilot.pause()
        assert monitor.watched[-1] == ("student", False)
        await pilot.press("2")
        await until(lambda: monitor.watched[-1] == ("main", False))
        await pilot.press("o")
        await until(lambda: monitor.watched[-1] == ("main", True))
        await pilot.press("o")
        await until(lambda: monitor.watched[-1] == ("main", False))
    assert (monitor.runs, monitor.ended) == (1, 1)


async def test_the_monitor_is_ended_before_connections_are_closed() -> None:
    monitor, inventory = FakeMonitor(), FakeInventory()
    ended_before_close: list[int] = []

    async def close() -> None:
        await asyncio.sleep(0)
        ended_before_close.append(monitor.ended)

    inventory.close = close  # type: ignore[method-assign]
    async with console(archive_services(monitor, inventory=inventory)) as pilot:
        await pilot.press("q")
        await until(lambda: ended_before_close)
    assert ended_before_close[0] == 1


async def test_nothing_is_painted_while_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[str] = []
    async with console(archive_services()) as pilot:
        await go_to_archive(pilot)
        await pilot.pause()
        plain_refresh = LiveText.refresh

        def refresh(self: LiveText, *regions: Region, **options: bool) -> LiveText:
            painted.append(str(self.id))
            return plain_refresh(self, *regions, **options)

        monkeypatch.setattr(LiveText, "refresh", refresh)
        screen = pilot.app.screen
        assert isinstance(screen, ArchiveScreen)
        for _ in range(5):
            screen._show()  # noqa: SLF001
        assert painted == []
        changed = replace(OK, events=(*EVENTS, ArchiveEvent(NOW, "something new")))
        screen.services.archive_monitor.tell(changed)  # type: ignore[union-attr]
        await shows(pilot.app, "something new")
        assert set(painted) == {"archive-events"}


# A job that was begun here


async def test_a_job_begun_here_is_followed_here_and_its_end_is_said_with_the_hint() -> None:
    jobs = FakeJobs()
    async with console(archive_services(jobs=jobs)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("w")
        await shows(pilot.app, "nothing of this has run yet")
        await pilot.press("y")
        await shows(pilot.app, "▶ running  Switch the segment: step 1 of 1")
        job = jobs.known["job-1"]
        failed = replace(
            job,
            state=JobState.FAILED,
            ended=NOW + timedelta(seconds=3),
            steps=(StepStatus(StepState.FAILED),),
            error="It did not land.",
            hint="Look at the cause.",
        )
        jobs.tell(failed)
        await shows(pilot.app, "✕ failed  Switch the segment: It did not land. Look at the cause.")
        jobs.tell(replace(failed, state=JobState.DONE, error="", hint=""))
        await shows(pilot.app, "✓ done  Switch the segment, 3.0 s")


async def test_fields_take_the_keys_that_are_commands_elsewhere() -> None:
    setup = FakeSetup()
    async with console(archive_services(setup=setup)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("n")
        await until(lambda: isinstance(pilot.app.focused, Input))
        await pilot.press(*"swap +-", "enter")
        await shows(pilot.app, "nothing of this has run yet")
    assert setup.asked == [("restore point", "student", "swap +-")]
