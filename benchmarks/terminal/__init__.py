"""Runs a program in a terminal of its own, with an empty home, and reads what it draws."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import tempfile
import termios
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

SIZE = (40, 120)
DEADLINE = 60.0


class Terminal:
    """A running program and what it has drawn so far."""

    def __init__(self, process: "subprocess.Popen[bytes]", descriptor: int) -> None:
        self.process = process
        self.drawn = b""
        self._descriptor = descriptor

    def read_until(self, sentinel: bytes) -> None:
        """Read until the sentinel was drawn."""
        end = time.monotonic() + DEADLINE
        while sentinel not in self.drawn:
            if time.monotonic() > end or not self.read_for(0.5):
                raise SystemExit(f"{sentinel!r} never appeared:\n{self.drawn.decode(errors='replace')}")

    def read_for(self, seconds: float) -> bool:
        """Read what comes within this time, or the first of it; return False when the program has ended."""
        ready, _, _ = select.select([self._descriptor], [], [], seconds)
        if ready:
            try:
                self.drawn += os.read(self._descriptor, 65536)
            except OSError:
                return False
        return True


@contextmanager
def run(argv: Sequence[str]) -> Iterator[Terminal]:
    """Have the program running in a terminal for the time of a `with`."""
    with tempfile.TemporaryDirectory() as home:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", *SIZE, 0, 0))
        environment = {"HOME": home, "PATH": os.environ["PATH"], "TERM": "xterm-256color", "LANG": "C.UTF-8"}
        process = subprocess.Popen(
            argv, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
        )
        os.close(theirs)
        try:
            yield Terminal(process, ours)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            os.close(ours)
