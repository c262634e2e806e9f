"""The console in a real terminal: whatever ends it, the terminal is sane afterwards."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.walk.terminal import Terminal

ROOT = Path(__file__).parents[2]

Open = Callable[[str], Terminal]

pytestmark = pytest.mark.skipif(not shutil.which("tmux"), reason="needs tmux")


@pytest.fixture
def fake_console(tmp_path: Path) -> Iterator[Open]:
    """Open the console on fakes; its state directory is the test's own."""
    opened: list[Terminal] = []

    def start(case: str) -> Terminal:
        program = (sys.executable, "-m", "tests.ui.fake_console", case, str(tmp_path / "state"))
        opened.append(Terminal("env", f"PYTHONPATH={ROOT}", *program))
        return opened[-1]

    yield start
    for terminal in opened:
        terminal.close()


def assert_sane(terminal: Terminal) -> None:
    """The alternate screen and the mouse are off, and what is typed is echoed."""
    assert terminal.screen().split()[-1] == "echo"
    assert (terminal.flag("alternate_on"), terminal.flag("mouse_any_flag")) == ("0", "0")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_a_signal_leaves_a_sane_terminal(fake_console: Open, number: signal.Signals, code: int) -> None:
    terminal = fake_console("plain")
    terminal.wait_for("archiving works")
    assert terminal.flag("alternate_on") == "1"
    (console,) = terminal.processes()

    os.kill(console, number)
    terminal.wait_for(f"ENDED={code}\necho")
    assert_sane(terminal)


def test_a_terminal_that_goes_away_leaves_no_process_behind(fake_console: Open) -> None:
    terminal = fake_console("plain")
    terminal.wait_for("archiving works")
    (console,) = terminal.processes()

    # What the kernel sends when a terminal's session ends, in either order.
    os.kill(console, signal.SIGCONT)
    os.kill(console, signal.SIGHUP)
    os.kill(console, signal.SIGCONT)

    terminal.wait_for("ENDED=129\necho")
    assert_sane(terminal)


def test_a_console_that_was_continued_reads_keys_with_one_thread(fake_console: Open) -> None:
    terminal = fake_console("plain")
    terminal.wait_for("archiving works")
    (console,) = terminal.processes()
    before = len(os.listdir(f"/proc/{console}/task"))

    os.kill(console, signal.SIGCONT)
    terminal.keys("?")
    terminal.wait_for("Help")

    assert len(os.listdir(f"/proc/{console}/task")) == before


def test_q_ends_with_zero(fake_console: Open) -> None:
    terminal = fake_console("plain")
    terminal.wait_for("archiving works")
    terminal.keys("q")

    terminal.wait_for("ENDED=0\necho")
    assert_sane(terminal)


def test_hostile_names_do_not_reach_the_terminal(fake_console: Open) -> None:
    terminal = fake_console("hostile")
    terminal.wait_for("6 Learn")
    title = terminal.flag("pane_title")
    terminal.keys(*["Down"] * 12)
    terminal.wait_for("␛]2;PWNED␛")

    assert "6 Learn" in terminal.screen()
    assert terminal.flag("pane_title") == title
    assert terminal.flag("alternate_on") == "1"


def test_a_crash_is_told_in_a_sentence_and_ends_with_one(fake_console: Open, tmp_path: Path) -> None:
    terminal = fake_console("crash")
    terminal.wait_for("archiving works")
    terminal.keys("?")
    shown = terminal.wait_for("ENDED=1\necho")

    assert "RuntimeError" in shown
    assert "The report is in" in shown
    assert "hunter2" not in shown
    assert "Traceback" not in shown
    assert_sane(terminal)
    (report,) = (tmp_path / "state").iterdir()
    assert "hunter2" not in report.read_text()
