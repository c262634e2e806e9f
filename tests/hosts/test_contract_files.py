"""What every `Host` must do with files, beside a running and beside a stopped server."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from pgtui.domain.command import Command
from pgtui.domain.errors import FileProblem
from pgtui.hosts.base import FileKind, Host, check, collect
from tests.hosts.sites import Site, until

HOSTILE = (
    "a\"b'c; $(touch x) `id` [red]",
    "two\nlines\n",
    " leading and trailing ",
    "-rf",
    "tab\tand\x1b[31mcolour",
    "é漢\u202e",
    "percent %f %% \\0101 \\n",
    "*",
    "not\udcffutf8",
)
BIG = 500 * 1024 * 1024


@pytest.fixture
async def room(any_host: Host, site: Site) -> AsyncIterator[str]:
    """An empty directory of the test's own."""
    path = f"{site.room}/{uuid4().hex}"
    await any_host.make_directory(path)
    yield path
    await any_host.remove(path)


async def test_what_is_written_is_read(any_host: Host, room: str) -> None:
    content = bytes(range(256)) * 1000
    await any_host.write(f"{room}/file", content, 0o640)
    assert await any_host.read(f"{room}/file") == content
    entry = await any_host.stat(f"{room}/file")
    own = await any_host.stat(await any_host.data_directory())
    assert entry is not None
    assert own is not None
    assert (entry.name, entry.kind, entry.size, entry.mode) == ("file", FileKind.FILE, len(content), 0o640)
    assert entry.owner == own.owner


async def test_no_more_is_read_than_asked_for(any_host: Host, room: str) -> None:
    await any_host.write(f"{room}/file", b"0123456789")
    assert await any_host.read(f"{room}/file", 4) == b"0123"


async def test_hostile_names_travel_intact(any_host: Host, room: str, tmp_path: Path) -> None:
    for name in HOSTILE:
        await any_host.write(f"{room}/{name}", name.encode(errors="surrogateescape"))
    assert {entry.name for entry in await any_host.list(room)} == set(HOSTILE)
    for name in HOSTILE:
        path = f"{room}/{name}"
        entry = await any_host.stat(path)
        assert entry is not None
        assert entry.name == name
        assert await any_host.read(path) == name.encode(errors="surrogateescape")
        await any_host.fetch(path, tmp_path / "fetched")
        assert (tmp_path / "fetched").read_bytes() == name.encode(errors="surrogateescape")
        await any_host.move(path, f"{path}.moved")
        await any_host.remove(f"{path}.moved")
    assert await any_host.list(room) == ()


async def test_hostile_directories_travel_intact(any_host: Host, room: str) -> None:
    for name in (HOSTILE[0], HOSTILE[1], HOSTILE[-1]):
        path = f"{room}/{name}"
        await any_host.make_directory(f"{path}/below")
        await any_host.write(f"{path}/below/file", b"x")
        await any_host.copy_tree(path, f"{path} copy")
        assert [entry.name for entry in await any_host.list(f"{path} copy/below")] == ["file"]
        assert await any_host.size_of(path) > 0
        assert await any_host.free_space(path) > 0
        await any_host.remove(path)
        await any_host.remove(f"{path} copy")
    assert await any_host.list(room) == ()


async def test_a_listing_is_sorted_and_tells_kinds_and_links(any_host: Host, room: str) -> None:
    await any_host.write(f"{room}/b", b"12345")
    await any_host.make_directory(f"{room}/a")
    make_link = Command(("ln", "-s", "two\nlines -> there", f"{room}/c"))
    if (await collect(any_host.run(make_link))).code:
        pytest.fail("the link could not be made")
    entries = await any_host.list(room)
    assert [entry.name for entry in entries] == ["a", "b", "c"]
    assert [entry.kind for entry in entries] == [FileKind.DIRECTORY, FileKind.FILE, FileKind.LINK]
    assert entries[1].size == 5
    assert entries[2].link == "two\nlines -> there"
    link = await any_host.stat(f"{room}/c")
    assert link is not None
    assert (link.kind, link.link) == (FileKind.LINK, "two\nlines -> there")


async def test_a_directory_of_many_files_is_listed(host: Host, site: Site) -> None:
    path = f"{site.room}/{uuid4().hex}"
    await host.make_directory(path)
    script = 'cd "$1" && seq -f "%024.0f" 1 5000 | xargs touch'
    await check(host.run(Command(("sh", "-c", script, "sh", path))), "touch")
    entries = await host.list(path)
    await host.remove(path)
    assert [entry.name for entry in entries] == [f"{number:024}" for number in range(1, 5001)]


async def test_what_is_not_there_is_told(any_host: Host, room: str, tmp_path: Path) -> None:
    path = f"{room}/nothing"
    assert await any_host.stat(path) is None
    for asked in (
        any_host.read(path),
        any_host.list(path),
        any_host.size_of(path),
        any_host.move(path, f"{path}2"),
        any_host.copy_tree(path, f"{path}2"),
        any_host.fetch(path, tmp_path / "fetched"),
        any_host.write(f"{path}/below", b""),
    ):
        with pytest.raises(FileProblem, match="No such file or directory"):
            await asked
    await any_host.remove(path)
    assert list(tmp_path.glob("*fetched*")) == []
    assert await any_host.list(room) == ()


async def test_a_file_is_no_directory_and_a_directory_no_file(any_host: Host, room: str) -> None:
    await any_host.write(f"{room}/file", b"x")
    with pytest.raises(FileProblem):
        await any_host.list(f"{room}/file")
    with pytest.raises(FileProblem):
        await any_host.read(room)
    with pytest.raises(FileProblem):
        await any_host.make_directory(f"{room}/file")
    await any_host.make_directory(f"{room}/directory")
    with pytest.raises(FileProblem):
        await any_host.write(f"{room}/directory", b"x")
    assert {entry.name for entry in await any_host.list(room)} == {"file", "directory"}


async def test_nothing_is_moved_or_copied_over_what_is_there(any_host: Host, room: str) -> None:
    await any_host.write(f"{room}/a", b"a")
    await any_host.write(f"{room}/b", b"b")
    await any_host.make_directory(f"{room}/c")
    await any_host.make_directory(f"{room}/d")
    with pytest.raises(FileProblem):
        await any_host.move(f"{room}/a", f"{room}/b")
    with pytest.raises(FileProblem):
        await any_host.move(f"{room}/a", f"{room}/c")
    with pytest.raises(FileProblem):
        await any_host.copy_tree(f"{room}/d", f"{room}/c")
    assert await any_host.read(f"{room}/b") == b"b"
    assert await any_host.list(f"{room}/c") == ()
    assert [entry.name for entry in await any_host.list(room)] == ["a", "b", "c", "d"]


async def test_a_write_replaces_whole_and_leaves_nothing_beside(any_host: Host, room: str) -> None:
    for content in (b"first", b"second"):
        await any_host.write(f"{room}/file", content)
    assert await any_host.read(f"{room}/file") == b"second"
    assert [entry.name for entry in await any_host.list(room)] == ["file"]


async def test_a_directory_is_made_with_its_parents_and_its_mode(any_host: Host, room: str) -> None:
    await any_host.make_directory(f"{room}/a/b/c", 0o750)
    await any_host.make_directory(f"{room}/a/b/c", 0o700)
    own = await any_host.stat(await any_host.data_directory())
    made = await any_host.stat(f"{room}/a/b/c")
    assert own is not None
    assert made is not None
    assert (made.kind, made.mode, made.owner) == (FileKind.DIRECTORY, 0o750, own.owner)


async def test_a_copied_tree_is_the_same(any_host: Host, room: str) -> None:
    await any_host.make_directory(f"{room}/a/empty", 0o711)
    await any_host.write(f"{room}/a/file", b"x" * 100_000, 0o604)
    await any_host.copy_tree(f"{room}/a", f"{room}/b")
    original, copy = await any_host.list(f"{room}/a"), await any_host.list(f"{room}/b")
    # Directories have sizes of their own on some file systems.
    facts = [(entry.name, entry.kind, entry.mode, entry.owner, entry.modified) for entry in original]
    assert [(entry.name, entry.kind, entry.mode, entry.owner, entry.modified) for entry in copy] == facts
    assert await any_host.size_of(f"{room}/b") >= 100_000


async def test_free_space_is_told_also_below_what_is_not_there_yet(any_host: Host, room: str) -> None:
    assert await any_host.free_space(f"{room}/not/there/yet") > 1024 * 1024


async def test_a_relative_path_is_refused(any_host: Host) -> None:
    with pytest.raises(FileProblem):
        await any_host.read("PG_VERSION")


async def test_what_is_stored_can_be_fetched(any_host: Host, room: str, tmp_path: Path) -> None:
    content = bytes(range(256)) * 4321
    (tmp_path / "local").write_bytes(content)
    await any_host.store(tmp_path / "local", f"{room}/there")
    own = await any_host.stat(await any_host.data_directory())
    entry = await any_host.stat(f"{room}/there")
    assert own is not None
    assert entry is not None
    assert (entry.size, entry.owner) == (len(content), own.owner)
    await any_host.fetch(f"{room}/there", tmp_path / "back")
    assert (tmp_path / "back").read_bytes() == content
    with pytest.raises(FileProblem):
        await any_host.fetch(f"{room}/there", tmp_path / "no" / "where")
    with pytest.raises(FileProblem):
        await any_host.store(tmp_path / "nothing", f"{room}/nothing")
    assert [entry.name for entry in await any_host.list(room)] == ["there"]


@pytest.mark.slow
async def test_500_megabytes_go_there_and_back(host: Host, site: Site, tmp_path: Path) -> None:
    path = f"{site.room}/{uuid4().hex}"
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(BIG)
        for at in (0, BIG // 2 + 1, BIG - 6):
            file.seek(at)
            file.write(b"marker")
    try:
        await host.store(source, path)
        there = (await check(host.run(Command(("sha256sum", path))), "sha256sum")).split()[0].decode()
        assert there == await asyncio.to_thread(_checksum, source)
        await host.fetch(path, tmp_path / "back")
        assert await asyncio.to_thread(_checksum, tmp_path / "back") == there
    finally:
        await host.remove(path)


@pytest.mark.slow
async def test_a_cancelled_transfer_leaves_nothing(any_host: Host, room: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    with source.open("wb") as file:
        file.truncate(BIG)
    storing = asyncio.create_task(any_host.store(source, f"{room}/big"))
    await asyncio.wait({storing}, timeout=0.1)
    storing.cancel()
    await asyncio.wait({storing}, timeout=60)
    assert storing.cancelled()

    async def is_empty() -> bool:
        return await any_host.list(room) == ()

    await until(is_empty, "what was half stored is gone")


def _checksum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
