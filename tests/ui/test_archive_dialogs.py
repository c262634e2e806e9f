"""Setting archiving up, checking and pruning it: dialogs and sheets on fixed answers, by keyboard alone."""

import asyncio
from dataclasses import replace

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.errors import BadInput, HostError
from pgtui.ui.dialogs.archive_setup import ArchiveSetupDialog
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.screens.archive import ArchiveScreen
from pgtui.ui.screens.archive_sheets import ArchiveReportSheet, PruneSheet
from tests.ui.archive_values import OFF, PROPOSAL, REPORT, ROWS, WHOLE
from tests.ui.console import LARGE, SMALL, console, screen_text, shows, until
from tests.ui.fakes import FakeInventory, FakeJobs
from tests.ui.fakes_archive import FakeCheck, FakeMonitor, FakeSetup, archive_services


async def go_to_archive(pilot: Pilot[None]) -> None:
    await pilot.press("2")
    await shows(pilot.app, "WAL a second")


async def open_wizard(pilot: Pilot[None]) -> None:
    await go_to_archive(pilot)
    await pilot.press("s")
    await shows(pilot.app, "needs a restart")
    await until(lambda: "looking for a good place" not in screen_text(pilot.app))


def off() -> FakeMonitor:
    return FakeMonitor({"student": OFF})


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_from_off_to_a_submitted_plan_in_three_keys(size: tuple[int, int]) -> None:
    setup, jobs = FakeSetup(), FakeJobs()
    async with console(archive_services(off(), setup, jobs=jobs), size=size) as pilot:
        await open_wizard(pilot)
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await shows(pilot.app, "nothing of this has run yet")
        await pilot.press("y")
        await until(lambda: jobs.submitted)
        await shows(pilot.app, "▶ running  Set up archiving")
    assert setup.asked == [("setup", ArchiveDraft("student", "/var/lib/postgresql/archive", timeout=60))]


@pytest.mark.parametrize("keys", [["slash", *"mine"], ["ctrl+u"]], ids=["typed", "emptied"])
async def test_a_proposal_does_not_come_between_what_is_typed(keys: list[str]) -> None:
    setup = FakeSetup(gate=(gate := asyncio.Event()))
    async with console(archive_services(off(), setup)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("s")
        await shows(pilot.app, "looking for a good place")
        await pilot.press(*keys)
        gate.set()
        field = pilot.app.screen.query_one("#setup-directory", Input)
        await until(lambda: field.placeholder.startswith("absolute path"))
        await pilot.press(*(["slash", *"mine"] if not field.value else []))
        await until(lambda: setup.drafts and setup.drafts[-1].directory == "/mine")
        assert field.value == "/mine"


async def test_every_setting_is_shown_as_it_is_and_as_it_will_be() -> None:
    async with console(archive_services(off())) as pilot:
        await open_wizard(pilot)
        shown = screen_text(pilot.app)
        for words in (
            *("wal_level        replica  stays", "→ archive_mode     off      on  ↻ needs a restart"),
            *("archive_timeout  0        60", "stays  ! waits for a restart"),
            *("! warning  The server will be restarted.", "Sessions are ended; choose a quiet moment."),
        ):
            assert words in shown, words


async def test_all_fields_are_reached_and_changed_by_keyboard_alone() -> None:
    setup = FakeSetup()
    async with console(archive_services(off(), setup)) as pilot:
        await open_wizard(pilot)
        await pilot.press("end", *"-2", "tab", "down", "enter")
        await shows(pilot.app, "Edits the file itself")
        await pilot.press("tab", "ctrl+u", *"120", "tab", "space")
        await until(lambda: setup.drafts and setup.drafts[-1].keep_log)
        wanted = ArchiveDraft(
            "student", "/var/lib/postgresql/archive-2", SettingsMethod.CONFIGURATION_FILE, 120, True
        )
        await until(lambda: setup.drafts[-1] == wanted)
        await pilot.press("tab", "tab", "tab")
        assert isinstance(pilot.app.focused, Button)
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
    assert setup.asked == [("setup", wanted)]


async def test_typing_asks_the_server_only_when_it_rests() -> None:
    setup = FakeSetup()
    async with console(archive_services(off(), setup)) as pilot:
        await open_wizard(pilot)
        asked = len(setup.drafts)
        await pilot.press("end", *"-and-more")
        await until(lambda: setup.drafts[-1].directory.endswith("-and-more"))
        assert len(setup.drafts) - asked < len("-and-more")


async def test_what_cannot_be_meant_is_told_beside_its_field_and_never_planned() -> None:
    setup = FakeSetup()
    good = {"directory": "/archive", "timeout": "60"}
    async with console(archive_services(off(), setup)) as pilot:
        await open_wizard(pilot)
        for field, typed, words in (
            ("directory", "archive", "✕ The archive's directory must be an absolute path."),
            ("timeout", "soon", "✕ archive_timeout is a whole number of seconds."),
            ("directory", "", "✕ The archive's directory must be an absolute path."),
            ("timeout", "-1", "✕ archive_timeout must be from 0 to"),
            ("directory", "/a\0b", "✕ The archive's directory must not hold"),
            ("timeout", "9" * 30, "✕ archive_timeout is a whole number of seconds."),
            ("directory", "/archive", ""),
            ("timeout", "\u0661", "✕ archive_timeout is a whole number of seconds."),
        ):
            for name, value in {**good, field: typed}.items():
                pilot.app.screen.query_one(f"#setup-{name}", Input).value = value
            await shows(pilot.app, words)
            if words:
                await pilot.press("enter")
                wrong = pilot.app.screen.query_one(f"#setup-{field}")
                await until(lambda wrong=wrong: pilot.app.focused is wrong)  # type: ignore[misc]
            else:
                await until(lambda: "✕" not in screen_text(pilot.app))
    assert setup.asked == []


async def test_an_empty_timeout_leaves_it_as_it_is() -> None:
    setup = FakeSetup()
    async with console(archive_services(off(), setup)) as pilot:
        await open_wizard(pilot)
        pilot.app.screen.query_one("#setup-timeout", Input).value = ""
        await pilot.press("enter")
        await until(lambda: setup.asked)
    assert setup.asked[0][1].timeout is None


async def test_a_refused_set_up_stays_open_with_sentence_and_hint() -> None:
    setup = FakeSetup(refusal=BadInput("The server is a standby.", "Set it up on its primary."))
    async with console(archive_services(off(), setup)) as pilot:
        await open_wizard(pilot)
        await pilot.press("enter")
        await shows(pilot.app, "✕ The server is a standby.")
        await shows(pilot.app, "Set it up on its primary.")
        assert isinstance(pilot.app.screen, ArchiveSetupDialog)


async def test_leaving_the_plan_leads_back_to_what_was_chosen_and_leaving_that_runs_nothing() -> None:
    setup, jobs = FakeSetup(), FakeJobs()
    async with console(archive_services(off(), setup, jobs=jobs)) as pilot:
        await open_wizard(pilot)
        await pilot.press("end", *"-2", "enter")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await pilot.press("escape")
        await shows(pilot.app, "/var/lib/postgresql/archive-2")
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))
    assert jobs.submitted == []


async def test_a_directory_that_cannot_be_seen_is_not_put_into_the_field() -> None:
    async with console(archive_services(off(), FakeSetup(proposed="/a\x1b]2;x\x07b"))) as pilot:
        await go_to_archive(pilot)
        await pilot.press("s")
        await shows(pilot.app, "✕ The archive's directory must be an absolute path.")
        assert "\x1b" not in screen_text(pilot.app)


async def test_settings_that_are_right_already_are_said_to_be() -> None:
    rows = tuple(replace(row, wanted=row.value) for row in ROWS)
    async with console(archive_services(off(), FakeSetup(found=(rows, ())))) as pilot:
        await go_to_archive(pilot)
        await pilot.press("s")
        await shows(pilot.app, "✓ Every setting is as it should be.")


async def test_each_command_shows_its_plan_and_runs_nothing_by_itself() -> None:
    setup, jobs = FakeSetup(), FakeJobs()
    questions: dict[str, tuple[str, ...]] = {
        "w": (),
        "n": (*"before it", "enter"),
        "t": ("ctrl+u", *"300", "enter"),
        "g": (),
        "x": (),
    }
    async with console(archive_services(setup=setup, jobs=jobs)) as pilot:
        await go_to_archive(pilot)
        for key, answer in questions.items():
            await pilot.press(key)
            if answer:
                await until(lambda: isinstance(pilot.app.focused, Input))
                await pilot.press(*answer)
            await until(lambda: isinstance(pilot.app.screen, PlanDialog))
            await pilot.press("escape")
            await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))
    assert setup.asked == [
        ("switch", "student"),
        ("restore point", "student", "before it"),
        ("timeout", "student", 300),
        ("log", "student"),
        ("off", "student"),
    ]
    assert jobs.submitted == []


async def test_turning_archiving_off_wants_the_clusters_name() -> None:
    jobs = FakeJobs()
    async with console(archive_services(jobs=jobs)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("x")
        await shows(pilot.app, "To run it, type student")
        await pilot.press(*"studen", "enter")
        await pilot.pause()
        assert jobs.submitted == []
        await pilot.press("t", "enter")
        await until(lambda: jobs.submitted)


async def test_a_timeout_that_is_no_number_is_refused_beside_the_field() -> None:
    setup = FakeSetup()
    async with console(archive_services(setup=setup)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("t")
        await until(lambda: isinstance(pilot.app.focused, Input))
        for typed in ("soon", "-5", "1.5", ""):
            pilot.app.screen.query_one(Input).value = typed
            await until(lambda: "whole number" not in screen_text(pilot.app))
            await pilot.press("enter")
            await shows(pilot.app, f"✕ {typed!r} is not a whole number of seconds.")
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))
    assert setup.asked == []


async def test_a_restore_point_that_is_refused_can_be_given_another_name() -> None:
    setup = FakeSetup(refusal=BadInput("The name has 80 bytes.", "63 fit."))
    async with console(archive_services(setup=setup)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("n")
        await until(lambda: isinstance(pilot.app.focused, Input))
        await pilot.press("a", "enter")
        await shows(pilot.app, "✕ The name has 80 bytes.")
        setup.refusal = None
        await pilot.press("b")
        await until(lambda: "80 bytes" not in screen_text(pilot.app))
        await pilot.press("enter")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
    assert setup.asked[-1] == ("restore point", "student", "ab")


async def test_a_plan_that_cannot_be_made_is_told() -> None:
    setup = FakeSetup(refusal=HostError("The server does not answer.", "Start it."))
    async with console(archive_services(setup=setup)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("w")
        await shows(pilot.app, "The server does not answer.")


async def test_the_server_log_is_followed_from_here() -> None:
    inventory = FakeInventory(log_lines=("LOG:  archive command failed with exit code 1",))
    async with console(archive_services(inventory=inventory)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("l")
        await shows(pilot.app, "archive command failed with exit code 1")


# Checking


async def test_a_scan_shows_holes_first_with_their_cost_and_r_and_e_scan_again() -> None:
    check = FakeCheck()
    async with console(archive_services(check=check)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("c")
        await shows(pilot.app, "✕ HOLES  1 hole (3 segments missing) and 2 files that are not as it should")
        shown = screen_text(pilot.app)
        assert "000000010000000000000021 to 000000010000000000000023" in shown
        assert "between 2026-11-22 11:57:00+00:00 and 12:04:00+00:00" in shown
        assert "Nothing between 11:57:00+00:00 and 12:04:00+00:00 can be" in shown
        assert "412 files, 6.0 GB, in 1.2 s" in shown
        await pilot.press("end")
        await shows(pilot.app, "71 of 83 segments; e reads every one")
        await shows(pilot.app, "can be rolled forward to 12:31:07+00:00")
        await pilot.press("e")
        await until(lambda: check.asked[-1] == ("scan", "student", True))
        await pilot.press("r")
        await until(lambda: check.asked[-1] == ("scan", "student", False))
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))


async def test_a_scan_that_takes_long_says_so_and_can_be_left() -> None:
    check = FakeCheck(gate=asyncio.Event())
    async with console(archive_services(check=check)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("c")
        await shows(pilot.app, "looking … 0.0 s")
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))
        await pilot.press("c")
        await until(lambda: len(check.asked) == 2)
        assert check.gate is not None
        check.gate.set()
        await shows(pilot.app, "✕ HOLES")
        assert "looking" not in screen_text(pilot.app)


async def test_a_scan_ends_in_a_word() -> None:
    check = FakeCheck()
    async with console(archive_services(check=check), size=LARGE) as pilot:
        await go_to_archive(pilot)
        await pilot.press("c")
        for report, words in (
            (WHOLE, "● WHOLE  No hole among 71 segments in /archive, and no file is wrong."),
            (replace(WHOLE, spans=()), "○ EMPTY  There is no WAL in /archive."),
            (replace(WHOLE, problem_count=1), "! DOUBTFUL  1 file that is not as it should be in /archive."),
        ):
            check.report = report
            await pilot.press("r")
            await shows(pilot.app, words)


async def test_a_scan_that_fails_says_why_and_can_be_tried_again() -> None:
    check = FakeCheck(HostError("The archive cannot be read.", "Look at its mode."))
    async with console(archive_services(check=check)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("c")
        await shows(pilot.app, "✕ The archive cannot be read.")
        await shows(pilot.app, "Hint: Look at its mode.")
        check.report = REPORT
        await pilot.press("r")
        await shows(pilot.app, "✕ HOLES")
        assert isinstance(pilot.app.screen, ArchiveReportSheet)


# Pruning


async def test_pruning_shows_what_goes_what_stays_and_why_then_wants_the_name_typed() -> None:
    check, jobs = FakeCheck(), FakeJobs()
    async with console(archive_services(check=check, jobs=jobs)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("d")
        await shows(pilot.app, "− DRY RUN  30 files (480 MB) would go, 41 stay")
        await shows(pilot.app, "The oldest base backup that is kept, monday")
        await shows(pilot.app, "What a standby still needs cannot be known.")
        await pilot.press("enter")
        await shows(pilot.app, "To run it, type student")
        await pilot.press("escape")
        await until(lambda: isinstance(pilot.app.screen, PruneSheet))
        await pilot.press("enter")
        await shows(pilot.app, "To run it, type student")
        await pilot.press(*"student", "enter")
        await until(lambda: jobs.submitted)
        await until(lambda: isinstance(pilot.app.screen, ArchiveScreen))
        await shows(pilot.app, "▶ running  Prune the archive")


async def test_another_base_backup_can_be_the_oldest_to_keep() -> None:
    check = FakeCheck()
    async with console(archive_services(check=check)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("d")
        await shows(pilot.app, "DRY RUN")
        await pilot.press("b")
        await until(lambda: isinstance(pilot.app.focused, Input))
        check.proposal = replace(PROPOSAL, goes_count=99)
        await pilot.press(*"/backup/tue", "enter")
        await shows(pilot.app, "99 files (480 MB) would go")
        await pilot.press("r")
        await until(lambda: len(check.asked) == 3)
    assert check.asked[1:] == [("prune", "student", "/backup/tue")] * 2


async def test_when_nothing_can_go_there_is_no_plan_to_run() -> None:
    nothing = replace(PROPOSAL, goes_count=0, goes_bytes=0, goes=())
    async with console(archive_services(check=FakeCheck(proposal=nothing))) as pilot:
        await go_to_archive(pilot)
        await pilot.press("d")
        await shows(pilot.app, "● NOTHING TO REMOVE")
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(pilot.app.screen, PruneSheet)


async def test_a_refused_pruning_says_why() -> None:
    check = FakeCheck(proposal=BadInput("No usable base backup is known.", "Take one first."))
    async with console(archive_services(check=check)) as pilot:
        await go_to_archive(pilot)
        await pilot.press("d")
        await shows(pilot.app, "✕ No usable base backup is known.")
        await shows(pilot.app, "Hint: Take one first.")
