"""Programs inside a running container: streamed, and really ended when they are not wanted any more."""

import asyncio
import time
from collections.abc import AsyncIterable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from docker.errors import NotFound

from pgtui.domain.errors import DeadlineExceeded, HostError, ServerGone
from pgtui.hosts.base import Events, Exit, Stream, collect
from pgtui.hosts.docker_link import Link
from pgtui.hosts.docker_wire import Wire

T = TypeVar("T")

TAG = "PGTUI_TAG"
_MARK = "PGTUI_EXEC"

# Ending the client of an exec leaves its process running, so it is looked for by its environment. Exact lines
# decide: one mark may be the beginning of another. Run as the account of the process, because root in a
# container may not read the environment of another account's process.
_END = """\
ended=0
for signal in INT TERM KILL; do
  round=0
  while [ $round -lt 25 ]; do
    found=
    for file in $(grep -lF -- "$1" /proc/[0-9]*/environ 2>/dev/null); do
      tr '\\000' '\\n' <"$file" 2>/dev/null | grep -qxF -- "$1" || continue
      pid=${file#/proc/}
      found="$found ${pid%/environ}"
    done
    [ -n "$found" ] || { echo $ended; exit 0; }
    if [ $round = 0 ]; then
      if [ $ended = 0 ]; then set -- "$1" $found; ended=$(($# - 1)); fi
      kill -s $signal $found 2>/dev/null
    fi
    round=$((round + 1))
    sleep 0.1
  done
done
exit 1
"""

_ACCOUNTS = 'for process in /proc/[0-9]*; do stat -c %u "$process" 2>/dev/null; done | sort -u'


@dataclass(frozen=True)
class Job:
    """A program to be run in a container, all that the engine has to be told of it."""

    argv: tuple[str, ...]
    user: str
    env: tuple[tuple[str, str], ...] = ()


class Execs:
    """Runs programs in containers of one engine."""

    def __init__(self, link: Link) -> None:
        self._link = link

    async def stream(
        self,
        container: str,
        job: Job,
        *,
        stdin: AsyncIterable[bytes] | None = None,
        deadline: float | None = None,
    ) -> Events:
        """Run a program and yield its output, then its Exit; whatever ends this ends the program."""
        until = None if deadline is None else time.monotonic() + deadline
        mark = uuid4().hex
        started = asyncio.ensure_future(self._start(container, job, mark, has_input=stdin is not None))
        has_ended = False
        pump: asyncio.Task[None] | None = None
        try:
            exec_id, wire = await asyncio.shield(started)
            pump = asyncio.create_task(_pump(stdin, wire)) if stdin is not None else None
            frames = wire.frames()
            while (output := await _within(anext(frames, None), until)) is not None:
                yield output
            if pump is not None and pump.done():
                pump.result()
            code = await self._exit_code(container, exec_id, until)
            has_ended = True
            yield Exit(code)
        finally:
            await settled(self._finish(container, job, mark, started, pump, has_ended))

    async def collected(
        self, container: str, job: Job, *, deadline: float | None = None
    ) -> tuple[int, bytes, str]:
        """Run a program to its end; return exit code, output, and its words of complaint."""
        done = await collect(self.stream(container, job, deadline=deadline))
        return done.code, done.stdout, done.stderr.decode(errors="replace").strip()

    async def end_everywhere(self, container: str, tag: str) -> int:
        """End every process with this tag, whatever its account; return how many there were."""
        code, found, words = await self.collected(container, Job(("sh", "-c", _ACCOUNTS), "0"))
        if code != 0:
            raise HostError(f"The processes in {container} cannot be listed: {words}")
        ended = 0
        for account in found.decode().split():
            ended += await self._end(container, account, f"{TAG}={tag}")
        return ended

    async def _end(self, container: str, user: str, assignment: str) -> int:
        job = Job(("sh", "-c", _END, "sh", assignment), user)
        exec_id, wire = await self._start(container, job, uuid4().hex, has_input=False)
        try:
            async with asyncio.timeout(self._link.timeout + 10):
                said = [output.data async for output in wire.frames() if output.stream is Stream.STDOUT]
            code = await self._exit_code(container, exec_id, None)
        except TimeoutError as error:
            raise HostError(f"A process in {container} could not be ended.") from error
        finally:
            wire.close()
        if code != 0:
            raise HostError(f"A process in {container} could not be ended: not even SIGKILL did it.")
        return int(b"".join(said) or b"0")

    async def _start(self, container: str, job: Job, mark: str, *, has_input: bool) -> tuple[str, Wire]:
        settings: Mapping[str, Any] = {
            "stdin": has_input,
            "user": job.user,
            "environment": [*(f"{name}={value}" for name, value in job.env), f"{_MARK}={mark}"],
        }
        try:
            made = await self._link.call(
                lambda client: client.exec_create(container, _sendable(job.argv), **settings)
            )
            exec_id = str(made["Id"])
            body = {"Detach": False, "Tty": False}
            return exec_id, await self._link.stream("POST", f"/exec/{exec_id}/start", body, upgrade=True)
        except NotFound as error:
            raise gone(container) from error

    async def _exit_code(self, container: str, exec_id: str, until: float | None) -> int:
        while True:
            try:
                state = await _within(self._link.call(lambda client: client.exec_inspect(exec_id)), until)
            except NotFound as error:
                raise gone(container) from error
            if not state["Running"] and state["ExitCode"] is not None:
                return int(state["ExitCode"])
            # Output can end before the process does.
            await _within(asyncio.sleep(0.02), until)

    async def _finish(
        self,
        container: str,
        job: Job,
        mark: str,
        started: "asyncio.Future[tuple[str, Wire]]",
        pump: asyncio.Task[None] | None,
        has_ended: bool,
    ) -> None:
        if pump is not None:
            pump.cancel()
            await asyncio.wait({pump})
        await asyncio.wait({started})
        if started.exception() is not None:
            return
        exec_id, wire = started.result()
        wire.close()
        if not has_ended:
            await self._end_exec(container, exec_id, job.user, f"{_MARK}={mark}")

    async def _end_exec(self, container: str, exec_id: str, user: str, assignment: str) -> None:
        try:
            # More than once: it may not have been born yet when it was looked for.
            for _ in range(5):
                await self._end(container, user, assignment)
                state = await self._link.call(lambda client: client.exec_inspect(exec_id))
                if not state["Running"]:
                    return
                await asyncio.sleep(0.1)
        except (NotFound, ServerGone):
            return
        except HostError:
            # A container that has stopped took the process with it.
            with suppress(NotFound):
                inspected = await self._link.call(lambda client: client.inspect_container(container))
                if inspected["State"]["Running"]:
                    raise


def gone(container: str) -> ServerGone:
    """Return the error for a container that is not there any more."""
    return ServerGone(
        f"There is no container named {container!r} any more.", "`docker ps -a` shows what there is."
    )


async def settled(work: Coroutine[Any, Any, T]) -> T:
    """Run something to its end even when cancelled meanwhile; the cancellation is then passed on."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        if not task.cancelled():
            task.exception()
        raise cancelled
    return task.result()


# Arguments travel as JSON, which has no words for bytes that are no UTF-8: the shell there makes them.
_DECODE = """\
left=$#
while [ "$left" -gt 0 ]; do
  word=$(printf '%b.' "$1")
  set -- "$@" "${word%.}"
  shift
  left=$((left - 1))
done
exec "$@"
"""


def _sendable(argv: tuple[str, ...]) -> list[str]:
    try:
        for word in argv:
            word.encode()
    except UnicodeEncodeError:
        return ["sh", "-c", _DECODE, "sh", *(_octal(word) for word in argv)]
    return list(argv)


def _octal(word: str) -> str:
    plain = range(32, 127)
    return "".join(
        chr(byte) if byte in plain and byte != ord("\\") else f"\\0{byte:03o}"
        for byte in word.encode(errors="surrogateescape")
    )


async def _within(work: Any, until: float | None) -> Any:
    if until is None:
        return await work
    try:
        async with asyncio.timeout(max(0.0, until - time.monotonic())):
            return await work
    except TimeoutError as error:
        raise DeadlineExceeded("The command did not end in time and was ended.") from error


async def _pump(source: AsyncIterable[bytes], wire: Wire) -> None:
    try:
        async for chunk in source:
            wire.writer.write(chunk)
            await wire.writer.drain()
        if wire.writer.can_write_eof():
            wire.writer.write_eof()
    except ConnectionError:
        # The program ended without reading all of it: its exit code tells more.
        return
    except BaseException:
        # What ends here is the source; the reader of the output must not wait for more.
        wire.close()
        raise
