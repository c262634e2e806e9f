"""Where every `Host` finds the server's log: printed, or in the logging collector's files."""

import asyncio
from contextlib import aclosing
from uuid import uuid4

import pytest

from pgtui.domain.errors import HostError
from pgtui.hosts.base import Host, LogTail
from tests.hosts.conftest import BOTH
from tests.hosts.sites import DockerSite, LocalSite, Site, until

COLLECTED = {
    "logging_collector": "on",
    "log_directory": "the \"log's $(x) [red]",
    "log_filename": "pg é '%H%M%S.log",
    "log_destination": "csvlog",
}
DEADLINE = 30.0


@pytest.fixture(scope="module", params=BOTH)
def collecting(request: pytest.FixtureRequest) -> Site:
    """A server whose log goes to CSV files of a hostile name."""
    if request.param == "local":
        return LocalSite(request.getfixturevalue("session_clusters")(settings=COLLECTED))
    start = request.getfixturevalue("session_postgres_container")
    arguments = [word for name, value in COLLECTED.items() for word in ("-c", f"{name}={value}")]
    return DockerSite(start(archive="/archive", server_args=arguments))


@pytest.fixture
async def collected(collecting: Site) -> Host:
    host = await collecting.engine().open(collecting.place)
    await host.start()
    return host


def raised(site: Site, words: str = "") -> str:
    """Have the server log a new word."""
    marker = words or f"marker-{uuid4().hex}"
    site.psql(f"do $$ begin raise log '{marker}'; end $$")
    return marker


async def tails_until(host: Host, word: str) -> tuple[LogTail, ...]:
    found: tuple[LogTail, ...] = ()

    async def is_there() -> bool:
        nonlocal found
        found = await host.log_tails()
        return any(word.encode() in tail.data for tail in found)

    await until(is_there, f"{word} in the log")
    return found


async def test_the_end_of_a_printed_log(host: Host, site: Site) -> None:
    word = raised(site)
    await tails_until(host, word)
    short = await host.log_tails(100)
    assert sum(len(tail.data) for tail in short) <= 100
    await host.stop()
    assert any(word.encode() in tail.data for tail in await host.log_tails())


async def test_words_of_commands_stand_beside_a_csv_log(collected: Host, collecting: Site) -> None:
    printed, word = f"printed-{uuid4().hex}", raised(collecting)
    collecting.psql(f"copy (select 1) to program 'cat >/dev/null; echo {printed} >&2'")
    await tails_until(collected, printed)
    await tails_until(collected, word)
    await collected.stop()
    tails = {tail.path.rpartition(".")[2]: tail for tail in await collected.log_tails(100_000)}
    assert word.encode() in tails["csv"].data
    assert printed.encode() in tails["log"].data
    assert tails["log"].modified is not None
    assert (await collected.data_directory()) + "/the \"log's $(x) [red]/pg é '" in tails["log"].path


async def test_the_last_lines_of_a_collected_log(collected: Host, collecting: Site) -> None:
    word = raised(collecting)
    await tails_until(collected, word)
    for state in ("running", "stopped"):
        lines = b"".join([chunk async for chunk in collected.server_log(last=3)]).splitlines()
        assert len(lines) == 3, state
        text = b"".join([chunk async for chunk in collected.server_log(last=200)])
        assert word.encode() in text, state
        await collected.stop()


async def test_the_collectors_next_file_is_followed(collected: Host, collecting: Site) -> None:
    directory = await collected.data_directory()
    async with aclosing(collected.server_log(follow=True, last=5)) as chunks, asyncio.timeout(DEADLINE):
        seen, word = b"", raised(collecting)
        while word.encode() not in seen:
            seen += await anext(chunks)
        before = await collected.read(f"{directory}/current_logfiles")
        while await collected.read(f"{directory}/current_logfiles") == before:
            collecting.psql("select pg_rotate_logfile()")
            await asyncio.sleep(0.3)
        seen, word = b"", raised(collecting)
        while word.encode() not in seen:
            seen += await anext(chunks)


async def test_log_files_that_were_removed_are_told_of(collected: Host, collecting: Site) -> None:
    raised(collecting)
    paths = [tail.path for tail in await collected.log_tails()]
    for path in paths:
        await collected.remove(path)
    with pytest.raises(HostError, match="not there"):
        await collected.log_tails()
    for path in paths:
        await collected.make_directory(path)
    with pytest.raises(HostError, match="no file"):
        await collected.log_tails()
    for path in paths:
        await collected.remove(path)
    await collected.stop()
    with pytest.raises(HostError, match="not there"):
        await collected.log_tails()
