"""Untrusted text is written out: nothing acts, hides or reorders."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("student_tracker", "student_tracker"),
        ("", ""),
        ("[red]a\"b'c; $(x)", "[red]a\"b'c; $(x)"),
        ("a\x00b\x1b[31m\x1f", "a␀b␛[31m␟"),
        ("tab\tline\nreturn\r", "tab␉line␊return␍"),
        ("\x7f", "␡"),
        ("\x9b31m\x85", "‹009B›31m‹0085›"),
        ("txt\u202egpj", "txt‹202E›gpj"),
        ("\u2066a\u2069\u061c", "‹2066›a‹2069›‹061C›"),
        ("a\u200bb\u200dc\ufeff\u00ad", "a‹200B›b‹200D›c‹FEFF›‹00AD›"),
        ("a\u2028b\u2029", "a‹2028›b‹2029›"),
        ("\udce9", "‹DCE9›"),
        ("\U000e0041", "‹E0041›"),
        ("\u2764\ufe0f", "\u2764‹FE0F›"),
        ("\u3164", "‹3164›"),
        ("Größe 表 🐘", "Größe 表 🐘"),
        ("e\u0301", "e\u0301"),
        ("e" + "\u0301" * 3 + "x", "e" + "\u0301" * 3 + "x"),
        ("e" + "\u0301" * 40 + "x" + "\u0302", "e" + "\u0301" * 3 + "…x\u0302"),
    ],
)
def test_what_cannot_be_seen_is_written_out(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_a_long_text_is_cut_and_says_so() -> None:
    assert visible("x" * 600) == "x" * 511 + "…"
    assert visible("abcdef", 4) == "abc…"
    assert visible("abcd", 4) == "abcd"


@given(st.text(st.characters()))
def test_nothing_that_acts_or_hides_ever_comes_through(text: str) -> None:
    shown = visible(text, 10_000)
    assert not [c for c in shown if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Zl", "Zp"}]


@given(st.text(st.characters()))
def test_showing_twice_changes_nothing_more(text: str) -> None:
    once = visible(text, 10_000)
    assert visible(once, 100_000) == once
