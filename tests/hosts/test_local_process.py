"""Programs on this machine: what the contract of all hosts does not say."""

import asyncio
import os
from contextlib import aclosing
from pathlib import Path

import pytest

from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput
from pgtui.hosts.accounts import own_account
from pgtui.hosts.base import Output, collect
from pgtui.hosts.local_process import end_tagged, run_process


async def _run(*argv: str, env: tuple[tuple[str, str], ...] = (), tag: str = "") -> str:
    done = await collect(run_process(Command(argv, env=env), own_account(), tag=tag))
    assert done.code == 0, done.stderr
    return done.stdout.decode()


async def test_what_steers_postgresql_is_not_handed_down(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGHOST", "elsewhere")
    monkeypatch.setenv("PGTUI_TAG", "of-another")
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    lines = (await _run("env", env=(("PGPORT", "5433"),))).splitlines()
    assert "PGPORT=5433" in lines
    assert "LC_ALL=C.UTF-8" in lines
    assert not [line for line in lines if line.startswith(("PGHOST=", "PGTUI_TAG="))]


async def test_an_absent_program_is_told_as_a_shell_does(tmp_path: Path) -> None:
    absent = await collect(run_process(Command(("no-such-program",)), own_account()))
    plain = tmp_path / "plain"
    plain.touch()
    closed = await collect(run_process(Command((str(plain),)), own_account()))
    assert (absent.code, closed.code) == (127, 126)
    assert b"no-such-program" in absent.stderr


async def test_a_zero_byte_is_refused() -> None:
    with pytest.raises(BadInput):
        await _run("echo", "a\0b")


async def test_a_daemon_that_keeps_the_pipes_does_not_keep_the_command() -> None:
    async with asyncio.timeout(20):
        assert await _run("sh", "-c", "echo on; sleep 60 &", tag="left-behind") == "on\n"
    assert await end_tagged("left-behind") == 1


async def test_a_slow_reader_stops_the_writer_and_loses_nothing() -> None:
    command = Command(("head", "-c", "30000000", "/dev/zero"))
    total = 0
    async with aclosing(run_process(command, own_account())) as events:
        async for event in events:
            if isinstance(event, Output):
                assert len(event.data) <= 64 * 1024
                total += len(event.data)
                if total < 1_000_000:
                    await asyncio.sleep(0)
    assert total == 30_000_000


async def test_an_empty_tag_ends_nothing() -> None:
    running = asyncio.create_task(_run("sleep", "0.3"))
    assert await end_tagged("") == 0
    assert await running == ""


async def test_a_command_cancelled_while_it_starts_leaves_no_child() -> None:
    marker = f"marker-{os.getpid()}-unborn"
    task = asyncio.create_task(_run("sh", "-c", 'sh -c "sleep 300; true" "$0"; true', marker, tag=marker))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await end_tagged(marker) == 0
