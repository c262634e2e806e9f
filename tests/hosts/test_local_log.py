"""The server's log on this machine: its last lines, and what comes after it was rotated or cut short."""

import asyncio
import os
import tempfile
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager
from pathlib import Path

import pytest

from pgtui.domain.errors import FileProblem, HostError
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.local import LocalEngine
from pgtui.hosts.local_commands import LocalServer
from pgtui.hosts.local_files import in_thread
from pgtui.hosts.local_log import read_log, tails_of
from tests.local_cluster import ClusterFactory, LocalCluster

DEADLINE = 20.0


async def _all(chunks: AsyncGenerator[bytes, None]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def _until(chunks: AsyncGenerator[bytes, None], wanted: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(DEADLINE):
        while wanted not in seen:
            seen += await anext(chunks)
    return seen


@pytest.mark.parametrize("last", [0, 1, 2, 3, 5000, 6000])
async def test_only_the_last_lines_are_read(tmp_path: Path, last: int) -> None:
    lines = [b"line %d %s\n" % (number, b"x" * 60) for number in range(5000)]
    (tmp_path / "log").write_bytes(b"".join(lines))
    read = await _all(read_log(lambda: str(tmp_path / "log"), last, follow=False))
    assert read == b"".join(lines[len(lines) - min(last, len(lines)) :])


async def test_a_last_line_without_its_end_counts(tmp_path: Path) -> None:
    (tmp_path / "log").write_bytes(b"one\ntwo\nthree")
    assert await _all(read_log(lambda: str(tmp_path / "log"), 2, follow=False)) == b"two\nthree"


async def test_a_log_that_was_moved_away_is_followed_into_the_new_one(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"first\n")
    async with aclosing(read_log(lambda: str(log), 10, follow=True)) as chunks:
        await _until(chunks, b"first\n")
        with log.open("ab") as old:
            old.write(b"last words\n")
        log.rename(tmp_path / "log.1")
        log.write_bytes(b"new file\n")
        assert await _until(chunks, b"new file\n") == b"last words\nnew file\n"


async def test_a_log_that_was_cut_short_is_read_from_its_beginning(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_bytes(b"a long first line\n")
    async with aclosing(read_log(lambda: str(log), 10, follow=True)) as chunks:
        await _until(chunks, b"line\n")
        log.write_bytes(b"short\n")
        assert await _until(chunks, b"short\n") == b"short\n"


async def test_a_server_that_pgtui_started_has_a_log(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(start=False)
    host = await LocalEngine().open(_place(cluster))
    with pytest.raises(HostError, match="No log") as raised:
        await _all(host.server_log())
    assert "logging_collector" in raised.value.hint
    await host.start()
    assert b"ready to accept connections" in await _all(host.server_log())


@contextmanager
def _as_somebody_else() -> Iterator[None]:
    """Be an account that owns nothing, where we are root."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def collected() -> Iterator[LocalServer]:
    """A data directory that others may look into, whose collector writes to `logs/pg.log`."""
    with tempfile.TemporaryDirectory(prefix="pgtui-test-", dir="/tmp") as home:
        os.chmod(home, 0o755)
        Path(home, "current_logfiles").write_text("stderr logs/pg.log\n")
        Path(home, "logs").mkdir()
        Path(home, "logs", "pg.log").write_text("words\n")
        yield LocalServer(home, "", "", as_root=False, log_file="", sandbox_base="", is_own_base=False)


@pytest.mark.parametrize("closed", ["logs", "logs/pg.log"])
async def test_a_log_that_may_not_be_read_says_so_and_who_may(collected: LocalServer, closed: str) -> None:
    (tail,) = tails_of(collected, 100)
    assert tail.data == b"words\n"
    Path(collected.data_directory, closed).chmod(0)
    with _as_somebody_else(), pytest.raises(FileProblem, match=r"pg\.log': Permission denied") as raised:
        await in_thread("log", tails_of, collected, 100)
    assert raised.value.hint.startswith("pgtui runs as ")
    assert "as the owner of the file" in raised.value.hint
    Path(collected.data_directory, closed).chmod(0o755)


async def test_a_directory_in_a_logs_place_is_not_taken_for_its_absence(collected: LocalServer) -> None:
    log = Path(collected.data_directory, "logs", "pg.log")
    log.unlink()
    with pytest.raises(HostError, match="that the server names is not there"):
        await in_thread("log", tails_of, collected, 100)
    log.mkdir()
    with pytest.raises(FileProblem, match=r"pg\.log': It is no file"):
        await in_thread("log", tails_of, collected, 100)


async def test_one_log_that_may_not_be_read_hides_no_other(collected: LocalServer) -> None:
    Path(collected.data_directory, "current_logfiles").write_text("stderr logs\njsonlog logs/pg.log\n")
    assert [tail.data for tail in tails_of(collected, 100)] == [b"words\n"]


def _place(cluster: LocalCluster) -> Place:
    return Place(HostKind.LOCAL, str(cluster.data))
