"""Running a program on this machine: streamed, with a deadline, and really ended when it is not wanted."""

import asyncio
import os
import signal
import time
from collections import deque
from collections.abc import AsyncIterable
from contextlib import suppress
from pathlib import Path

from pgtui.domain.command import Command
from pgtui.domain.errors import BadInput, DeadlineExceeded
from pgtui.hosts.accounts import Account, identity
from pgtui.hosts.base import Events, Exit, Output, Stream

TAG_VARIABLE = "PGTUI_TAG"
# SIGINT first: PostgreSQL's client programs clean up and cancel their query on it.
ENDING = ((signal.SIGINT, 5.0), (signal.SIGTERM, 5.0), (signal.SIGKILL, 5.0))
CHUNK = 64 * 1024
HIGH_WATER = 1024 * 1024
# A daemon that inherited the pipes keeps them open; this long without output counts as the end.
SILENCE = 0.5
POLL = 0.02


class _Pipes(asyncio.SubprocessProtocol):
    """A child's streams and end, as they happen."""

    def __init__(self) -> None:
        self.chunks: deque[Output] = deque()
        self.buffered = 0
        self.news = asyncio.Event()
        self.ended = asyncio.Event()
        self.writable = asyncio.Event()
        self.writable.set()
        self.stdin_closed = False
        self.open_outputs = {1, 2}
        self._transport: asyncio.SubprocessTransport | None = None
        self._paused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.SubprocessTransport)
        self._transport = transport

    def pipe_data_received(self, fd: int, data: bytes) -> None:
        stream = Stream.STDOUT if fd == 1 else Stream.STDERR
        self.chunks.extend(Output(stream, data[at : at + CHUNK]) for at in range(0, len(data), CHUNK))
        self.buffered += len(data)
        if self.buffered > HIGH_WATER and not self._paused:
            self._paused = True
            for pipe in self._outputs():
                pipe.pause_reading()
        self.news.set()

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002
        if fd == 0:
            self.stdin_closed = True
            self.writable.set()
        self.open_outputs.discard(fd)
        self.news.set()

    def process_exited(self) -> None:
        self.ended.set()
        self.news.set()

    def pause_writing(self) -> None:
        self.writable.clear()

    def resume_writing(self) -> None:
        self.writable.set()

    def take(self) -> Output:
        """Take the oldest chunk; have the child go on writing when there is room again."""
        chunk = self.chunks.popleft()
        self.buffered -= len(chunk.data)
        if self._paused and self.buffered <= HIGH_WATER // 2:
            self._paused = False
            for pipe in self._outputs():
                pipe.resume_reading()
        return chunk

    def _outputs(self) -> list[asyncio.ReadTransport]:
        assert self._transport is not None
        pipes = [self._transport.get_pipe_transport(fd) for fd in sorted(self.open_outputs)]
        return [pipe for pipe in pipes if isinstance(pipe, asyncio.ReadTransport)]


async def run_process(
    command: Command,
    account: Account,
    *,
    stdin: AsyncIterable[bytes] | None = None,
    deadline: float | None = None,
    tag: str = "",
) -> Events:
    """Run a command as an account; see `hosts.base.Commands.run`."""
    until = None if deadline is None else time.monotonic() + deadline
    try:
        transport, pipes = await _started(command, account, stdin is not None, tag)
    except (FileNotFoundError, PermissionError) as error:
        # The exit codes of a shell. A directory on the PATH that is closed to the account is not its problem.
        is_closed = isinstance(error, PermissionError) and "/" in command.argv[0]
        yield Output(Stream.STDERR, f"{command.argv[0]}: {error.strerror}\n".encode(errors="replace"))
        yield Exit(126 if is_closed else 127)
        return
    feeder = None
    if stdin is not None:
        feeder = asyncio.create_task(_feed(transport, pipes, stdin))
        feeder.add_done_callback(lambda _: pipes.news.set())
    try:
        while True:
            while pipes.chunks:
                yield pipes.take()
            if feeder is not None and feeder.done() and not feeder.cancelled():
                feeder.result()
            if pipes.ended.is_set() and not pipes.open_outputs:
                break
            if not await _await_news(pipes, until):
                if pipes.ended.is_set():
                    break
                raise DeadlineExceeded(
                    f"`{command.argv[0]}` did not end within {deadline:g} seconds and was ended."
                )
        yield Exit(transport.get_returncode() or 0)
    finally:
        if feeder is not None:
            feeder.cancel()
        try:
            if not pipes.ended.is_set():
                await end_group(transport.get_pid(), pipes.ended)
        finally:
            transport.close()
            if feeder is not None:
                await asyncio.wait({feeder})


async def _started(
    command: Command, account: Account, with_stdin: bool, tag: str
) -> tuple[asyncio.SubprocessTransport, _Pipes]:
    # Cancelled half way, asyncio would kill the leader alone and wait for all who hold its pipes.
    starting = asyncio.ensure_future(_start(command, account, with_stdin, tag))
    try:
        return await asyncio.shield(starting)
    except asyncio.CancelledError:
        await asyncio.wait({starting})
        if starting.exception() is None:
            transport, pipes = starting.result()
            try:
                await end_group(transport.get_pid(), pipes.ended)
            finally:
                transport.close()
        raise


async def _start(
    command: Command, account: Account, with_stdin: bool, tag: str
) -> tuple[asyncio.SubprocessTransport, _Pipes]:
    if any("\0" in word for word in command.argv):
        raise BadInput("A command cannot hold a zero byte.")
    return await asyncio.get_running_loop().subprocess_exec(
        _Pipes,
        *command.argv,
        stdin=asyncio.subprocess.PIPE if with_stdin else asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        start_new_session=True,
        # The directory that pgtui was started in may be closed to the account.
        cwd="/",
        env=environment(command, account, tag),
        **identity(account),
    )


def environment(command: Command, account: Account, tag: str = "") -> dict[str, str]:
    """Return a child's environment: ours without what steers PostgreSQL, plus the command's own."""
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PG") and name != TAG_VARIABLE
    }
    own.setdefault("PATH", os.defpath)
    if not account.is_own:
        own |= {"HOME": account.home, "USER": account.name, "LOGNAME": account.name}
    return own | dict(command.env) | ({TAG_VARIABLE: tag} if tag else {})


async def _await_news(pipes: _Pipes, until: float | None) -> bool:
    pipes.news.clear()
    left = None if until is None else max(0.0, until - time.monotonic())
    if pipes.ended.is_set():
        left = SILENCE
    try:
        async with asyncio.timeout(left):
            await pipes.news.wait()
    except TimeoutError:
        return False
    return True


async def _feed(transport: asyncio.SubprocessTransport, pipes: _Pipes, stdin: AsyncIterable[bytes]) -> None:
    pipe = transport.get_pipe_transport(0)
    assert isinstance(pipe, asyncio.WriteTransport)
    try:
        async for chunk in stdin:
            # A program may stop reading before the end: its exit code tells whether that was an error.
            if pipes.stdin_closed:
                return
            pipe.write(chunk)
            await pipes.writable.wait()
    finally:
        pipe.close()


async def end_group(leader: int, ended: asyncio.Event) -> None:
    """End a process group, gently first, and wait until all of it is gone."""
    try:
        for number, grace in ENDING:
            os.killpg(leader, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(grace):
                    await ended.wait()
                    while True:
                        os.killpg(leader, 0)
                        await asyncio.sleep(POLL)
    except ProcessLookupError:
        return
    except asyncio.CancelledError:
        with suppress(ProcessLookupError):
            os.killpg(leader, signal.SIGKILL)
        raise


async def end_tagged(tag: str) -> int:
    """End the processes that carry a tag in their environment, and wait until they are gone."""
    if not tag:
        return 0
    met: set[int] = set()
    for number, grace in ENDING:
        until = time.monotonic() + grace
        for pid in await asyncio.to_thread(_tagged, tag):
            met.add(pid)
            with suppress(ProcessLookupError):
                os.kill(pid, number)
        while remaining := await asyncio.to_thread(_tagged, tag):
            met.update(remaining)
            if time.monotonic() > until:
                break
            await asyncio.sleep(POLL)
        else:
            return len(met)
    return len(met)


def _tagged(tag: str) -> list[int]:
    wanted = os.fsencode(f"{TAG_VARIABLE}={tag}")
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        # Processes come and go, and those of other accounts may be closed to us.
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0") and int(process.name) != os.getpid():
                found.append(int(process.name))
    return found
