"""Plans as bash: what runs is the steps, whatever titles and names hold."""

import os
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.command import Command
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import Plan, PlannedStep, RunCommand, Step
from pgtui.domain.recovery_log import REACHED
from pgtui.domain.script import await_target_lines, render_script
from tests.domain.made import HOSTILE
from tests.domain.samples import plan as sample_plan

PLACE = Place(HostKind.LOCAL, "/d")


def _step(*argv: str, words: str = "Do it") -> RunCommand:
    return RunCommand(PLACE, Command(argv), words)


def _lines(step: Step) -> tuple[str, ...]:
    return (str(step.command),) if isinstance(step, RunCommand) else ("true",)


def _bash(script: str, *arguments: str, folder: Path) -> subprocess.CompletedProcess[bytes]:
    file = folder / "script.sh"
    file.write_bytes(os.fsencode(script))
    work = folder / "work"
    work.mkdir()
    return subprocess.run(["bash", file, *arguments], cwd=work, capture_output=True, check=False, timeout=20)


NAMES = [
    HOSTILE,
    "x\ntouch hacked\n",
    "x\r\ntouch hacked #",
    "x\x85touch hacked\u2028touch hacked\x0btouch hacked",
    "$(touch hacked) `touch hacked` ; touch hacked",
    "ends in a backslash \\",
    "%s %d {title} {0} {{",
    "'; touch hacked; '",
    "\nEOF\ntouch hacked\n}\ntouch hacked\n",
    "-n",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_a_command(name: str, tmp_path: Path) -> None:
    plan = Plan(
        title=name,
        cluster=name,
        steps=(PlannedStep(_step("printf", "%s|", name, words=name), undo=(_step("true", words=name),)),),
        outcome=name,
    )
    done = _bash(render_script(plan, _lines), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout == os.fsencode(f"{name}|{name}\n")
    assert list((tmp_path / "work").iterdir()) == []


@settings(max_examples=40)
@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=30))
def test_only_the_steps_are_commands(text: str) -> None:
    plan = Plan(text, text, (PlannedStep(_step("true", words=text)),), outcome="")
    kept = [line for line in render_script(plan, _lines).split("\n") if line and not line.startswith("#")]
    assert kept.count("true") == 1
    bare = render_script(Plan("", "", (PlannedStep(_step("true")),)), _lines).split("\n")
    assert kept == [line for line in bare if line and not line.startswith("#")]


def test_every_kind_of_step_can_be_rendered_with_hostile_names(tmp_path: Path) -> None:
    done = _bash(render_script(sample_plan(), lambda _: ("true",)), folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, b"")


def _undoable() -> Plan:
    return Plan(
        "t",
        "c",
        (
            PlannedStep(_step("echo", "one"), undo=(_step("echo", "back", "one"),)),
            PlannedStep(_step("echo", "two"), undo=(_step("echo", "back", "two"), _step("echo", "two", "b"))),
        ),
        outcome="all done",
    )


def test_steps_run_in_order_and_the_outcome_is_told(tmp_path: Path) -> None:
    assert _bash(render_script(_undoable(), _lines), folder=tmp_path).stdout == b"one\ntwo\nall done\n"


def test_undo_runs_only_what_takes_back_the_last_step_first(tmp_path: Path) -> None:
    done = _bash(render_script(_undoable(), _lines), "undo", folder=tmp_path)
    assert (done.returncode, done.stdout) == (0, b"back two\ntwo b\nback one\n")


@pytest.mark.parametrize("argument", ["--help", "Undo", "undo ", ""])
def test_an_unknown_argument_runs_nothing(argument: str, tmp_path: Path) -> None:
    done = _bash(render_script(_undoable(), _lines), argument, folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert b"undo" in done.stderr


def test_a_script_that_cannot_be_undone_never_runs_its_steps_when_asked_to_undo(tmp_path: Path) -> None:
    script = render_script(Plan("t", "c", (PlannedStep(_step("echo", "one")),)), _lines)
    done = _bash(script, "undo", folder=tmp_path)
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr


def test_the_script_stops_at_the_first_command_that_fails(tmp_path: Path) -> None:
    plan = Plan("t", "c", (PlannedStep(_step("false")), PlannedStep(_step("echo", "on"))), outcome="done")
    done = _bash(render_script(plan, _lines), folder=tmp_path)
    assert (done.returncode, done.stdout) == (1, b"")


def _await(folder: Path, state: str, log: str, is_running: str = "true") -> tuple[int, bytes]:
    """Run the wait against a psql that always answers `state` and a log of this text."""
    (folder / "log").write_text(log)
    psql = folder / "psql"
    psql.write_text(f"#!/bin/sh\nprintf '%s\\n' {shlex.quote(state)}\n")
    psql.chmod(0o755)
    wait = await_target_lines(f"{psql} -Atc", f"cat {folder / 'log'}", is_running)
    done = _bash("\n".join(["set -euo pipefail", *wait, "echo reached", ""]), folder=folder)
    return done.returncode, done.stdout


def test_the_wait_ends_when_replay_has_paused_at_the_target(tmp_path: Path) -> None:
    assert _await(tmp_path, "paused", f"LOG:  {REACHED}\n") == (0, b"reached\n")


def test_a_log_far_longer_than_a_pipe_does_not_confuse_the_wait(tmp_path: Path) -> None:
    log = f"LOG:  {REACHED}\n" + "LOG:  a line that follows\n" * 100_000
    assert _await(tmp_path, "paused", log) == (0, b"reached\n")


@pytest.mark.parametrize(
    ("state", "log", "is_running"),
    [
        ("promoted", "LOG:  archive recovery complete\n", "true"),
        ("paused", "LOG:  recovery has paused\n", "true"),
        ("", "FATAL:  recovery ended\n", "false"),
    ],
)
def test_another_end_than_the_target_fails_the_script(
    tmp_path: Path, state: str, log: str, is_running: str
) -> None:
    assert _await(tmp_path, state, log, is_running) == (1, b"")
