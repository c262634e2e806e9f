"""The archive_command that pgtui sets, run by a shell as the server would run it."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.archive_draft import ArchiveDraft, clean_directory, draft_problems
from pgtui.domain.safe_archive_command import (
    ARCHIVE_MARK,
    NOT_MOUNTED,
    NOT_WRITTEN,
    OTHER_CONTENT,
    PROGRAMS,
    command_bytes,
    safe_command,
)

SEGMENT = "000000010000000000000001"
NAMES = ("plain", "a\"b'c; $(touch x) [red] %f %p %% \\n `y` ${z} äöü 🐘", "-n", " ", "'", "\\", "$d/%f\\c")
DIRECTORIES = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs"]), max_size=60
)
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


def words_of(archive: Path, shell: tuple[str, ...] = ("sh",), before: str = "") -> list[str]:
    """What the archiver runs: %p and %f put in."""
    template = safe_command(str(archive)).replace("%%", "\0")
    command = template.replace("%p", f"pg_wal/{SEGMENT}").replace("%f", SEGMENT).replace("\0", "%")
    return [*shell, "-c", before + command]


def run(archive: Path, shell: tuple[str, ...] = ("sh",), before: str = "") -> tuple[int, str]:
    """Run it as the archiver does, in the data directory."""
    argv = words_of(archive, shell, before)
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


@pytest.mark.parametrize("left", [f".{SEGMENT}.tmp", f".{SEGMENT}-123.tmp"])
def test_a_half_written_file_of_a_killed_run_is_removed(archive: Path, left: str) -> None:
    other = f".{SEGMENT}.00000028.backup-7.tmp"
    for _ in range(2):
        for name in (left, other):
            (archive / name).write_bytes(b"x" * 10**6)
        assert run(archive)[0] == 0
        assert content(archive) == {ARCHIVE_MARK, SEGMENT, other}
    assert (archive / SEGMENT).stat().st_size == 21000


def test_of_two_servers_that_run_at_once_one_alone_succeeds(archive: Path, shell: tuple[str, ...]) -> None:
    servers = []
    for name in ("one", "two"):
        (data := data_of(archive) / name / "pg_wal").mkdir(parents=True)
        (data / SEGMENT).write_bytes(name.encode() * 700_000)
        servers.append(data.parent)
    # Each waits in its shell until the pipe is closed, so that they begin together.
    gate, opened = os.pipe()
    argv = words_of(archive, shell, "read -r gate <&0 || :; ")
    runs = [
        (server, subprocess.Popen(argv, cwd=server, stdin=gate, stderr=subprocess.DEVNULL))
        for server in servers * 6
    ]
    os.close(gate)
    os.close(opened)
    codes = [(server, process.wait(60)) for server, process in runs]

    (winner,) = {server for server, code in codes if code == 0}
    assert codes == [(server, 0 if server == winner else OTHER_CONTENT) for server, _ in codes]
    assert (archive / SEGMENT).read_bytes() == (winner / "pg_wal" / SEGMENT).read_bytes()
    assert content(archive) == {ARCHIVE_MARK, SEGMENT}


def late(archive: Path, program: str, words: str) -> str:
    """Have a program do something more: what another run would do at that very moment."""
    (bin_directory := data_of(archive) / "bin").mkdir()
    stand_in = bin_directory / program
    stand_in.write_text(f"#!/bin/sh\n{words}\n")
    stand_in.chmod(0o755)
    return f'PATH="{bin_directory}:$PATH"; '


@pytest.mark.parametrize(("text", "code"), [("theirs", OTHER_CONTENT), ("", 0)], ids=["other", "same"])
def test_a_file_that_appears_while_one_is_written_stays(archive: Path, text: str, code: int) -> None:
    found = archive / SEGMENT
    source = data_of(archive) / "pg_wal" / SEGMENT
    theirs = data_of(archive) / "theirs"
    theirs.write_bytes(text.encode() or source.read_bytes())
    before = late(archive, "dd", f'/bin/dd "$@" && ln "{theirs}" "$THERE"')

    assert run(archive, before=f"export THERE={shlex.quote(str(found))}; {before}")[0] == code

    assert found.samefile(theirs)
    assert content(archive) == {ARCHIVE_MARK, SEGMENT}


def test_a_directory_with_the_segments_name_that_appears_stays_empty(archive: Path) -> None:
    found = archive / SEGMENT
    before = late(archive, "dd", '/bin/dd "$@" && mkdir "$THERE"')
    code, _ = run(archive, before=f"export THERE={shlex.quote(str(found))}; {before}")
    assert code == OTHER_CONTENT
    assert list(found.iterdir()) == []


def test_without_hard_links_a_segment_is_renamed(archive: Path) -> None:
    assert run(archive, before=late(archive, "link", "exit 1"))[0] == 0
    assert (archive / SEGMENT).stat().st_size == 21000
    assert content(archive) == {ARCHIVE_MARK, SEGMENT}


@pytest.mark.parametrize("is_there", [False, True])
def test_success_means_that_file_and_directory_are_on_disk(archive: Path, is_there: bool) -> None:
    """A run before may have crashed after the file was there and before it was on disk."""
    if is_there:
        shutil.copy(data_of(archive) / "pg_wal" / SEGMENT, archive)
    told = data_of(archive) / "synced"
    before = late(archive, "sync", f'printf "%s\\n" "$@" >>"{told}"; exit "${{FAILING:-0}}"')

    assert run(archive, before=before)[0] == 0
    assert told.read_text() == f"{archive}/{SEGMENT}\n{archive}\n"
    assert run(archive, before=f'export FAILING=1; PATH="{told.parent}/bin:$PATH"; ')[0] == NOT_WRITTEN


def test_the_name_of_a_file_being_written_is_never_shared(archive: Path) -> None:
    """Two containers may give their processes the same numbers."""
    before = 'printf theirs >"$BELOW/.$NAME-$$.tmp"; '
    begin = f"BELOW={shlex.quote(str(archive))}; NAME={SEGMENT}; "
    assert run(archive, before=begin + before)[0] == NOT_WRITTEN
    (theirs,) = archive.glob(f".{SEGMENT}-*.tmp")
    assert theirs.read_text() == "theirs"
    assert run(archive)[0] == 0


def test_its_programs_are_all_it_needs(archive: Path) -> None:
    (bin_directory := data_of(archive) / "only").mkdir()
    for program in PROGRAMS:
        (bin_directory / program).symlink_to(str(shutil.which(program)))
    assert run(archive, before=f'PATH="{bin_directory}"; ') == (0, "")


def test_the_longest_command_is_counted_as_the_server_puts_it_together() -> None:
    name = "000000010000000000000001.00000028.backup"
    written = safe_command("/a'ä%").replace("%%", "\0").replace("%p", f"pg_wal/{name}").replace("%f", name)
    assert command_bytes("/a'ä%") == len(written.replace("\0", "%").encode())


@given(DIRECTORIES)
def test_the_directory_can_be_read_back_from_the_command(name: str) -> None:
    directory = clean_directory(f"/{name}")
    assume(not {".", ".."} & set(directory.split("/")))
    assert archive_directory(safe_command(directory)) == directory
    assert "\n" not in safe_command(directory)
    assert not draft_problems(ArchiveDraft("c", directory))


@pytest.mark.parametrize(
    "directory",
    ["", "relative", "/a\nb", "/a\x01b", "/a\x7f", "/\udce9", "/..", "/a/../b", "/a/.", "/a/./b", "/a/../"]
    + [f"/{'ä' * 128}", f"/a{'/b' * 2048}"],
)
def test_a_directory_that_cannot_be_meant_is_a_problem(directory: str) -> None:
    (problem,) = draft_problems(ArchiveDraft("c", directory))
    assert problem.field == "directory"
    assert problem.hint


def test_a_path_may_be_as_long_as_the_system_has_it() -> None:
    for directory in (f"/{'a' * 255}", f"/a{'/b' * 2046}", "/...", "/a/..b/.c"):
        assert not draft_problems(ArchiveDraft("c", directory))
