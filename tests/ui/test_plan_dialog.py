"""The plan dialog: what it shows, what it lets run, and the script it copies or saves."""

import stat
from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App
from textual.widgets import Button, Input

from pgtui.domain.errors import FileProblem
from pgtui.domain.plan import Plan, PlannedStep, StopServer
from pgtui.domain.preflight import Finding, Severity
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.dialogs.save_script import SaveScriptDialog, save_script
from tests.ui.console import screen_text, shows, until
from tests.ui.fakes_recovery import COMMANDS, SOURCE, recovery_plan

SCRIPT = "#!/usr/bin/env bash\necho 'a b'\n"
WARNED = recovery_plan(findings=(Finding(Severity.WARN, "A segment is missing.", "Bring it back."),))
STOP = Plan("Stop the server", "student", (PlannedStep(StopServer(SOURCE), is_destructive=True),))


class Asking(App[None]):
    """Shows one dialog and keeps its answer."""

    CSS_PATH = "../../pgtui/ui/app.tcss"

    def __init__(self, plan: Plan, commands: tuple[tuple[str, ...], ...] = COMMANDS, can_run: bool = True):
        super().__init__()
        self.dialog = PlanDialog(plan, commands, SCRIPT, can_run=can_run)
        self.answers: list[bool | None] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return {"dim": "#888888", "rule": "#444444"}

    def on_mount(self) -> None:
        self.push_screen(self.dialog, self._answered)

    def can_run(self) -> bool:
        return not self.screen.query_one("#plan-run", Button).disabled

    def _answered(self, answer: bool | None) -> None:
        self.answers.append(answer)


async def test_findings_steps_commands_and_outcome_can_be_read() -> None:
    app = Asking(WARNED)
    async with app.run_test(size=(120, 50)):
        await shows(app, "! warning  A segment is missing.")
        text = screen_text(app)
        assert "Bring it back." in text
        assert "Copy the base backup /backup/monday into the sandbox" in text
        assert "docker start pgtui-sandbox-20261122-115230-3fa9c1" in text
        assert "shows the cluster as it was, read-only." in text


async def test_a_command_longer_than_the_screen_is_wrapped_and_never_cut() -> None:
    word = "x" * 300
    app = Asking(STOP, ((f"begin {word} end",),))
    async with app.run_test(size=(80, 30)):
        await shows(app, " end")
        assert screen_text(app).count("x") >= 300


async def test_the_safe_button_has_the_focus_and_enter_runs_nothing() -> None:
    app = Asking(recovery_plan())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Cancel")
        assert app.focused is app.screen.query_one("#plan-cancel")
        await pilot.press("enter")
        await until(lambda: app.answers == [False])


@pytest.mark.parametrize(("key", "answer"), [("y", True), ("r", True), ("escape", False)])
async def test_each_key_gives_its_answer(key: str, answer: bool) -> None:
    app = Asking(recovery_plan())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Cancel")
        await pilot.press(key)
        await until(lambda: app.answers == [answer])


async def test_a_destructive_plan_runs_only_after_the_clusters_name_was_typed() -> None:
    app = Asking(STOP)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "To run it, type student")
        assert app.focused is app.screen.query_one("#plan-name")
        await shows(app, "the cluster's name")
        await pilot.press(*"studen", "enter")
        assert not app.can_run()
        assert not app.answers
        await pilot.press("t")
        assert app.can_run()
        await pilot.press("enter")
        await until(lambda: app.answers == [True])


async def test_letters_that_are_keys_elsewhere_are_typed_into_the_name() -> None:
    app = Asking(replace(STOP, cluster="crys"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "To run it, type crys")
        await pilot.press(*"crys")
        assert app.screen.query_one("#plan-name", Input).value == "crys"
        assert app.can_run()
        assert not app.clipboard
        assert not app.answers
        await pilot.press("escape")
        await until(lambda: app.answers == [False])


async def test_the_field_for_the_name_has_an_edge_without_colours() -> None:
    app = Asking(STOP)
    async with app.run_test(size=(80, 24)):
        await shows(app, "the cluster's name")
        line = next(line for line in screen_text(app).splitlines() if "To run it" in line)
        assert "▌" in line
        assert "▐" in line


async def test_with_a_name_to_type_tab_leads_to_the_keys() -> None:
    app = Asking(STOP)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "tab, then c copy")
        await pilot.press("tab", "c")
        await until(lambda: app.clipboard == SCRIPT)


async def test_a_name_that_nobody_can_type_is_confirmed_with_another_word() -> None:
    app = Asking(replace(STOP, cluster="a\x1b[31m\nb"))
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "To run it, type yes")
        await shows(app, "a␛[31m␊b")
        await shows(app, "the word yes")
        await pilot.press(*"yes", "enter")
        await until(lambda: app.answers == [True])


async def test_a_plan_that_is_only_shown_cannot_be_run() -> None:
    app = Asking(STOP, can_run=False)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Close")
        await pilot.press("y", "r")
        await pilot.pause()
        assert not app.answers
        assert not app.screen.query("#plan-run")


async def test_a_long_plan_scrolls_while_the_button_keeps_the_focus() -> None:
    plan = replace(WARNED, steps=WARNED.steps * 6)
    app = Asking(plan, COMMANDS * 6)
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Cancel")
        assert "sleep 0.5" not in screen_text(app)
        await pilot.press("end")
        await shows(app, "sleep 0.5")
        assert app.focused is app.screen.query_one("#plan-cancel")


async def test_the_script_is_copied_to_the_clipboard() -> None:
    app = Asking(recovery_plan())
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Cancel")
        await pilot.press("c")
        await until(lambda: app.clipboard == SCRIPT)


async def test_the_script_is_saved_for_its_owner_alone_and_never_over_a_file(tmp_path: Path) -> None:
    app = Asking(recovery_plan())
    path = tmp_path / "a b's.sh"
    async with app.run_test(size=(80, 24)) as pilot:
        await shows(app, "Cancel")
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, SaveScriptDialog))
        app.screen.query_one("#save-path", Input).value = str(path)
        await pilot.press("enter")
        await until(lambda: isinstance(app.screen, PlanDialog))
        assert path.read_text() == SCRIPT
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        path.write_text("mine")
        await pilot.press("s")
        await until(lambda: isinstance(app.screen, SaveScriptDialog))
        app.screen.query_one("#save-path", Input).value = str(path)
        await pilot.press("enter")
        await shows(app, "is already there. Choose another name.")
        assert path.read_text() == "mine"


@pytest.mark.parametrize("typed", ["", "  ", "/no/such/folder/x.sh", "~nobody-of-this-name/x", "a\0b"])
def test_a_path_that_cannot_be_written_is_told_in_a_sentence(typed: str) -> None:
    with pytest.raises(FileProblem):
        save_script(typed, SCRIPT)


def test_a_tilde_means_the_home_directory(isolated_environment: Path) -> None:
    assert save_script("~/x.sh", SCRIPT) == isolated_environment / "x.sh"
