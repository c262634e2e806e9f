"""The look at an archive to be, and what is made of it."""

import os
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.archive_place import (
    ArchivePlace,
    PathState,
    foreign_identifier,
    headers_command,
    look_command,
    make_command,
    mark_command,
    place_from,
    system_identifier_of,
    unmake_command,
    unmark_command,
)
from pgtui.domain.archive_place_findings import place_findings
from pgtui.domain.command import Command
from pgtui.domain.preflight import Severity
from pgtui.domain.safe_archive_command import ARCHIVE_MARK

HOSTILE = "a\"b'c; $(x)\nstate there [red] %f *äöü"
SEGMENT = "000000010000000000000001"


def sh(command: Command) -> str:
    environment = {**os.environ, **dict(command.env)}
    done = subprocess.run(command.argv, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "data *"
    (path / "pg_wal").mkdir(parents=True)
    return path


def look(directory: Path, data: Path, *programs: str) -> tuple[ArchivePlace, tuple[str, ...]]:
    lines = sh(look_command(str(directory), str(data), programs)).split("\n")
    return place_from(str(directory), [line for line in lines if line], in_container=False)


def test_a_missing_directory_is_made_with_its_parents_and_given_up_again(data: Path) -> None:
    directory = data.parent / HOSTILE / "deep"

    place, _ = look(directory, data)

    assert (place.state, place.nearest) == (PathState.MISSING, str(data.parent))
    assert place.missing_parents == (str(directory), str(directory.parent))
    for _ in range(2):
        sh(make_command(place, "", "root"))
        sh(mark_command(str(directory)))
    assert directory.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in directory.iterdir()] == [ARCHIVE_MARK]
    there, _ = look(directory, data)
    assert (there.state, there.is_marked, there.names) == (PathState.THERE, True, 0)
    for _ in range(2):
        sh(unmark_command(str(directory)))
        sh(unmake_command(place, "root"))
    assert not directory.parent.exists()


def test_what_was_archived_is_never_removed(data: Path) -> None:
    place, _ = look(data.parent / "archive", data)
    sh(make_command(place, "", "root"))
    sh(mark_command(place.directory))
    kept = Path(place.directory, SEGMENT)
    kept.touch()

    assert "kept" in sh(unmark_command(place.directory))
    assert "kept" in sh(unmake_command(place, "root"))

    assert {path.name for path in kept.parent.iterdir()} == {SEGMENT, ARCHIVE_MARK}


def test_files_are_counted_and_strange_ones_named(data: Path) -> None:
    directory = data.parent / HOSTILE
    directory.mkdir()
    for name in (SEGMENT, "00000002.history", f"{SEGMENT}.00000028.backup", f"{SEGMENT}.partial.gz"):
        (directory / name).touch()
    assert look(directory, data)[0].strange == ""
    (directory / "notes of mine.txt").touch()

    place, segments = look(directory, data)

    assert (place.names, place.strange, segments) == (5, "notes of mine.txt", (SEGMENT,))
    (note,) = [f for f in place_findings(replace(place, shares_disk=False), can_be_root=False)]
    assert (note.severity, "5 files lie there" in note.message) == (Severity.NOTE, True)


@pytest.mark.parametrize("below", ["", "archive", "pg_wal/archive", "a/b/c"])
def test_the_data_directory_holds_no_archive(data: Path, below: str) -> None:
    link = data.parent / "link"
    link.symlink_to(data)
    for base in (data, link):
        assert look(base / below, data)[0].is_inside_data
    assert not look(data.parent / "data *2" / below, data)[0].is_inside_data


def test_a_wal_directory_elsewhere_holds_no_archive(data: Path, tmp_path: Path) -> None:
    (data / "pg_wal").rmdir()
    (tmp_path / "wal").mkdir()
    (data / "pg_wal").symlink_to(tmp_path / "wal")
    assert look(tmp_path / "wal" / "archive", data)[0].is_inside_data


def test_something_in_the_way_is_named(data: Path) -> None:
    file = data.parent / HOSTILE
    file.touch()
    dangling = data.parent / "dangling"
    dangling.symlink_to("/nowhere/at/all")
    for path, way in ((file, file), (file / "below", file), (dangling, dangling)):
        place, _ = look(path, data)
        assert (place.state, place.nearest) == (PathState.IN_THE_WAY, str(way))


def test_programs_that_are_missing_are_told(data: Path) -> None:
    assert look(data.parent, data, "sh", "no-such-program")[0].missing_programs == ("no-such-program",)


@pytest.mark.parametrize(
    ("place", "words"),
    [
        (ArchivePlace("/a", PathState.CLOSED, "/a"), "may not write into /a"),
        (ArchivePlace("/a", PathState.MISSING, "/", nearest_is_open=False), "may not make a directory in /"),
        (ArchivePlace("/a", PathState.IN_THE_WAY, "/a"), "is no directory"),
        (ArchivePlace("/a", PathState.THERE, "/a", is_inside_data=True), "inside the data directory"),
        (ArchivePlace("/a", PathState.THERE, "/a", foreign="7"), "another database system"),
        (ArchivePlace("/a", PathState.THERE, "/a", missing_programs=("cmp",)), "there is no cmp"),
    ],
)
def test_what_cannot_be_is_refused_with_a_hint(place: ArchivePlace, words: str) -> None:
    (finding,) = place_findings(place, can_be_root=False)
    assert finding.severity is Severity.REFUSE
    assert words in finding.message
    assert finding.hint


def test_root_can_make_a_directory_where_the_server_may_not() -> None:
    place = ArchivePlace("/a", PathState.MISSING, "/", nearest_is_open=False)
    assert place_findings(place, can_be_root=True) == ()


def test_one_file_is_told_as_one() -> None:
    (note,) = place_findings(ArchivePlace("/a", PathState.THERE, "/a", names=1), can_be_root=False)
    assert "1 file lies there" in note.message


def test_a_path_that_makes_the_command_too_long_is_refused() -> None:
    (finding,) = place_findings(ArchivePlace("/" + "a" * 700, PathState.MISSING, "/"), can_be_root=False)
    assert (finding.severity, "PostgreSQL 15" in finding.hint) == (Severity.REFUSE, True)
    assert not place_findings(ArchivePlace("/" + "a" * 350, PathState.MISSING, "/"), can_be_root=False)


def header_of(identifier: int) -> bytes:
    header = bytes.fromhex("16d1 0200 01000000 0000000100000000 00000000 00000000".replace(" ", ""))
    return header + identifier.to_bytes(8, "little") + (16 * 2**20).to_bytes(4, "little") + b"\0\x20\0\0"


@pytest.mark.parametrize(
    ("count", "looked_at"), [(0, ()), (1, (1,)), (2, (1, 2)), (3, (1, 2, 3)), (9, (1, 5, 9))]
)
def test_another_servers_segments_are_found_at_either_end(
    data: Path, count: int, looked_at: tuple[int, ...]
) -> None:
    directory = data.parent / HOSTILE
    directory.mkdir()
    names = [f"0000000100000000{number:08X}" for number in range(1, count + 1)]
    for name in names:
        (directory / name).write_bytes(header_of(7) + b"rest")
    _, segments = look(directory, data)
    assert segments == tuple(names[number - 1] for number in looked_at)

    command = headers_command([f"{directory}/{segment}" for segment in segments])
    assert foreign_identifier(sh(command), "7") == ""
    for segment in segments:
        (directory / segment).write_bytes(header_of(8))
        assert foreign_identifier(sh(command), "7") == "8"
        (directory / segment).write_bytes(b"")
    assert foreign_identifier(sh(command), "7") == ""


def test_the_system_identifier_is_read_from_a_segments_header() -> None:
    header = header_of(7123456789012345678)
    printed = " ".join(f"{byte:02x}" for byte in header)
    assert system_identifier_of(printed) == "7123456789012345678"
    assert system_identifier_of("00 " * 40) is None
    assert system_identifier_of(printed[:30]) is None
    assert system_identifier_of("") is None
