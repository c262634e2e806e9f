"""The program from outside: what is imported when, exit codes, and what is said instead of a traceback."""

import os
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pgtui import __version__

HEAVY = {"textual", "rich", "psycopg", "docker", "pydantic", "tomlkit", "platformdirs"}


def pgtui(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload,no-any-return]
        [sys.executable, "-m", "pgtui", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        stdin=subprocess.DEVNULL,
        **options,
    )


def imported(code: str) -> set[str]:
    """Return the names of the modules that are there after this code."""
    tell = "import sys; print(*sys.modules, file=sys.__stdout__)"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\n{tell}"], capture_output=True, text=True, check=True, timeout=60
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("option", ["--version", "-V"])
def test_the_version_is_told(option: str) -> None:
    done = pgtui(option)

    assert (done.returncode, done.stdout, done.stderr) == (0, f"pgtui {__version__}\n", "")


def test_the_version_waits_for_nothing_else() -> None:
    found = imported("import sys; sys.argv = ['pgtui', '--version']\nfrom pgtui.__main__ import main; main()")

    assert not found & {"argparse", "asyncio", "tomllib", *HEAVY}


@pytest.mark.parametrize("command", ["clusters", "doctor", "recover", "sandbox", "jobs", "stop", "demo"])
def test_help_waits_for_no_library(command: str) -> None:
    run = f"from pgtui.cli.parser import parse\ntry: parse([{command!r}, '--help'])\nexcept SystemExit: pass"

    assert not imported(run) & HEAVY
    done = pgtui(command, "--help")
    assert done.returncode == 0
    assert f"usage: pgtui {command}" in done.stdout


def test_the_console_is_there_before_any_driver() -> None:
    found = imported("import pgtui.ui.app")

    assert "textual.app" in found
    assert not found & {"psycopg", "docker", "pydantic", "tomlkit"}


def test_without_a_terminal_the_console_says_what_to_use_instead() -> None:
    done = pgtui()

    assert done.returncode == 2
    assert "needs a terminal" in done.stderr
    assert "pgtui --help" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["clusterz"], "Did you mean clusters?"),
        (["recover"], "required: CLUSTER, --to-time, --into"),
        (["recover", "x", "--to-time", "t", "--into", "sandbx"], "It can be: sandbox"),
        (["clusters", "--jsno"], "--jsno"),
        (["clusters", "--js"], "--js"),
        (["stop", "x", "--yes", "--plan"], "not allowed with argument"),
        (["sandbox", "query", "n", "select", "--rows", "0"], "a whole number above zero"),
        (["--config", "/nonexistent/c.toml", "clusters"], "There is no configuration file"),
        (["demo", "--", "no-such-program"], "There is no program 'no-such-program'"),
        (["demo", "--image", "postgres:17", "--", "true"], "Give --docker"),
        (["recover", "x", "--to-time", "\x1b[31m\u202e", "--into", "\x1b]2;x"], "␛]2;x"),
    ],
)
def test_bad_input_is_a_sentence_and_a_hint(arguments: list[str], words: str) -> None:
    done = pgtui(*arguments)

    assert done.returncode == 2
    assert words in done.stderr
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    assert len(done.stderr.splitlines()) == 2


def test_a_mistake_in_the_configuration_ends_a_command_with_2(tmp_path: Path) -> None:
    path = tmp_path / "c.toml"
    path.write_text("\nthemee = 1\n")

    for arguments in (["--config", str(path), "clusters"], ["clusters", "--config", str(path)]):
        done = pgtui(*arguments)
        assert done.returncode == 2
        assert f"{path}, line 2: " in done.stderr
        assert "Did you mean theme?" in done.stderr


def test_an_error_of_our_own_leaves_a_report_without_secrets(isolated_environment: Path) -> None:
    code = (
        "import sys; sys.argv = ['pgtui', 'jobs']\n"
        "import pgtui.bootstrap as b\n"
        "async def broken(options):\n"
        "    password = 'hunter2'\n"
        "    raise KeyError('\\x1b[31m')\n"
        "b.open_services = broken\n"
        "from pgtui.__main__ import main; main()\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "\x1b" not in done.stderr
    (report,) = (isolated_environment / "state" / "pgtui").glob("crash-*.txt")
    assert str(report) in done.stderr
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    assert "KeyError" in text
    assert "in broken" in text
    # The line that raised is told; the values of its variables are not.
    assert "hunter2" not in text.replace("password = 'hunter2'", "")


def test_a_reader_that_has_gone_ends_it_quietly() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [sys.executable, "-m", "pgtui", "jobs", "--json"],
        stdout=writing,
        stderr=subprocess.PIPE,
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    os.close(writing)

    # As the shell tells of a program that SIGPIPE ended.
    assert done.returncode == 141
    assert done.stderr == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_a_command_in_order(number: signal.Signals) -> None:
    code = (
        "import asyncio, os, sys\n"
        "from pgtui.cli.running import run_until_signal\n"
        "async def work():\n"
        "    try:\n"
        f"        os.kill(os.getpid(), {int(number)}); await asyncio.sleep(60)\n"
        "    finally:\n"
        f"        os.kill(os.getpid(), {int(number)}); await asyncio.sleep(0.05); print('cleaned up')\n"
        "    return 0\n"
        "sys.exit(run_until_signal(work()))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout) == (128 + number, "cleaned up\n")
    assert "in order" in done.stderr
