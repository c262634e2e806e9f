"""The Clusters mode."""

from dataclasses import replace

import pytest
from textual.widgets import Button, Input

from pgtui.domain.cluster import HostStatus, InventorySnapshot, Relation, ServerState
from pgtui.domain.errors import BadInput, ConnectError, PasswordNeeded
from pgtui.domain.place import HostKind
from pgtui.domain.plan import ReloadServer, RestartServer, StartServer, StopServer
from pgtui.ui.app import PgtuiApp
from pgtui.ui.commands import Mode
from pgtui.ui.dialogs.add_cluster import AddClusterDialog
from pgtui.ui.dialogs.confirm import ConfirmDialog
from pgtui.ui.dialogs.password import PasswordDialog
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.screens.relations import RelationsSheet
from pgtui.ui.screens.server_log import ServerLogSheet
from tests.ui.console import console, screen_lines, screen_text, shows, until
from tests.ui.fakes import FACTS, HOSTS, LIBRARY, NOW, STUDENT, FakeInventory, FakeJobs, fake_services


async def test_the_tree_opens_down_to_relations_by_keys_alone() -> None:
    async with console() as pilot:
        await pilot.press("right")
        await shows(pilot.app, "student_tracker")
        await pilot.press("down", "down", "right")
        await shows(pilot.app, "audit")
        await pilot.press("down", "right")
        await shows(pilot.app, "enrolments_pkey")
        await pilot.press("down", "down")
        await shows(pilot.app, "about 4,180,000")

        await pilot.press("left", "left")
        await until(lambda: "enrolments_pkey" not in screen_text(pilot.app).split("Largest")[0])


async def test_details_tell_what_the_server_told() -> None:
    async with console(size=(200, 60)) as pilot:
        for words in (
            *("PostgreSQL 17.11 (Debian", "7438912345678901234", "0/3A2F8D0", "replica", "Etc/UTC"),
            *("3 d ago", "archiving works", "000000010000000000000039", "57 files", "pg_default"),
            *("registrar", "plpgsql", "max_connections = 200", "waits for a restart"),
        ):
            await shows(pilot.app, words)


async def test_what_may_not_be_seen_is_told() -> None:
    facts = replace(FACTS, data_directory=None, size=None, missing_privileges=("Sizes need pg_monitor.",))
    inventory = FakeInventory(answers={"student": facts})
    async with console(fake_services(inventory), size=(200, 60)) as pilot:
        await shows(pilot.app, "Sizes need pg_monitor.")
        await shows(pilot.app, "unknown in 4 databases")


async def test_a_refused_connection_shows_the_servers_words_and_a_hint() -> None:
    error = ConnectError('FATAL:  no pg_hba.conf entry for host "172.17.0.1"', "Add a line to pg_hba.conf.")
    inventory = FakeInventory(answers={"student": error}, database_answer=error)
    async with console(fake_services(inventory), size=(120, 40)) as pilot:
        await shows(pilot.app, "no pg_hba.conf entry")
        await shows(pilot.app, "Hint: Add a line to pg_hba.conf.")

        await pilot.press("right")
        await until(lambda: screen_text(pilot.app).count("no pg_hba.conf entry") >= 2)


async def test_a_password_is_asked_for_and_kept_in_memory() -> None:
    error = PasswordNeeded("fe_sendauth: no password supplied")
    inventory = FakeInventory(answers={"student": error}, database_answer=error)
    async with console(fake_services(inventory), size=(120, 40)) as pilot:
        await shows(pilot.app, "Press p to type it")
        await pilot.press("right")
        await until(lambda: isinstance(pilot.app.screen, PasswordDialog))
        await pilot.press(*"s3cret")
        assert "s3cret" not in screen_text(pilot.app)
        await pilot.press("enter")

        await shows(pilot.app, "student_tracker")
        await shows(pilot.app, "archiving works")
        assert inventory.passwords["student"].reveal() == "s3cret"


async def test_names_are_filtered_as_they_are_typed() -> None:
    async with console() as pilot:
        await pilot.press("slash", *"lib")
        await until(lambda: "student" not in "\n".join(screen_lines(pilot.app)[2:]))
        assert "library" in screen_text(pilot.app)

        await pilot.press("escape")
        await shows(pilot.app, "▸ ● student")
        await pilot.press("slash", *"no such")
        await shows(pilot.app, "Nothing that has been opened")
        await pilot.press("escape")
        assert isinstance(pilot.app.focused, type(pilot.app.screen.query_one("#outline")))


async def test_the_footer_leaves_out_keys_that_a_field_would_type() -> None:
    async with console() as pilot:
        await shows(pilot.app, "? Help  ^p Commands  q Quit")
        await pilot.press("slash")
        await shows(pilot.app, "^q Quit")
        footer = screen_lines(pilot.app)[-1]
        assert "^p Commands  ^q Quit" in footer
        assert "?" not in footer
        assert "/" not in footer
        await pilot.press("escape")
        await shows(pilot.app, "? Help  ^p Commands  q Quit")


async def test_the_short_version_stands_first_and_the_build_last() -> None:
    async with console(size=(200, 80)) as pilot:
        await shows(pilot.app, "x86_64-pc-linux-gnu")
        text = screen_text(pilot.app)
        assert text.index("Data directory") < text.index("x86_64-pc-linux-gnu")
        version = next(line for line in screen_lines(pilot.app) if "Version" in line)
        assert version.endswith(" 17.11")


async def test_a_hundred_thousand_relations_open_as_a_list_with_a_filter() -> None:
    many = tuple(Relation(i, f"table_{i:06}", "table", "o", i, None) for i in range(100_000))
    inventory = FakeInventory(relation_answer=many)
    async with console(fake_services(inventory)) as pilot:
        await pilot.press("right")
        await shows(pilot.app, "student_tracker")
        await pilot.press("down", "down", "right")
        await shows(pilot.app, "public")
        await pilot.press("down", "right")
        await shows(pilot.app, "table_000000")
        await pilot.press("end", "up", "up", "up", "up", "up")
        await shows(pilot.app, "… 99,500 more, press / to filter")

        await pilot.press("slash")
        await until(lambda: isinstance(pilot.app.screen, RelationsSheet))
        await shows(pilot.app, "100,000 relations")
        await pilot.press("slash", *"99999")
        await shows(pilot.app, "1 of 100,000 relations")
        assert "table_099999" in screen_text(pilot.app)

        await pilot.press("escape", "escape")
        await until(lambda: not isinstance(pilot.app.screen, RelationsSheet))


@pytest.mark.parametrize(
    ("key", "chosen", "kind"),
    [
        ("s", "library", StartServer),
        ("x", "student", StopServer),
        ("R", "student", RestartServer),
        ("L", "student", ReloadServer),
    ],
)
async def test_server_control_shows_its_plan_and_then_runs_it(key: str, chosen: str, kind: type) -> None:
    jobs = FakeJobs()
    async with console(fake_services(jobs=jobs), chosen=chosen) as pilot:
        await until(lambda: pilot.app.focused is not None)
        await pilot.press(key)
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        assert jobs.submitted == []
        pilot.app.screen.dismiss(True)

        await until(lambda: jobs.submitted)
        assert isinstance(jobs.submitted[0].steps[0].step, kind)
        assert jobs.submitted[0].cluster == chosen


async def test_leaving_the_plan_runs_nothing() -> None:
    jobs = FakeJobs()
    async with console(fake_services(jobs=jobs)) as pilot:
        await pilot.press("x")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        await pilot.press("escape")
        await until(lambda: not isinstance(pilot.app.screen, PlanDialog))

        assert jobs.submitted == []


async def test_commands_that_cannot_be_used_are_not_offered() -> None:
    async with console(size=(200, 50)) as pilot:
        await shows(pilot.app, "x Stop")
        assert "s Start" not in screen_lines(pilot.app)[-1]

        await pilot.press("up")
        await shows(pilot.app, "s Start")
        assert "x Stop" not in screen_lines(pilot.app)[-1]


async def test_the_log_is_followed_filtered_and_held() -> None:
    lines = tuple(f"LOG:  checkpoint {i}" for i in range(200)) + ("ERROR:  relation \x1b]0;x\x07 is gone",)
    async with console(fake_services(FakeInventory(log_lines=lines))) as pilot:
        await pilot.press("l")
        await until(lambda: isinstance(pilot.app.screen, ServerLogSheet))
        await shows(pilot.app, "201 lines · following")
        await shows(pilot.app, "ERROR:  relation ␛]0;x␇ is gone")

        await pilot.press("slash", *"checkpoint 19", "enter")
        await shows(pilot.app, "11 of 201 lines")
        await pilot.press("up")
        await pilot.press("slash", "backspace", "enter")
        await shows(pilot.app, "held")

        await pilot.press("escape", "escape")
        await until(lambda: not isinstance(pilot.app.screen, ServerLogSheet))


async def test_a_log_that_cannot_be_found_keeps_its_head_and_tells_the_reason_below() -> None:
    error = BadInput("The server's log was not found, wherever it was looked for in this place.", "Look.")
    async with console(fake_services(FakeInventory(log_error=error))) as pilot:
        await pilot.press("l")
        await shows(pilot.app, "· ended")
        head, *body = screen_lines(pilot.app)
        assert head.lstrip().startswith("Server log of student")
        assert head.endswith("lines · ended")
        assert any("The server's log was not found, wherever" in line for line in body)


async def test_the_chosen_host_of_an_entry_shows_without_colours() -> None:
    async with console(chosen=None) as pilot:
        await pilot.press("a")
        await shows(pilot.app, "(x) Docker container")
        assert "( ) local directory" in screen_text(pilot.app)
        await pilot.press("shift+tab", "down", "enter")
        await shows(pilot.app, "( ) Docker container")
        assert "(x) local directory" in screen_text(pilot.app)


async def test_a_cluster_is_added_through_the_dialog() -> None:
    inventory = FakeInventory(snapshot=InventorySnapshot(HOSTS, (), NOW))
    async with console(fake_services(inventory), chosen=None) as pilot:
        await pilot.press("a")
        await until(lambda: isinstance(pilot.app.screen, AddClusterDialog))
        screen = pilot.app.screen
        for field, value in (("name", 'a"b'), ("place", "my db"), ("backups", "/backup"), ("user", "")):
            screen.query_one(f"#{field}", Input).value = value
        screen.query_one("#write", Button).press()
        await until(lambda: inventory.added)

    added = inventory.added[0]
    assert (added.name, str(added.place), added.user) == ('a"b', "docker:my db", "postgres")
    assert (added.backups, added.archive, added.from_config) == (("/backup",), None, True)


async def test_an_entry_that_cannot_be_written_says_why_and_stays() -> None:
    inventory = FakeInventory(add_error=BadInput("The configuration has an entry [/x] already."))
    async with console(fake_services(inventory)) as pilot:
        await pilot.press("a")
        await until(lambda: isinstance(pilot.app.screen, AddClusterDialog))
        write = pilot.app.screen.query_one("#write", Button)
        write.press()
        await shows(pilot.app, "A cluster needs a name.")
        pilot.app.screen.query_one("#name", Input).value = "x"
        pilot.app.screen.query_one("#place", Input).value = "y"
        write.press()
        await shows(pilot.app, "has an entry [/x] already")

        assert isinstance(pilot.app.screen, AddClusterDialog)


async def test_hiding_asks_and_then_takes_the_cluster_away() -> None:
    inventory = FakeInventory()
    async with console(fake_services(inventory)) as pilot:
        await pilot.press("h")
        await until(lambda: isinstance(pilot.app.screen, ConfirmDialog))
        await until(lambda: pilot.app.screen.query_one("#no", Button).has_focus)
        await pilot.press("right", "enter")
        await until(lambda: inventory.hidden == ["student"])
        await until(lambda: "student" not in screen_text(pilot.app).replace("student will", ""))


async def test_without_any_cluster_the_screen_says_what_to_do() -> None:
    docker = HostStatus(
        HostKind.DOCKER,
        "Docker",
        problem="The engine's socket may not be used: permission denied.",
        hint="Add yourself to the group docker.",
    )
    inventory = FakeInventory(snapshot=InventorySnapshot((docker, HOSTS[1]), (), NOW))
    async with console(fake_services(inventory), size=(100, 30), chosen=None) as pilot:
        for words in (
            "No clusters found",
            "permission denied",
            "Hint: Add yourself",
            "pgtui demo",
            "press a",
        ):
            await shows(pilot.app, words)


async def test_a_cluster_that_stops_is_closed_in_the_tree() -> None:
    inventory = FakeInventory()
    async with console(fake_services(inventory)) as pilot:
        await pilot.press("right")
        await shows(pilot.app, "student_tracker")

        stopped = replace(STUDENT, state=ServerState.STOPPED)
        inventory.snapshot = replace(inventory.snapshot, clusters=(LIBRARY, stopped))
        await shows(pilot.app, "○ student")
        assert "student_tracker" not in screen_text(pilot.app)


async def test_a_chosen_cluster_that_vanishes_gives_way_to_another() -> None:
    inventory = FakeInventory()
    async with console(fake_services(inventory)) as pilot:
        inventory.snapshot = replace(inventory.snapshot, clusters=(LIBRARY,))
        await until(lambda: screen_lines(pilot.app)[1].strip().startswith("library"))


async def test_travel_goes_to_recovery_with_this_cluster() -> None:
    async with console() as pilot:
        await pilot.press("t")
        await until(lambda: pilot.app.current_mode == Mode.RECOVERY.value)
        app = pilot.app
        assert isinstance(app, PgtuiApp)
        assert app.chosen_name == "student"
