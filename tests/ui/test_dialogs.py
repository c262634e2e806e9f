"""Dialogs that several modes use."""

from textual.widgets import Button, Input

from pgtui.ui.dialogs.confirm import ConfirmDialog
from pgtui.ui.dialogs.password import PasswordDialog
from tests.ui.console import console, lies_on_top, until


async def test_what_is_destructive_needs_the_typed_name() -> None:
    answers: list[bool | None] = []
    async with console() as pilot:
        dialog = ConfirmDialog("Drop it", "It will be gone.", yes="Drop", no="Keep", typed="student")
        pilot.app.push_screen(dialog, answers.append)
        await lies_on_top(pilot.app, dialog)
        yes = dialog.query_one("#yes", Button)
        await until(lambda: dialog.query_one("#no", Button).has_focus)
        assert yes.disabled

        dialog.query_one(Input).focus()
        await pilot.press(*"studen", "enter")
        assert yes.disabled
        await pilot.press("t")
        await until(lambda: not yes.disabled)
        await pilot.press("enter", "enter")
        await until(lambda: answers)

    assert answers == [True]


async def test_enter_and_escape_keep_everything_as_it_is() -> None:
    for key, answer in (("enter", False), ("escape", None)):
        answers: list[bool | None] = []
        async with console() as pilot:
            dialog = ConfirmDialog("Drop it", "It will be gone.")
            pilot.app.push_screen(dialog, answers.append)
            await lies_on_top(pilot.app, dialog)
            await pilot.press(key)
            await until(lambda answers=answers: len(answers) == 1)  # type: ignore[misc]
        assert answers == [answer]


async def test_keys_of_modes_do_not_reach_through_a_dialog() -> None:
    async with console() as pilot:
        dialog = ConfirmDialog("Drop it", "It will be gone.")
        pilot.app.push_screen(dialog)
        await lies_on_top(pilot.app, dialog)
        await pilot.press("5", "q", "x", "f5")
        await pilot.pause()

        assert pilot.app.screen is dialog
        assert pilot.app.return_code is None


async def test_an_empty_password_is_not_sent() -> None:
    async with console() as pilot:
        dialog = PasswordDialog("student", "postgres")
        pilot.app.push_screen(dialog)
        await lies_on_top(pilot.app, dialog)
        await pilot.press("enter")
        await pilot.pause()

        assert pilot.app.screen is dialog
