"""Nothing that came from outside acts on the terminal."""

import io
import json

import pytest

from pgtui.cli.text import complain, put, put_json, put_table, say, size_words
from pgtui.domain.errors import BadInput

HOSTILE = "a\x1b[31m[red]\u202e\udcff"


def test_lines_stay_lines_and_the_rest_is_written_out(capsys: pytest.CaptureFixture[str]) -> None:
    put(f"one\n{HOSTILE}")
    say("\x1b]2;title\x07")

    out, err = capsys.readouterr()
    assert out == "one\na␛[31m[red]‹202E›‹DCFF›\n"
    assert err == "␛]2;title␇\n"


def test_a_terminal_that_knows_ascii_only_gets_ascii() -> None:
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    put("Größe\x1b", stream)
    stream.flush()

    assert stream.buffer.getvalue() == b"Gr\\xf6\\xdfe\\u241b\n"


def test_a_complaint_has_its_hint_below(capsys: pytest.CaptureFixture[str]) -> None:
    complain(BadInput("There is no such thing.", "Look elsewhere."))

    assert capsys.readouterr().err == "pgtui: There is no such thing.\n  Look elsewhere.\n"


def test_no_line_of_a_complaint_can_be_taken_for_one_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    complain(BadInput("No \npgtui: all is well", "Look\npgtui: done"))

    assert capsys.readouterr().err == "pgtui: No \n  pgtui: all is well\n  Look\n  pgtui: done\n"


def test_a_table_for_programs_cuts_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    put_table(["A", "LONG"], [["1", "x" * 500], ["two\nlines", "[bold]y"]])

    assert capsys.readouterr().out == (f"A          LONG\n1          {'x' * 500}\ntwo␊lines  [bold]y\n")


def test_a_table_on_a_terminal_takes_no_name_for_markup(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    put_table(["[red]A"], [["[bold]x[/bold] :bomb:"], [HOSTILE]])

    out = capsys.readouterr().out
    assert "[red]A" in out
    assert "[bold]x[/bold] :bomb:" in out
    assert "a␛[31m[red]‹202E›‹DCFF›" in out


def test_json_is_ascii_whatever_it_holds(capsys: pytest.CaptureFixture[str]) -> None:
    put_json({"name": HOSTILE})

    out = capsys.readouterr().out
    assert out.isascii()
    assert "\x1b" not in out
    assert json.loads(out) == {"name": HOSTILE}


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (None, "?"),
        (0, "0 B"),
        (1023, "1023 B"),
        (1536, "1.5 kB"),
        (20 * 1024**2, "20 MB"),
        (3 * 1024**4, "3.0 TB"),
    ],
)
def test_sizes_in_words(size: int | None, words: str) -> None:
    assert size_words(size) == words
