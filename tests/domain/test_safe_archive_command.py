"""The archive_command that pgtui sets, run by a shell as the server would run it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_draft import ArchiveDraft, clean_directory, draft_problems
from pgtui.domain.safe_archive_command import (
    ARCHIVE_MARK,
    NOT_MOUNTED,
    NOT_WRITTEN,
    OTHER_CONTENT,
    safe_command,
)

SEGMENT = "000000010000000000000001"
NAMES = ("plain", "a\"b'c; $(touch x) [red] %f %p %% \\n `y` ${z} äöü 🐘", "-n", " ", "'", "\\", "$d/%f\\c")
DIRECTORIES = st.text(st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]))
SHELLS = [("sh",), ("bash",), *((("busybox", "sh"),) if shutil.which("busybox") else ())]


@pytest.fixture(params=NAMES)
def archive(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """An archive with its mark; the server's own directory beside it."""
    name: str = request.param
    (tmp_path / "pg_wal").mkdir()
    (tmp_path / "pg_wal" / SEGMENT).write_bytes(b"written by the server" * 1000)
    made = tmp_path / "archive" / name
    made.mkdir(parents=True)
    (made / ARCHIVE_MARK).touch()
    return made


@pytest.fixture(params=SHELLS, ids=" ".join)
def shell(request: pytest.FixtureRequest) -> tuple[str, ...]:
    found: tuple[str, ...] = request.param
    return found


def data_of(archive: Path) -> Path:
    return [path for path in archive.parents if (path / "pg_wal").is_dir()][0]


def run(archive: Path, shell: tuple[str, ...] = ("sh",), before: str = "") -> tuple[int, str]:
    """Run it as the archiver does: %p and %f put in, in the data directory."""
    template = safe_command(str(archive)).replace("%%", "\0")
    command = template.replace("%p", f"pg_wal/{SEGMENT}").replace("%f", SEGMENT).replace("\0", "%")
    argv = [*shell, "-c", before + command]
    done = subprocess.run(argv, cwd=data_of(archive), capture_output=True, text=True, check=False)
    assert done.stdout == ""
    return done.returncode, done.stderr


def content(archive: Path) -> set[str]:
    return {path.name for path in archive.iterdir()}


def test_a_segment_is_copied_once_and_an_identical_one_accepted(
    archive: Path, shell: tuple[str, ...]
) -> None:
    assert run(archive, shell) == (0, "")
    copy = archive / SEGMENT
    assert copy.read_bytes() == (data_of(archive) / "pg_wal" / SEGMENT).read_bytes()
    written = copy.stat()

    assert run(archive, shell) == (0, "")

    assert (copy.stat().st_ino, copy.stat().st_mtime_ns) == (written.st_ino, written.st_mtime_ns)
    assert content(archive) == {ARCHIVE_MARK, SEGMENT}


def test_a_different_file_is_never_overwritten(archive: Path, shell: tuple[str, ...]) -> None:
    (archive / SEGMENT).write_bytes(b"another server's")

    assert run(archive, shell) == (OTHER_CONTENT, f"{SEGMENT} exists with different contents\n")

    assert (archive / SEGMENT).read_bytes() == b"another server's"


def test_without_its_mark_nothing_is_written(archive: Path, shell: tuple[str, ...]) -> None:
    (archive / ARCHIVE_MARK).unlink()

    code, words = run(archive, shell)

    assert code == NOT_MOUNTED
    assert words.startswith("archive ")
    assert content(archive) == set()


def test_a_directory_that_is_gone_is_not_made(archive: Path) -> None:
    shutil.rmtree(archive)
    assert run(archive)[0] == NOT_MOUNTED
    assert not archive.exists()


@pytest.mark.parametrize("before", ["ulimit -f 1; ", "trap '' XFSZ; ulimit -f 1; "], ids=["signal", "error"])
def test_what_could_not_be_written_whole_is_not_there(archive: Path, before: str) -> None:
    """A file size limit cuts the copy off, as a full disk does."""
    assert run(archive, before=before)[0] == NOT_WRITTEN
    assert content(archive) == {ARCHIVE_MARK}


def test_a_half_written_file_of_a_killed_run_is_replaced(archive: Path) -> None:
    (archive / f".{SEGMENT}.tmp").write_bytes(b"x" * 10**6)
    assert run(archive)[0] == 0
    assert content(archive) == {ARCHIVE_MARK, SEGMENT}
    assert (archive / SEGMENT).stat().st_size == 21000


@given(DIRECTORIES)
def test_the_directory_can_be_read_back_from_the_command(name: str) -> None:
    directory = clean_directory(f"/{name}")
    assert archive_directory(safe_command(directory)) == directory
    assert "\n" not in safe_command(directory)
    assert not draft_problems(ArchiveDraft("c", directory))


@pytest.mark.parametrize("directory", ["", "relative", "/a\nb", "/a\x01b", "/a\x7f", "/\udce9"])
def test_a_directory_that_cannot_be_meant_is_a_problem(directory: str) -> None:
    (problem,) = draft_problems(ArchiveDraft("c", directory))
    assert problem.field == "directory"
    assert problem.hint
