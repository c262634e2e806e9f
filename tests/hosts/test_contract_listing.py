"""What every `Host` must do to list directories of any size, beside a running and beside a stopped server."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest

from pgtui.domain.archive_tally import Tally
from pgtui.domain.command import Command
from pgtui.domain.errors import FileProblem
from pgtui.domain.wal import Segment
from pgtui.hosts.accounts import own_account
from pgtui.hosts.base import Host, check
from pgtui.hosts.listing import Cutter, list_with
from pgtui.hosts.local_process import run_process
from tests.hosts.sites import DockerSite, Site
from tests.hosts.test_contract_files import HOSTILE


@pytest.fixture
async def room(host: Host, site: Site) -> AsyncIterator[str]:
    """An empty directory with a hostile name."""
    path = f"{site.room}/{uuid4().hex}{HOSTILE[0]}\n{HOSTILE[-1]}"
    await host.make_directory(path)
    yield path
    await host.start()
    await host.remove(path)


async def records(host: Host, path: str) -> dict[str, tuple[str, int, float]]:
    """Kind, size and time by name."""
    pieces: list[bytes] = []
    await host.listing(path, pieces.append)
    found = {}
    for piece in pieces:
        assert piece.endswith(b"\0")
        for record in piece.split(b"\0")[:-1]:
            size, modified, kind, name = record.split(b" ", 3)
            found[name.decode(errors="surrogateescape")] = (kind.decode(), int(size), float(modified))
    return found


async def test_a_listing_tells_what_list_tells(host: Host, room: str) -> None:
    script = (
        'cd "$1" && shift && mkdir directory && ln -s "two\nlines" link && '
        'for n; do printf %s "$n" >"./$n"; done'
    )
    await check(host.run(Command(("sh", "-c", script, "sh", room, *HOSTILE))), "making files")

    found = await records(host, room)

    listed = {entry.name: entry for entry in await host.list(room)}
    assert set(found) == {*HOSTILE, "directory", "link"}
    assert {name: int(modified) for name, (_, _, modified) in found.items()} == {
        name: int(entry.modified.timestamp()) for name, entry in listed.items()
    }
    assert {name: found[name][:2] for name in HOSTILE} == {
        name: ("f", len(name.encode(errors="surrogateescape"))) for name in HOSTILE
    }
    assert (found["directory"][0], found["link"][0]) == ("d", "l")
    await host.stop()
    assert await records(host, room) == found


async def test_what_cannot_be_listed_is_told(host: Host, room: str) -> None:
    assert await records(host, room) == {}
    await host.write(f"{room}/file", b"x")
    with pytest.raises(FileProblem, match="No such file or directory"):
        await records(host, f"{room}/nothing")
    with pytest.raises(FileProblem, match="Not a directory"):
        await records(host, f"{room}/file")


async def test_many_files_are_counted(host: Host, room: str) -> None:
    script = 'cd "$1" && seq -f "00000001%016.0f" 1 9999 | xargs truncate -s 1048576'
    await check(host.run(Command(("sh", "-c", script, "sh", room))), "truncate")
    tally = Tally(1024 * 1024)

    await host.listing(room, tally.add)

    # Decimal digits are not all the hexadecimal ones, and the second half of an id begins past FFF.
    assert tally.files == 9999
    wanted = {f"00000001{number:016}" for number in range(1, 10_000)}
    whole = {Segment(1, n).name(1024 * 1024) for n in tally.whole[1].numbers}
    assert whole | {file.name for file in tally.odd} == wanted


async def test_a_failure_while_it_is_taken_ends_the_listing(host: Host, room: str) -> None:
    await host.write(f"{room}/file", b"x")

    def refuse(piece: bytes) -> None:
        raise ZeroDivisionError(piece)

    with pytest.raises(ZeroDivisionError):
        await host.listing(room, refuse)


async def test_a_cancelled_listing_ends(host: Host, room: str) -> None:
    await host.write(f"{room}/file", b"x")
    pieces: list[bytes] = []
    listing = asyncio.create_task(host.listing(room, pieces.append))
    await asyncio.sleep(0)
    listing.cancel()
    await asyncio.wait({listing}, timeout=30)
    assert listing.cancelled()


@pytest.mark.docker
async def test_a_stopped_containers_own_layer_is_listed(request: pytest.FixtureRequest) -> None:
    start = request.getfixturevalue("postgres_container")
    site = DockerSite(start(archive=None, backups=None))
    host = await site.engine().open(site.place)
    await host.make_directory("/own")
    await host.write("/own/a\"b' $(x)", b"12345")
    before = await records(host, "/own")

    await host.stop()

    after = await records(host, "/own")
    assert {name: (kind, size) for name, (kind, size, _) in after.items()} == {"a\"b' $(x)": ("f", 5)}
    assert {name: int(each[2]) for name, each in before.items()} == {n: int(e[2]) for n, e in after.items()}


async def test_without_gnu_find_the_records_are_the_same(tmp_path: Path) -> None:
    """As on BusyBox, whose find has no -printf: a find that refuses it stands in."""
    fakes, directory = tmp_path / "bin", tmp_path / HOSTILE[0]
    fakes.mkdir()
    directory.mkdir()
    real = shutil.which("find")
    (fakes / "find").write_text(f'#!/bin/sh\ncase "$*" in *-printf*) exit 1;; esac\nexec {real} "$@"\n')
    (fakes / "find").chmod(0o755)
    for name in (*HOSTILE, Segment(1, 1).name(), Segment(1, 2).name()):
        (directory / name).write_bytes(b"12345")
    path = f"{fakes}:{os.environ['PATH']}"

    async def listed(env: tuple[tuple[str, str], ...]) -> set[bytes]:
        pieces: list[bytes] = []
        await list_with(
            lambda words: run_process(Command(words, env=env), own_account()), str(directory), pieces.append
        )
        # Seconds alone are told there.
        return {
            b" ".join((size, modified.split(b".")[0], rest))
            for record in b"".join(pieces).split(b"\0")[:-1]
            for size, modified, rest in [record.split(b" ", 2)]
        }

    with_token = await listed((("PATH", path),))
    assert with_token == await listed(())
    assert len(with_token) == len(HOSTILE) + 2


@pytest.mark.parametrize("size", [7, 4096, 100_001])
def test_output_is_cut_between_records_wherever_it_breaks(size: int) -> None:
    whole = b"".join(b"5 1.0 f name%d\0" % number for number in range(20_000))
    cutter = Cutter("t" * 32)
    pieces = [cutter.feed(whole[start : start + size]) for start in range(0, len(whole), size)]
    pieces.append(cutter.end())
    assert b"".join(pieces) == whole
    assert all(piece.endswith(b"\0") for piece in pieces if piece)
    assert len([piece for piece in pieces if piece]) == 2
