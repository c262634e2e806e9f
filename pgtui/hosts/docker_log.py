"""The log of a container's server: what the container printed, or the logging collector's files in it."""

import posixpath
from collections.abc import AsyncGenerator
from contextlib import aclosing
from datetime import UTC, datetime
from urllib.parse import quote
from uuid import uuid4

from docker.errors import NotFound

from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import FileProblem
from pgtui.hosts import docker_archive as archive
from pgtui.hosts import docker_scripts as scripts
from pgtui.hosts.base import LogTail, Output, Stream
from pgtui.hosts.docker_exec import Job, gone
from pgtui.hosts.docker_files import DockerFiles
from pgtui.hosts.log_files import CURRENT, collected_paths, with_beside

_BYTES_A_LINE = 200
"""The engine counts a log in lines, so that a tail of bytes asks for about as many lines as it may hold."""


class DockerLog(DockerFiles):
    """Once the collector runs, the container itself prints nothing any more (`docker logs` is silent)."""

    async def server_log(self, *, follow: bool = False, last: int = 1000) -> AsyncGenerator[bytes, None]:
        # Where the log is stays so until the server restarts, which ends the container, too.
        if not await self._collected():
            name, framed = self._container.name, not self._container.has_terminal
            chunks = self._logs(name, follow=follow, last=last, framed=framed)
        elif await self._state() is ServerState.RUNNING:
            chunks = self._followed(follow, last)
        else:
            chunks = self._lines_at_rest(last)
        async with aclosing(chunks):
            async for chunk in chunks:
                yield chunk

    async def log_tails(self, limit: int = 64 * 1024) -> tuple[LogTail, ...]:
        if await self._state() is ServerState.RUNNING:
            token = uuid4().hex
            found = await self._script(scripts.LOG_TAILS, str(limit), self._home.data_directory, token)
            tails = tuple(_tail(each, self._home.data_directory) for each in found.split(token.encode())[1:])
        else:
            tails = await self._tails_at_rest(limit)
        if tails:
            return tails
        name, framed = self._container.name, not self._container.has_terminal
        last = max(50, limit // _BYTES_A_LINE)
        async with aclosing(self._logs(name, follow=False, last=last, framed=framed)) as chunks:
            printed = b"".join([chunk async for chunk in chunks])
        return (LogTail("", printed[-limit:]),)

    async def _collected(self) -> tuple[str, ...]:
        """Return the paths of the collector's files; none while it is off."""
        current = posixpath.join(self._home.data_directory, CURRENT)
        try:
            if await self._state() is ServerState.RUNNING:
                content = await self.read(current)
            else:
                content = await self._archive(
                    current, lambda client, name: archive.content(client, name, current, 64 * 1024)
                )
        except FileProblem:
            return ()
        paths = collected_paths(content.decode(errors="surrogateescape"))
        return tuple(posixpath.join(self._home.data_directory, path) for path in paths)

    async def _followed(self, follow: bool, last: int) -> AsyncGenerator[bytes, None]:
        words = (self._home.data_directory, str(last), str(int(follow)))
        job = Job(("sh", "-c", scripts.LOG_FOLLOWED, "sh", *words), "0")
        async with aclosing(self._execs.stream(self._container.name, job)) as events:
            async for event in events:
                match event:
                    case Output(Stream.STDOUT):
                        yield event.data
                    case Output():
                        raise FileProblem(event.data.decode(errors="replace").strip())

    async def _lines_at_rest(self, last: int) -> AsyncGenerator[bytes, None]:
        for tail in (await self._tails_at_rest(last * _BYTES_A_LINE))[:1]:
            lines = tail.data.splitlines(keepends=True)
            yield b"".join(lines[-last:] if last else [])

    async def _tails_at_rest(self, limit: int) -> tuple[LogTail, ...]:
        """The same without a program in the container: through the archive API."""
        collected = await self._collected()
        found = [await self._tail_at_rest(path, limit) for path in with_beside(collected)]
        tails = tuple(tail for tail in found if tail is not None)
        if collected and not tails:
            raise FileProblem(f"The log file {collected[0]} that the server names is not there.")
        return tails

    async def _tail_at_rest(self, path: str, limit: int) -> LogTail | None:
        try:
            data, modified = await self._archive(
                path, lambda client, name: archive.ending(client, name, path, limit)
            )
        except FileProblem:
            return None
        return LogTail(path, data, modified)

    async def _logs(self, name: str, *, follow: bool, last: int, framed: bool) -> AsyncGenerator[bytes, None]:
        query = f"stdout=1&stderr=1&follow={int(follow)}&tail={last}"
        try:
            wire = await self._link.stream("GET", f"/containers/{quote(name, safe='')}/logs?{query}")
        except NotFound as error:
            raise gone(name) from error
        try:
            async with aclosing(wire.frames() if framed else wire.raw()) as chunks:
                async for chunk in chunks:
                    yield chunk.data
        finally:
            wire.close()


def _tail(record: bytes, directory: str) -> LogTail:
    """Read one record of the script."""
    head, _, data = record.partition(b"\0")
    seconds, _, name = head.decode(errors="surrogateescape").partition(" ")
    return LogTail(posixpath.join(directory, name), data, datetime.fromtimestamp(int(seconds), UTC))
