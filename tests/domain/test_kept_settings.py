"""What is kept on the server's own machine, by the commands themselves: no secret is ever an argument."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.command import Command
from pgtui.domain.configuration_edit import changed_line, hidden_comment
from pgtui.domain.kept_settings import (
    KeptLine,
    forget_command,
    is_sealed,
    keep_command,
    kept_path,
    replace_command,
    restore_auto_command,
    restore_command,
)
from pgtui.domain.safe_archive_command import safe_command

HOSTILE = "a\"b'c; $(x) [red] `y` \\n %f äöü & \\1"
SECRET = "hunter2"
OLD = f"  archive_command = 'push --key={SECRET} {HOSTILE.replace(chr(39), chr(39) * 2)}' # old"
NEW = "  archive_command = 'cp %p /a/%f' # old"
TOKEN = "t0k3n"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    room = tmp_path / HOSTILE
    room.mkdir()
    return room / "postgresql.conf"


def sh(command: Command, *, fails: bool = False) -> str:
    assert SECRET not in " ".join(command.argv)
    done = subprocess.run(command.argv, capture_output=True, text=True, check=False)
    assert (done.returncode != 0) is fails, done.stderr
    assert SECRET not in done.stdout + done.stderr
    return done.stderr


@pytest.mark.parametrize("tail", ["", "\n", "\nlast = 1", "\nlast = 1\n"])
@pytest.mark.parametrize("head", ["", "# päss='wörd'\r\n\n", "x = '\udce9'\n"])
def test_a_line_is_exchanged_and_brought_back_without_being_told(file: Path, head: str, tail: str) -> None:
    def content(line: str) -> bytes:
        return f"{head}{line}{tail}".encode(errors="surrogateescape")

    file.write_bytes(content(OLD))
    file.chmod(0o644)
    number = head.count("\n") + 1
    kept = Path(kept_path(str(file), TOKEN))
    line = KeptLine(str(file), TOKEN, number, "archive_command", NEW, account="")

    sh(keep_command(str(file), TOKEN, ""))
    assert (kept.read_bytes(), kept.stat().st_mode & 0o777) == (content(OLD), 0o600)
    for _ in range(2):
        sh(replace_command(line))
        assert file.read_bytes() == content(NEW)
    assert file.stat().st_mode & 0o777 == 0o644
    for _ in range(2):
        sh(restore_command(line))
        assert file.read_bytes() == content(OLD)
    for _ in range(2):
        sh(forget_command(str(file), TOKEN, ""))
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_what_was_changed_meanwhile_is_told_and_left(file: Path) -> None:
    file.write_text(f"port = 1\n{OLD}\n")
    sh(keep_command(str(file), TOKEN, ""))
    assert "does not set archive_command" in sh(
        replace_command(KeptLine(str(file), TOKEN, 1, "archive_command", NEW, account="")), fails=True
    )
    file.write_text("archive_command = 'mine'\n")
    line = KeptLine(str(file), TOKEN, 2, "archive_command", NEW, account="")
    assert "is another one now" in sh(replace_command(line), fails=True)
    assert "is another one now" in sh(restore_command(line), fails=True)
    os.remove(kept_path(str(file), TOKEN))
    assert "is gone: set by hand" in sh(restore_command(line), fails=True)
    assert "is gone: set by hand" in sh(restore_auto_command(str(file), TOKEN, {"x": "1"}), fails=True)
    assert file.read_text() == "archive_command = 'mine'\n"


def test_settings_of_alter_system_are_brought_back_and_others_stay(file: Path) -> None:
    secret = f"archive_command = 'push {SECRET} \\\\ {HOSTILE.replace(chr(39), chr(39) * 2)}'"
    file.write_text(f"# Do not edit\n{secret}\narchive_timeout = '7'\n")
    sh(keep_command(str(file), TOKEN, ""))
    file.write_text(
        "# Do not edit\nport = '1'\narchive_timeout = '7'\narchive_mode = 'on'\narchive_command = 'cp'\n"
    )
    written = {"archive_mode": "on", "archive_command": "cp", "archive_timeout": "9"}
    for _ in range(2):
        sh(restore_auto_command(str(file), TOKEN, written))
        assert file.read_text() == f"# Do not edit\nport = '1'\n{secret}\narchive_timeout = '7'\n"


@pytest.mark.parametrize("now", [f"archive_command = 'theirs {SECRET}'\n", "", "archive_command=cp\n"])
def test_settings_that_others_changed_since_are_not_brought_back(file: Path, now: str) -> None:
    file.write_text(f"archive_command = 'push {SECRET}'\n")
    sh(keep_command(str(file), TOKEN, ""))
    file.write_text(f"archive_mode = 'on'\n{now}")
    written = {"archive_mode": "on", "archive_command": "cp"}
    told = sh(restore_auto_command(str(file), TOKEN, written), fails=True)
    assert "archive_command was changed meanwhile" in told
    assert file.read_text() == f"archive_mode = 'on'\n{now}"


@pytest.mark.parametrize("comment", [f" # token={SECRET} äöü", f"#PGPASSWORD={SECRET}\t\udce9\r"])
def test_a_comment_that_looks_like_a_secret_stays_and_is_not_told(file: Path, comment: str) -> None:
    def content(value: str) -> bytes:
        return f"port = 1\narchive_mode = {value}{comment}\n".encode(errors="surrogateescape")

    file.write_bytes(content("off"))
    old = f"archive_mode = off{comment}"
    new = changed_line(old, "on")
    assert new == "archive_mode = on"
    line = KeptLine(str(file), TOKEN, 2, "archive_mode", new, hidden_comment(old), account="")
    sh(keep_command(str(file), TOKEN, ""))
    for _ in range(2):
        sh(replace_command(line))
        assert file.read_bytes() == content("on")
    for _ in range(2):
        sh(restore_command(line))
        assert file.read_bytes() == content("off")


def test_keeping_takes_no_old_mode_over(file: Path) -> None:
    file.write_text("a = 1\n")
    stale = file.with_name(f"{file.name}.pgtui")
    stale.touch(mode=0o666)
    sh(keep_command(str(file), TOKEN, ""))
    assert Path(kept_path(str(file), TOKEN)).stat().st_mode & 0o777 == 0o600


@given(st.text(min_size=1))
def test_every_command_but_ones_own_is_sealed(command: str) -> None:
    assert is_sealed("archive_command", command)
    assert not is_sealed("archive_timeout", command)


def test_an_own_command_and_none_at_all_need_no_seal() -> None:
    assert not is_sealed("archive_command", safe_command("/a b'c/%f"))
    assert is_sealed("archive_command", safe_command("/a") + f" # {SECRET}")
    assert not is_sealed("archive_command", "")
    assert not is_sealed("archive_command", None)
