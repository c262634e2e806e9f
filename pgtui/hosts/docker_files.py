"""Files of a container, running or stopped."""

import asyncio
import io
import os
import posixpath
import re
import tarfile
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TypeVar
from uuid import uuid4

from docker import APIClient
from docker.errors import NotFound

from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import FileProblem
from pgtui.hosts import docker_archive as archive
from pgtui.hosts import docker_scripts as scripts
from pgtui.hosts.base import Exit, FileEntry, FileKind, Output, Stream, collect
from pgtui.hosts.docker_exec import Job, settled
from pgtui.hosts.docker_run import DockerCommands
from pgtui.hosts.listing import list_with, records_of

T = TypeVar("T")

_KINDS = {0x4000: FileKind.DIRECTORY, 0x8000: FileKind.FILE, 0xA000: FileKind.LINK}


class DockerFiles(DockerCommands):
    """Shell scripts where a shell can be had, else the engine's archive API.

    A stopped container's own layer, as against its volumes, is reached by the archive API alone.
    """

    async def read(self, path: str, limit: int = 16 * 1024 * 1024) -> bytes:
        clean = _absolute(path)
        if archive.can_name(clean) and await self._state() is ServerState.STOPPED:
            return await self._archive(path, lambda client, name: archive.content(client, name, clean, limit))
        return await self._script(scripts.READ, str(limit), clean)

    async def write(self, path: str, content: bytes, mode: int = 0o600) -> None:
        await self._store(_absolute(path), io.BytesIO(content), len(content), mode)

    async def list(self, path: str) -> tuple[FileEntry, ...]:
        clean = _absolute(path)
        if await self._is_layer_only(clean):
            return await self._archive(path, lambda client, name: archive.listed(client, name, clean))
        token = uuid4().hex
        return _entries(await self._script(scripts.LIST, clean, token), token)

    async def listing(self, path: str, take: Callable[[bytes], None]) -> None:
        clean = _absolute(path)
        if await self._is_layer_only(clean):
            entries = await self._archive(path, lambda client, name: archive.listed(client, name, clean))
            await asyncio.to_thread(lambda: take(records_of(entries)))
            return
        async with self._reaching(clean) as container:
            await list_with(
                lambda argv: self._execs.stream(container, Job(argv, "0")),
                clean,
                take,
            )

    async def stat(self, path: str) -> FileEntry | None:
        clean = _absolute(path)
        name = posixpath.basename(clean) or "/"
        if archive.can_name(clean) and await self._state() is ServerState.STOPPED:
            try:
                member = await self._link.call(
                    lambda client: archive.first_member(client, self._container.name, clean)
                )
            except NotFound:
                await self._inspect()
                return None
            return archive.entry_of(member, name)
        token = uuid4().hex
        found = _entries(await self._script(scripts.STAT, clean, token), token)
        return found[0] if found else None

    async def make_directory(self, path: str, mode: int = 0o700) -> None:
        clean = _absolute(path)
        if await self._is_layer_only(clean):
            await self._make_in_layer(clean, mode)
            return
        await self._script(scripts.MAKE_DIRECTORY, clean, f"{mode:o}", self._home.account)

    async def move(self, source: str, destination: str) -> None:
        await self._script(scripts.MOVE, _absolute(source), _absolute(destination))

    async def copy_tree(self, source: str, destination: str) -> None:
        await self._script(scripts.COPY_TREE, _absolute(source), _absolute(destination))

    async def remove(self, path: str) -> None:
        await self._script(scripts.REMOVE, _absolute(path))

    async def size_of(self, path: str) -> int:
        clean = _absolute(path)
        if await self._is_layer_only(clean):
            return await self._archive(path, lambda client, name: archive.total(client, name, clean))
        return int((await self._script(scripts.SIZE, clean)).split()[0]) * 1024

    async def free_space(self, path: str) -> int:
        # A workbench's own layer lies on the same file system as every other container's.
        async with self._somewhere() as container:
            free, block = (await self._in(container, scripts.FREE, _absolute(path))).split()
        return int(free) * int(block)

    async def fetch(self, path: str, local: Path) -> None:
        clean = _absolute(path)
        if not archive.can_name(clean):
            await self._fetch_by_program(clean, local)
            return
        stop = threading.Event()
        await self._archive(
            path, lambda client, name: archive.fetched(client, name, clean, local, stop), stop=stop
        )

    async def _fetch_by_program(self, path: str, local: Path) -> None:
        job = Job(("sh", "-c", scripts.SEND, "sh", path), "0")
        words = b""
        with archive.replacing(local) as file:
            async with (
                self._reaching(path) as container,
                aclosing(self._execs.stream(container, job)) as events,
            ):
                async for event in events:
                    match event:
                        case Output(Stream.STDOUT):
                            file.write(event.data)
                        case Output():
                            words += event.data
                        case Exit(code) if code != 0:
                            raise FileProblem(words.decode(errors="replace").strip())

    async def store(self, local: Path, path: str) -> None:
        clean = _absolute(path)
        try:
            with local.open("rb") as file:
                await self._store(clean, file, os.fstat(file.fileno()).st_size, 0o600)
        except OSError as error:
            raise FileProblem(f"{local}: {error.strerror}") from error

    async def _store(self, path: str, source: IO[bytes], size: int, mode: int) -> None:
        directory, name = posixpath.split(path)
        layer_only = await self._is_layer_only(path)
        # Nothing can be renamed in a stopped container's layer; nothing reads there either.
        temporary = name if layer_only else f".pgtui-{uuid4().hex}.tmp"
        member = archive.member_of(temporary, size, mode, self._home.uid, self._home.gid)
        stop = threading.Event()
        is_in_place = layer_only
        try:
            await self._archive(
                path,
                lambda client, container: archive.stored(client, container, directory, member, source, stop),
                stop=stop,
            )
            if not layer_only:
                await self._script(scripts.RENAME, posixpath.join(directory, temporary), path)
            is_in_place = True
        finally:
            if not is_in_place:
                await settled(self._drop(posixpath.join(directory, temporary)))

    async def _drop(self, temporary: str) -> None:
        if await self.stat(temporary) is not None:
            await self.remove(temporary)

    async def _make_in_layer(self, path: str, mode: int) -> None:
        parent = posixpath.dirname(path)
        found = await self.stat(path)
        if found is not None:
            if found.kind is not FileKind.DIRECTORY:
                raise FileProblem(f"{path}: File exists")
            return
        if await self.stat(parent) is None:
            await self._make_in_layer(parent, mode)
        name = posixpath.basename(path)
        member = archive.member_of(name, 0, mode, self._home.uid, self._home.gid, tarfile.DIRTYPE)
        stop = threading.Event()
        await self._archive(
            path,
            lambda client, container: archive.stored(client, container, parent, member, io.BytesIO(), stop),
        )

    async def _archive(
        self, path: str, work: Callable[[APIClient, str], T], *, stop: threading.Event | None = None
    ) -> T:
        """Run a call of the archive API; when it is not wanted any more, `stop` is set."""
        try:
            return await self._link.bulk(lambda client: work(client, self._container.name), stop)
        except NotFound as error:
            await self._inspect()
            raise FileProblem(f"{path}: No such file or directory") from error

    async def _script(self, script: str, *arguments: str) -> bytes:
        paths = [argument for argument in arguments if argument.startswith("/")]
        async with self._reaching(*paths) as container:
            return await self._in(container, script, *arguments)

    async def _in(self, container: str, script: str, *arguments: str) -> bytes:
        job = Job(("sh", "-c", script, "sh", *arguments), "0")
        done = await collect(self._execs.stream(container, job))
        if done.code != 0:
            words = (done.stderr or done.stdout).decode(errors="replace").strip()
            raise FileProblem(words or f"{arguments[0]}: exit code {done.code}")
        return done.stdout

    @asynccontextmanager
    async def _reaching(self, *paths: str) -> AsyncGenerator[str, None]:
        for path in paths:
            if await self._is_layer_only(path):
                raise FileProblem(
                    f"{path} lies in the stopped container's own layer, where only reading and storing work.",
                    f"Start the container ({self._container.name}) first.",
                )
        async with self._somewhere() as container:
            yield container

    async def _is_layer_only(self, path: str) -> bool:
        return not self._container.is_mounted(path) and await self._state() is ServerState.STOPPED


def _absolute(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise FileProblem(f"{path!r} is not an absolute path.")
    return posixpath.normpath(path).replace("//", "/")


_FIELDS = re.compile(rb"([0-9a-f]+) (\d+) (-?\d+) (\d+) (.*)\n", re.DOTALL)


def _entries(output: bytes, token: str) -> tuple[FileEntry, ...]:
    """Read what the listing scripts print; a token that no name can hold stands before each record."""
    found: dict[bytes, tuple[int, int, int, int]] = {}
    links: dict[bytes, bytes] = {}
    for record in output.split(token.encode())[1:]:
        if record.startswith(b">"):
            name, _, target = record[1:].partition(b"\0")
            links[name] = target.removesuffix(b"\n")
        elif match := _FIELDS.fullmatch(record):
            mode, size, modified, owner, name = match.groups()
            found[name] = (int(mode, 16), int(size), int(modified), int(owner))
    entries = [
        FileEntry(
            name=_text(posixpath.basename(name) or name),
            kind=_KINDS.get(mode & 0xF000, FileKind.OTHER),
            size=size,
            modified=datetime.fromtimestamp(modified, UTC),
            mode=mode & 0o7777,
            owner=owner,
            link=_text(links.get(name, b"")),
        )
        for name, (mode, size, modified, owner) in found.items()
    ]
    return tuple(sorted(entries, key=lambda entry: entry.name))


def _text(name: bytes) -> str:
    return name.decode(errors="surrogateescape")
