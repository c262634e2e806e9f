"""Commands: one class each feeds bindings, footer, palette, help and README."""

from collections import Counter

import pytest
from textual.binding import Binding

from pgtui.ui.app import PgtuiApp
from pgtui.ui.commands import COMMANDS, Mode, bindings_of, commands_of, shown_key
from pgtui.ui.screens.modes import MODE_SCREENS
from pgtui.ui.widgets.outline_list import OutlineList
from pgtui.ui.widgets.virtual_list import VirtualList
from scripts.key_table import README, key_table, with_table


def _keys(bindings: object) -> list[str]:
    assert isinstance(bindings, list)
    return [key for binding in bindings if isinstance(binding, Binding) for key in binding.key.split(",")]


@pytest.mark.parametrize("mode", list(Mode))
def test_no_key_of_a_mode_means_two_things(mode: Mode) -> None:
    keys = Counter(_keys(bindings_of(mode)) + _keys(bindings_of(None)))

    assert [key for key, times in keys.items() if times > 1] == []


def test_lists_leave_the_keys_of_the_commands_alone() -> None:
    own = set(_keys(VirtualList.BINDINGS)) | set(_keys(OutlineList.BINDINGS))

    assert own & set(_keys(bindings_of(Mode.CLUSTERS)) + _keys(bindings_of(None))) == set()


def test_no_key_is_one_that_terminals_keep_for_themselves() -> None:
    kept = {"ctrl+b", "ctrl+s", "ctrl+z", "ctrl+c"}

    assert not kept & {key for command in COMMANDS for key in command.key.split(",")}


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.id)
def test_every_command_is_explained_and_carried_out_somewhere(command: type) -> None:
    assert command in COMMANDS
    mode = getattr(command, "mode", None)
    owner: type = type(MODE_SCREENS[mode.value]()) if isinstance(mode, Mode) else PgtuiApp

    assert str(getattr(command, "help", "")).endswith(".")
    assert hasattr(owner, f"action_{getattr(command, 'id', '')}"), owner


def test_every_mode_has_a_screen_of_its_own() -> None:
    assert list(MODE_SCREENS) == [mode.value for mode in Mode]
    assert len(set(MODE_SCREENS.values())) == len(Mode)


def test_keys_are_written_as_people_write_them() -> None:
    assert [shown_key(key) for key in ("question_mark", "slash", "ctrl+p", "f5", "R")] == [
        *("?", "/", "^p", "F5", "R"),
    ]


def test_the_key_table_holds_every_key() -> None:
    table = key_table()

    for mode in (None, *Mode):
        for command in commands_of(mode):
            assert not command.key or f"{command.title}. {command.help}" in table


def test_the_readme_has_the_present_keys() -> None:
    text = README.read_text()

    assert with_table(text) == text
