"""How every `Host` looks at an archive directory: as the server's account sees it."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from pgtui.domain.archive_sample import ArchiveLook, DirectoryState
from pgtui.domain.command import Command
from pgtui.domain.errors import HostError
from pgtui.hosts.base import Host, check
from tests.hosts.sites import DockerSite, Site

NAMES = tuple(f"0000000100000000000000{number:02X}" for number in range(3, 9))
HOSTILE = "a \"rchive'; $(x) [red]\té"
TAKEN = datetime(2026, 7, 1, tzinfo=UTC)

Do = Callable[..., Awaitable[None]]


@pytest.fixture
async def directory(host: Host, site: Site) -> str:
    """An archive with a few segments, below a directory of a hostile name."""
    path = f"{site.room}/{HOSTILE}"
    await host.remove(path)
    await host.make_directory(path)
    for name in (NAMES[0], f"{NAMES[1]}.gz", f"{NAMES[2]}.zst", f"{NAMES[3]}.partial"):
        await host.write(f"{path}/{name}", b"")
    await host.make_directory(f"{path}/{NAMES[4]}")
    return path


def do_with(host: Host) -> Do:
    async def do(*argv: str) -> None:
        await check(host.run(Command(argv, user=host.widest_account)), argv[0])

    return do


async def look(host: Host, directory: str) -> ArchiveLook:
    return await host.look_at_archive(directory, NAMES, TAKEN)


async def test_what_is_there(host: Host, directory: str) -> None:
    found = await look(host, directory)
    assert (found.directory, found.state, found.problem) == (directory, DirectoryState.THERE, "")
    assert (found.taken, found.asked) == (TAKEN, NAMES)
    assert found.present == {NAMES[0], NAMES[1], NAMES[2]}
    assert found.free is not None
    assert found.free > 0
    assert found.wal_free is not None


async def test_it_was_removed_or_replaced(host: Host, directory: str) -> None:
    do = do_with(host)
    await do("mv", directory, f"{directory}.aside")
    gone = await look(host, directory)
    assert (gone.state, gone.asked, gone.present) == (DirectoryState.MISSING, (), frozenset())
    assert gone.wal_free is not None
    await host.write(directory, b"")
    assert (await look(host, directory)).state is DirectoryState.NOT_A_DIRECTORY
    assert (await look(host, f"{directory}/below")).state is DirectoryState.NOT_A_DIRECTORY
    await host.remove(directory)
    await do("mv", f"{directory}.aside", directory)
    assert (await look(host, directory)).state is DirectoryState.THERE


async def test_it_was_closed(host: Host, directory: str) -> None:
    do = do_with(host)
    for command in (("chmod", "0500"), ("chown", "0:0")):
        await do(*command, directory)
        found = await look(host, directory)
        assert found.state is DirectoryState.CLOSED, command
        assert found.free is not None
    await do("chmod", "0777", directory)
    assert (await look(host, directory)).state is DirectoryState.THERE


async def test_without_a_directory_only_pg_wal_is_looked_at(host: Host) -> None:
    found = await host.look_at_archive("", NAMES, TAKEN)
    assert (found.state, found.asked) == (DirectoryState.UNKNOWN, ())
    assert found.wal_free is not None


async def test_nothing_is_looked_at_while_a_container_does_not_run(host: Host, site: Site) -> None:
    if not isinstance(site, DockerSite):
        pytest.skip("files of this machine can be seen at any time")
    await host.stop()
    with pytest.raises(HostError, match="does not run"):
        await look(host, "/archive")
