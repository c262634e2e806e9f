"""`pgtui status --watch`: the table that stays where it is, on a real terminal; lines where there is none."""

import io
import json
import os
import pty
import select
import signal
import subprocess
import sys
import termios
import time
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.cli.status_watch import COLUMNS, _drawn
from pgtui.cli.text import console
from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from tests.cli.conftest import NAME
from tests.cli.test_status import status
from tests.domain.archiving import sample
from tests.services.house import LocalSite

SHOWN = "stu\"dent's; $(x) [red]␛"
DEADLINE = 30.0
HIDE_CURSOR, SHOW_CURSOR = b"\x1b[?25l", b"\x1b[?25h"


def drawn(*statuses: ArchiveStatus, width: int = 150) -> list[str]:
    out = io.StringIO()
    shown = console(out)
    shown.width = width
    shown.print(_drawn(statuses))
    return [line.rstrip() for line in out.getvalue().split("\n") if line.strip(" ─")]


def test_the_worst_stand_first_and_then_they_stand_by_name() -> None:
    states = {
        "d": ArchiveState.OK,
        "c": ArchiveState.IDLE,
        "b": ArchiveState.UNKNOWN,
        "a": ArchiveState.LAGGING,
        "z": ArchiveState.FAILING,
        "y": ArchiveState.STOPPED,
    }
    head, *rows = drawn(*(status(state, name) for name, state in states.items()))
    assert head.split()[:3] == list(COLUMNS[:3])
    assert [row.split()[0] for row in rows] == ["y", "z", "b", "a", "c", "d"]


def test_a_row_tells_what_is_known_and_nothing_old() -> None:
    known = replace(status(ArchiveState.OK), sample=sample(archived_at=-60))
    (row,) = drawn(known)[1:]
    assert row.split()[:3] == ["student", "ok", "3"]
    assert row.endswith("All is well.")
    assert "?" not in row
    old = replace(known, is_current=False, figures=replace(known.figures, backlog_segments=None))
    (row,) = drawn(old)[1:]
    assert row.split()[:4] == ["student", "ok", "?", "?"]


def test_names_and_reasons_are_data_and_no_markup_nor_commands() -> None:
    lines = drawn(status(ArchiveState.FAILING, NAME + "\n", "It [bold]fails[/bold]: \x1b[2J\r."))
    text = "\n".join(lines)
    assert SHOWN + "␊" in text
    assert "It [bold]fails[/bold]: ␛[2J␍." in text
    assert "\x1b" not in text


def test_a_narrow_terminal_folds_and_cuts_nothing() -> None:
    text = "".join(drawn(status(ArchiveState.FAILING, "n" * 30, "w" * 90), width=60))
    assert (text.count("n") >= 30, text.count("w") >= 90) == (True, True)


def command(config: Path, *options: str) -> list[str]:
    return [
        sys.executable,
        "-m",
        "pgtui",
        "--config",
        str(config),
        "status",
        "--all",
        "--watch",
        "1",
        *options,
    ]


def environment(tmp_path: Path) -> dict[str, str]:
    absent = f"unix://{tmp_path}/absent.sock"
    return {**os.environ, "DOCKER_HOST": absent, "TERM": "xterm-256color", "COLUMNS": "150", "LINES": "24"}


def read_until(terminal: int, seen: bytes, *words: bytes) -> bytes:
    end = time.monotonic() + DEADLINE
    while not all(word in seen for word in words):
        assert time.monotonic() < end, seen
        seen += read_what_is_there(terminal)
    return seen


def read_what_is_there(terminal: int) -> bytes:
    is_there, _, _ = select.select([terminal], [], [], 0.1)
    return os.read(terminal, 65536) if is_there else b""


def read_to_the_end(terminal: int, seen: bytes, process: subprocess.Popen[bytes]) -> bytes:
    """Read while it runs: a program whose terminal is full cannot end."""
    end = time.monotonic() + DEADLINE
    try:
        while process.poll() is None:
            assert time.monotonic() < end, seen
            seen += read_what_is_there(terminal)
    finally:
        process.kill()
    while more := read_what_is_there(terminal):
        seen += more
    return seen


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_table_on_a_terminal_ends_clean(
    config: Path, site: LocalSite, tmp_path: Path, number: signal.Signals
) -> None:
    site.archive_wal()
    ours, its = pty.openpty()
    try:
        before = termios.tcgetattr(its)
        with subprocess.Popen(
            command(config), stdin=its, stdout=its, stderr=its, env=environment(tmp_path)
        ) as process:
            seen = read_until(ours, b"", b"CLUSTER", SHOWN.encode(), b"LAST ARCHIVED")
            # Drawn again, in the same place.
            seen = read_until(ours, seen, b"\x1b[1A", HIDE_CURSOR)
            process.send_signal(number)
            rest = read_to_the_end(ours, seen, process)
            assert process.returncode == 128 + number
        assert rest.rindex(SHOW_CURSOR) > rest.rindex(HIDE_CURSOR)
        assert b"Traceback" not in rest
        assert termios.tcgetattr(its) == before
    finally:
        os.close(ours)
        os.close(its)


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["lines", "json"])
def test_without_a_terminal_all_are_told_in_lines(
    config: Path, site: LocalSite, tmp_path: Path, options: list[str]
) -> None:
    site.archive_wal()
    with subprocess.Popen(
        command(config, *options),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment(tmp_path),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        mine: list[str] = []
        end = time.monotonic() + DEADLINE
        while len(mine) < 2:
            assert time.monotonic() < end
            line = process.stdout.readline()
            if options:
                mine += [each["state"] for each in json.loads(line)["clusters"] if each["cluster"] == NAME]
            elif f" - {SHOWN}: " in line:
                mine.append(line)
        process.send_signal(signal.SIGINT)
        assert process.wait(DEADLINE) == 130
        assert "Traceback" not in process.stderr.read()
    if options:
        assert set(mine) <= {"ok", "idle"}
    else:
        assert all(" OK - " in line and " | backlog=" in line and "\x1b" not in line for line in mine)
