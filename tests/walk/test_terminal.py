"""The same way in a real terminal, as a user walks it."""

import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.walk.terminal import Terminal, pgtui


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    if not shutil.which("tmux"):
        pytest.skip("tmux is not installed")
    opened = Terminal(*pgtui("demo"))
    yield opened
    opened.close()


def test_a_user_goes_from_the_demo_to_iron2_and_leaves_no_trace(
    terminal: Terminal, isolated_environment: Path
) -> None:
    terminal.wait_for("● running")
    home = next(line for line in terminal.screen().split() if "pgtui-demo-" in line).partition(":")[2]
    terminal.keys("4")
    terminal.wait_for("Iron renamed to Iron2")
    # Into the list of moments, the first of them, then its plan.
    terminal.keys("Down")
    terminal.keys("Enter")
    terminal.wait_for("From base backup")
    terminal.keys("Enter")
    terminal.wait_for("nothing of this has run yet")
    terminal.keys("r")
    terminal.wait_for("public.students")
    terminal.type("select surname from students where id = 7")
    terminal.keys("Enter")
    terminal.wait_for("Iron2")
    terminal.wait_for("1 row in")
    terminal.keys("C-q")
    shown = terminal.wait_for("ENDED=")

    assert "ENDED=0" in shown
    assert terminal.flag("alternate_on") == "0"
    terminal.wait_for("echo")
    assert "-echo" not in terminal.screen()
    assert home.startswith("/")
    assert not Path(home).exists()
    # What was done with the demo is not remembered either.
    assert not list((isolated_environment / "state").rglob("*.jsonl"))


def test_a_terminal_that_goes_away_takes_the_demo_with_it(terminal: Terminal) -> None:
    terminal.wait_for("● running")
    before = _demos()

    terminal.close()

    end = time.monotonic() + 30
    while _demos() & before:
        assert time.monotonic() < end, f"left behind: {_demos() & before}"
        time.sleep(0.05)


def _demos() -> set[Path]:
    return set(Path("/tmp").glob("pgtui-demo-*"))
