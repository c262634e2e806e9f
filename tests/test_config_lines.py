"""The line of every key, in any TOML that the parser accepts."""

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.config_lines import KeyPath, key_lines, line_of

TRICKY = '''\
# theme = "a comment, not a key"

theme = "dark"   # connect_timeout = 1
text = """
[[clusters]]
name = "in a string"
""\\"""" # ends in a quote of its own
literal = \'\'\'
port = 5432 \'\'\'\'
bindirs = [ # a comment ] in an array
  "/a = 1",
  "]", [ 1, 2 ],

  \'/b#\', # "x"
]
"quoted.key" = 1
a . b = { c = "}", "d e" = [
  {f = 1}, {f = 2} ] }
when = 1979-05-27 07:32:00 # a date

[[clusters]]   # first
name = "a\\"]"
[clusters.deep]
x = 1

  [[ clusters ]]
  "name" = \'b\'
[ other . "t.u" ]
y = true
[[clusters]]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("theme",), 3),
        (("text",), 4),
        (("literal",), 8),
        (("bindirs",), 10),
        (("bindirs", 0), 11),
        (("bindirs", 1), 12),
        (("bindirs", 2, 1), 12),
        (("bindirs", 3), 14),
        (("quoted.key",), 16),
        (("a", "b"), 17),
        (("a", "b", "c"), 17),
        (("a", "b", "d e"), 17),
        (("a", "b", "d e", 0, "f"), 18),
        (("a", "b", "d e", 1), 18),
        (("when",), 19),
        (("clusters",), 21),
        (("clusters", 0), 21),
        (("clusters", 0, "name"), 22),
        (("clusters", 0, "deep", "x"), 24),
        (("clusters", 1), 26),
        (("clusters", 1, "name"), 27),
        (("other", "t.u", "y"), 29),
        (("clusters", 2), 30),
    ],
)
def test_keys_are_found_among_comments_strings_and_arrays(path: KeyPath, line: int) -> None:
    tomllib.loads(TRICKY)

    assert key_lines(TRICKY)[path] == line


def test_a_key_that_is_not_written_has_the_line_of_what_would_hold_it() -> None:
    lines = key_lines(TRICKY)

    assert line_of(lines, ("clusters", 1, "container")) == 26
    assert line_of(lines, ("nowhere",)) == 1


def test_windows_line_ends_and_no_last_line_end_count_alike() -> None:
    assert key_lines("a = 1\r\n\r\nb = [\r\n2]\r\nc = 3")[("c",)] == 5


def test_an_empty_text_has_no_keys() -> None:
    assert key_lines("") == {}
    assert key_lines("# only this") == {}


VALUES = st.recursive(
    st.one_of(st.booleans(), st.integers(-(2**63), 2**63 - 1), st.text(st.characters(codec="utf-8"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(st.characters(codec="utf-8"), max_size=6), VALUES, max_size=6))
def test_each_key_of_any_document_is_found_on_its_line(document: dict[str, Any]) -> None:
    text = "".join(f"{_string(key)} = {_inline(value)}\n" for key, value in document.items())
    assert tomllib.loads(text) == document

    lines = key_lines(text)

    assert [lines[(key,)] for key in document] == list(range(1, len(document) + 1))


def _inline(value: Any) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _string(value)
        case list():
            return f"[{', '.join(map(_inline, value))}]"
        case _:
            return "{" + ", ".join(f"{_string(k)} = {_inline(v)}" for k, v in value.items()) + "}"


def _string(text: str) -> str:
    return '"' + "".join(c if c.isalnum() or c in "#[]{}=', " else f"\\U{ord(c):08x}" for c in text) + '"'
