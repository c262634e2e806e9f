"""What every `Host` must do: running programs, and the server itself."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from uuid import uuid4

import pytest

from pgtui.domain.cluster import ServerState
from pgtui.domain.command import Command
from pgtui.domain.errors import DeadlineExceeded, ServerGone
from pgtui.domain.place import Place
from pgtui.domain.plan import StopMode
from pgtui.hosts.base import Exit, Host, Output, Stream, check, collect
from tests.hosts.sites import Site, until


async def test_both_streams_and_the_exit_code_come_through(any_host: Host) -> None:
    done = await collect(any_host.run(Command(("sh", "-c", "printf out; printf err >&2; exit 7"))))
    assert (done.code, done.stdout, done.stderr) == (7, b"out", b"err")


async def test_a_signal_that_ends_a_command_is_not_success(host: Host) -> None:
    done = await collect(host.run(Command(("sh", "-c", "kill -TERM $$"))))
    assert done.code in (-15, 143)


async def test_arguments_and_environment_travel_as_they_are(any_host: Host) -> None:
    words = ("a\"b'c; $(x) [red]", "two\nlines", "", "é\t漢", "-n", "*")
    command = Command(
        ("sh", "-c", 'printf "%s|" "$@" "$HOSTILE"', "sh", *words), env=(("HOSTILE", "x\"y'$(z)"),)
    )
    assert (await check(any_host.run(command), "printf")).decode() == "|".join([*words, "x\"y'$(z)", ""])


async def test_a_name_that_is_no_utf_8_travels_as_it_is(any_host: Host) -> None:
    out = await check(any_host.run(Command(("printf", "%s", "a\udcff\\n'b"))), "printf")
    assert out == b"a\xff\\n'b"


async def test_commands_run_as_the_servers_account(any_host: Host) -> None:
    own = int(await check(any_host.run(Command(("id", "-u"))), "id"))
    entry = await any_host.stat(await any_host.data_directory())
    assert entry is not None
    assert own == entry.owner != 0


async def test_output_comes_before_the_command_ends(host: Host) -> None:
    seen: list[bytes] = []
    came = asyncio.Event()

    async def answers() -> AsyncIterator[bytes]:
        await came.wait()
        yield b"go\n"

    script = Command(("sh", "-c", "echo first; read -r answer; echo second $answer"))
    async with asyncio.timeout(30), aclosing(host.run(script, stdin=answers())) as events:
        async for event in events:
            if isinstance(event, Output):
                seen.append(event.data)
                came.set()
    assert b"".join(seen) == b"first\nsecond go\n"


async def test_a_large_stdin_arrives_whole(any_host: Host) -> None:
    block = bytes(range(256)) * 4096
    count = 48

    async def source() -> AsyncIterator[bytes]:
        for _ in range(count):
            yield block

    out = await check(any_host.run(Command(("sha256sum",)), stdin=source()), "sha256sum")
    assert out.split()[0].decode() == hashlib.sha256(block * count).hexdigest()


async def test_large_output_arrives_whole(host: Host) -> None:
    done = await collect(host.run(Command(("sh", "-c", "head -c 30000000 /dev/zero; echo end >&2"))))
    assert (done.code, len(done.stdout), done.stderr) == (0, 30_000_000, b"end\n")


async def test_a_command_that_does_not_read_its_stdin_still_ends(host: Host) -> None:
    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"x" * 65536

    async with asyncio.timeout(30):
        assert (await collect(host.run(Command(("true",)), stdin=endless()))).code == 0


async def test_an_error_of_the_stdin_ends_the_command_and_is_raised(host: Host, site: Site) -> None:
    marker = _marker()

    async def broken() -> AsyncIterator[bytes]:
        yield b"x"
        raise LookupError("no more")

    with pytest.raises(LookupError):
        async with asyncio.timeout(60):
            await collect(host.run(_sleeping(marker), stdin=broken()))
    assert not _running(site, marker)


async def test_past_its_deadline_a_command_is_ended(host: Host, site: Site) -> None:
    marker = _marker()
    with pytest.raises(DeadlineExceeded):
        await collect(host.run(_sleeping(marker), deadline=0.5))
    assert not _running(site, marker)


async def test_a_command_that_ignores_polite_signals_is_killed(host: Host, site: Site) -> None:
    marker = _marker()
    script = Command(("sh", "-c", "trap '' INT TERM; echo on; sleep 300; sleep 300", marker))
    with pytest.raises(DeadlineExceeded):
        await collect(host.run(script, deadline=0.5))
    assert not _running(site, marker)


async def test_cancelling_ends_the_process_and_its_children(host: Host, site: Site) -> None:
    marker = _marker()
    task = asyncio.create_task(_first_output(host, _sleeping(marker), "", hold=True))
    await until(_is_running(site, marker), "the process is there")
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=60)
    assert done
    assert task.cancelled()
    assert not _running(site, marker)


async def test_closing_the_iterator_ends_the_process(host: Host, site: Site) -> None:
    marker = _marker()
    await _first_output(host, _sleeping(marker), "", hold=False)
    assert not _running(site, marker)


async def test_cancelling_beside_a_stopped_server_leaves_nothing(host: Host, site: Site) -> None:
    await host.stop()
    marker = _marker()
    task = asyncio.create_task(_first_output(host, _sleeping(marker), "", hold=True))
    await asyncio.sleep(0)
    task.cancel()
    done, _ = await asyncio.wait({task}, timeout=60)
    assert done
    assert task.cancelled()
    await host.start()
    assert not _running(site, marker)


async def test_what_carries_a_tag_is_found_and_ended(host: Host, site: Site) -> None:
    marker, other = _marker(), _marker()
    tagged = asyncio.create_task(collect(host.run(_sleeping(marker), tag="job-1")))
    beside = asyncio.create_task(_first_output(host, _sleeping(other), "job-11", hold=True))
    await until(_is_running(site, marker), "the tagged process is there")
    await until(_is_running(site, other), "the other process is there")
    again = await site.engine().open(site.place)
    assert await again.end_tagged("job-1") >= 1
    assert not _running(site, marker)
    assert _running(site, other)
    assert (await tagged).code != 0
    beside.cancel()
    with pytest.raises(asyncio.CancelledError):
        await beside
    assert await again.end_tagged("job-1") == 0


async def test_a_server_stops_in_every_mode_and_starts_again(host: Host) -> None:
    for mode in StopMode:
        await host.stop(mode)
        assert await host.state() is ServerState.STOPPED
        await host.stop(mode)
        await host.start()
        assert await host.state() is ServerState.RUNNING
        await host.start()


async def test_a_started_server_answers(host: Host, site: Site) -> None:
    await host.stop()
    await host.start()
    assert site.psql("select 1") == "1"


async def test_a_restart_is_another_process(host: Host, site: Site) -> None:
    before = site.psql("select pg_postmaster_start_time()")
    await host.restart()
    assert site.psql("select pg_postmaster_start_time()") != before


async def test_a_reload_reads_the_configuration(host: Host, site: Site) -> None:
    # Not ALTER SYSTEM: that the host can write the file is part of it.
    value = uuid4().hex
    path = f"{await host.data_directory()}/postgresql.auto.conf"
    await host.write(path, f"search_path = '{value}'\n".encode())
    await host.reload()

    async def is_read() -> bool:
        return site.psql("show search_path") == value

    await until(is_read, "the new setting is in force")
    await host.write(path, b"")
    await host.reload()


async def test_the_data_directory_is_what_the_server_says(any_host: Host, site: Site) -> None:
    data = await any_host.data_directory()
    await any_host.start()
    assert site.psql("show data_directory") == data


async def test_the_log_is_followed(host: Host, site: Site) -> None:
    word = _marker()
    found = asyncio.Event()

    async def follow() -> None:
        text = b""
        async with aclosing(host.server_log(follow=True)) as chunks:
            async for chunk in chunks:
                text += chunk
                if word.encode() in text:
                    found.set()
                    return

    async with asyncio.timeout(30):
        task = asyncio.create_task(follow())
        while not found.is_set():
            site.psql(f"do $$ begin raise log '{word}'; end $$")
            await asyncio.sleep(0.1)
        await task


async def test_the_last_lines_of_the_log_are_there_when_it_is_stopped(host: Host, site: Site) -> None:
    word = _marker()
    site.psql(f"do $$ begin raise log '{word}'; end $$")
    await host.stop()
    text = b"".join([chunk async for chunk in host.server_log(last=200)])
    assert word.encode() in text


async def test_an_address_leads_to_the_server(host: Host) -> None:
    assert (await host.addresses())[0].port > 0


async def test_discovery_finds_it_running_and_stopped(host: Host, site: Site) -> None:
    for state in (ServerState.RUNNING, ServerState.STOPPED):
        status, clusters = await site.engine().look()
        assert not status.problem
        (found,) = [cluster for cluster in clusters if cluster.place == site.place]
        assert (found.state, found.version and found.version.major) == (state, site.major)
        await host.stop()


async def test_a_vanished_home_is_told_as_such(own_site: Site) -> None:
    host = await own_site.engine().open(own_site.place)
    own_site.vanish()
    with pytest.raises(ServerGone):
        await host.state()
    with pytest.raises(ServerGone):
        await host.start()
    with pytest.raises(ServerGone):
        await own_site.engine().open(own_site.place)


async def test_a_place_that_never_was_cannot_be_opened(site: Site) -> None:
    with pytest.raises(ServerGone):
        await site.engine().open(Place(site.place.kind, f"{site.place.name}-not-there"))


def _marker() -> str:
    return f"marker-{uuid4().hex}"


def _sleeping(marker: str) -> Command:
    """A command whose child sleeps, with a word on both command lines by which they are found."""
    return Command(("sh", "-c", 'sh -c "sleep 300; true" "$0"; true', marker))


def _running(site: Site, marker: str) -> list[str]:
    return [line for line in site.command_lines() if marker in line]


def _is_running(site: Site, marker: str):  # type: ignore[no-untyped-def]
    async def there() -> bool:
        return bool(await asyncio.to_thread(_running, site, marker))

    return there


async def _first_output(host: Host, command: Command, tag: str, *, hold: bool) -> None:
    script = Command(("sh", "-c", f"echo on; {command.argv[2]}", *command.argv[3:]))
    async with aclosing(host.run(script, tag=tag)) as events:
        async for event in events:
            match event:
                case Output(Stream.STDOUT) if not hold:
                    return
                case Exit() if hold:
                    raise AssertionError("it ended by itself")
