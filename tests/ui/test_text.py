"""The door for untrusted text, and the net behind it."""

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color

from pgtui.ui.text import ControlCharacterFilter, content, lines, plain
from tests.ui.hostile import HOSTILE, is_control

BLACK = Color(0, 0, 0)


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
def test_text_through_the_door_is_literal_and_has_no_controls(name: str) -> None:
    for shown in (plain(name), content(name).plain):
        assert not any(is_control(char) for char in shown)
        assert bool(shown) == bool(name)
    assert content("[b]x[/b]").plain == "[b]x[/b]"


def test_lines_keep_their_breaks_and_lose_their_controls() -> None:
    assert lines("one\n\x1b[2Jtwo\n\x00").plain == "one\n␛[2Jtwo\n␀"


def test_long_text_is_cut_visibly() -> None:
    assert plain("x" * 1000) == "x" * 511 + "…"


def test_the_filter_deletes_what_missed_the_door_and_keeps_styles() -> None:
    bold = Style(bold=True)
    clean = [Segment("plain", bold)]
    assert ControlCharacterFilter().apply(clean, BLACK) is clean

    dirty = [Segment("a\x1b]2;x\x07b\x9b", bold), Segment("ü\x7f")]
    assert ControlCharacterFilter().apply(dirty, BLACK) == [Segment("a]2;xb", bold), Segment("ü")]
