"""A real terminal: tmux, in which the program is run and read as a user reads it."""

import os
import shlex
import subprocess
import sys
import time
from pathlib import Path
from uuid import uuid4

DEADLINE = 60.0


class Terminal:
    """One tmux server with one window, 80x24 unless told otherwise."""

    def __init__(self, *argv: str, width: int = 80, height: int = 24) -> None:
        self._socket = f"pgtui-test-{uuid4().hex[:8]}"
        # What follows the program shows that it ended, how, and in which state it left the terminal.
        line = f"{shlex.join(argv)}; echo ENDED=$?; stty -a | grep -o -- '-\\?echo\\b'; cat"
        self._tmux("new-session", "-d", "-x", str(width), "-y", str(height), "bash", "-c", line)

    def keys(self, *keys: str) -> None:
        """Press keys by tmux's names for them."""
        self._tmux("send-keys", *keys)

    def type(self, text: str) -> None:
        """Type characters as they are."""
        self._tmux("send-keys", "-l", text)

    def screen(self) -> str:
        """What can be read on the screen."""
        return self._tmux("capture-pane", "-p")

    def wait_for(self, words: str, deadline: float = DEADLINE) -> str:
        """Wait until the screen shows these words."""
        end = time.monotonic() + deadline
        while words not in (shown := self.screen()):
            assert time.monotonic() < end, f"{words!r} did not appear on:\n{shown}"
            time.sleep(0.05)
        return shown

    def flag(self, name: str) -> str:
        """One of tmux's facts of the pane, such as `alternate_on` or `pane_title`."""
        return self._tmux("display-message", "-p", f"#{{{name}}}").strip()

    def processes(self) -> list[int]:
        """The processes that were started in the pane, the shell left out."""
        shell = int(self.flag("pane_pid"))
        return [int(pid) for pid in Path(f"/proc/{shell}/task/{shell}/children").read_text().split()]

    def close(self) -> None:
        """End the terminal and all in it."""
        subprocess.run(["tmux", "-L", self._socket, "kill-server"], capture_output=True, check=False)

    def _tmux(self, *arguments: str) -> str:
        done = subprocess.run(
            ["tmux", "-L", self._socket, "-f", "/dev/null", *arguments],
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm-256color"},
        )
        return done.stdout


def pgtui(*arguments: str) -> tuple[str, ...]:
    """The program of this checkout."""
    return (sys.executable, "-m", "pgtui", *arguments)
