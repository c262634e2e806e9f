"""Files on this machine: links, pipes, and what must not be followed or overwritten."""

import os
from pathlib import Path

import pytest

from pgtui.domain.errors import FileProblem
from pgtui.hosts.accounts import own_account
from pgtui.hosts.base import FileKind
from pgtui.hosts.local_files import LocalFiles

HOSTILE = ("a\"b'c; $(x) [red]", " lead and trail ", "new\nline", "-rf", "ü\u202e", os.fsdecode(b"\xff\xfe"))


@pytest.fixture
def files() -> LocalFiles:
    return LocalFiles(own_account())


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_names_travel_intact(files: LocalFiles, tmp_path: Path, name: str) -> None:
    directory = f"{tmp_path}/{name}"
    await files.make_directory(directory)
    await files.write(f"{directory}/{name}", b"content", mode=0o640)
    await files.copy_tree(directory, f"{tmp_path}/copy")
    await files.move(f"{tmp_path}/copy", f"{directory}/moved")
    (entry,) = await files.list(f"{directory}/moved")
    assert (entry.name, entry.kind, entry.mode, entry.size) == (name, FileKind.FILE, 0o640, 7)
    assert await files.read(f"{directory}/moved/{name}") == b"content"
    await files.remove(directory)
    assert await files.stat(directory) is None


async def test_a_link_is_replaced_not_written_through(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("kept")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    await files.write(str(tmp_path / "link"), b"new")
    assert (tmp_path / "precious").read_text() == "kept"
    assert not (tmp_path / "link").is_symlink()


async def test_removing_a_link_leaves_what_it_points_to(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "data")
    await files.remove(str(tmp_path / "link"))
    assert (tmp_path / "data" / "file").exists()


async def test_a_pipe_is_not_waited_for(files: LocalFiles, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(FileProblem, match="regular file"):
        await files.read(str(tmp_path / "pipe"))
    with pytest.raises(FileProblem, match="regular file"):
        await files.fetch(str(tmp_path / "pipe"), tmp_path / "copy")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["pipe"]


async def test_nothing_is_overwritten(files: LocalFiles, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    with pytest.raises(FileProblem, match="File exists"):
        await files.move(str(tmp_path / "one"), str(tmp_path / "two"))
    with pytest.raises(FileProblem, match="File exists"):
        await files.copy_tree(str(tmp_path / "one"), str(tmp_path / "two"))
    assert (tmp_path / "two" / "two").exists()
    assert (tmp_path / "one" / "one").exists()


async def test_a_failed_copy_leaves_nothing(files: LocalFiles, tmp_path: Path) -> None:
    with pytest.raises(FileProblem, match="No such file"):
        await files.copy_tree(str(tmp_path / "absent"), str(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()


async def test_free_space_is_that_of_the_nearest_parent(files: LocalFiles, tmp_path: Path) -> None:
    assert await files.free_space(str(tmp_path / "not" / "there" / "yet")) > 0


async def test_the_size_counts_blocks_on_disk(files: LocalFiles, tmp_path: Path) -> None:
    (tmp_path / "tree" / "below").mkdir(parents=True)
    with (tmp_path / "tree" / "below" / "sparse").open("wb") as file:
        file.truncate(1_000_000_000)
    (tmp_path / "tree" / "full").write_bytes(b"x" * 1_000_000)
    assert 1_000_000 <= await files.size_of(str(tmp_path / "tree")) < 2_000_000
