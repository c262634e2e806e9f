"""The engine's archive API: files as tar streams, from running and stopped containers alike."""

import base64
import contextlib
import io
import json
import os
import posixpath
import shutil
import stat
import tarfile
import tempfile
import threading
from collections.abc import Generator, Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import requests
from docker import APIClient
from docker.errors import create_api_error_from_http_exception

from pgtui.domain.errors import FileProblem, HostUnreachable
from pgtui.hosts.base import FileEntry, FileKind

_CHUNK = 1024 * 1024


class _Chunks(io.RawIOBase):
    """Chunks as a file, for `tarfile`; ends early once told to stop."""

    def __init__(self, chunks: Iterable[bytes], stop: threading.Event) -> None:
        super().__init__()
        self._chunks = iter(chunks)
        self._rest = memoryview(b"")
        self._stop = stop

    def readable(self) -> bool:
        return True

    def readinto(self, target: "memoryview | bytearray") -> int:  # type: ignore[override]
        if not self._rest:
            if self._stop.is_set():
                return 0
            self._rest = memoryview(next(self._chunks, b""))
        size = min(len(target), len(self._rest))
        target[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


@contextlib.contextmanager
def opened(
    client: APIClient, container: str, path: str, stop: threading.Event
) -> Generator[tarfile.TarFile, None, None]:
    """Read a path as a tar stream; what is not read is not sent."""
    with _downloading(client, container, path) as chunks:
        source = io.BufferedReader(_Chunks(chunks, stop), _CHUNK)
        try:
            with tarfile.open(fileobj=source, mode="r|", bufsize=_CHUNK) as tar:
                yield tar
        except tarfile.TarError as error:
            raise HostUnreachable(f"The Docker engine broke off while it sent {path}.") from error


@contextlib.contextmanager
def _downloading(client: APIClient, container: str, path: str) -> Generator[Iterator[bytes], None, None]:
    with client.get(
        _url(client, container), params={"path": _raw(path)}, stream=True, timeout=client.timeout
    ) as reply:
        _check(reply)
        yield reply.iter_content(_CHUNK)


def target_of(client: APIClient, container: str, path: str) -> str:
    """Return the path, or where it leads to when it is a link."""
    with client.head(_url(client, container), params={"path": _raw(path)}, timeout=client.timeout) as reply:
        _check(reply)
        found = json.loads(base64.b64decode(reply.headers["X-Docker-Container-Path-Stat"]))
        return str(found.get("linkTarget") or path)


def _raw(path: str) -> Any:
    # Names need not be UTF-8; requests takes bytes, which types-docker does not know.
    return path.encode(errors="surrogateescape")


def _url(client: APIClient, container: str) -> str:
    return f"{client.base_url}/v{client.api_version}/containers/{quote(container, safe='')}/archive"


def _check(reply: requests.Response) -> None:
    try:
        reply.raise_for_status()
    except requests.exceptions.HTTPError as error:
        create_api_error_from_http_exception(error)


def entry_of(member: tarfile.TarInfo, name: str) -> FileEntry:
    """Return a tar member as a directory entry."""
    kind = (
        FileKind.DIRECTORY
        if member.isdir()
        else FileKind.LINK
        if member.issym()
        else FileKind.FILE
        if member.isfile() or member.islnk()
        else FileKind.OTHER
    )
    return FileEntry(
        name=name,
        kind=kind,
        size=member.size,
        modified=datetime.fromtimestamp(member.mtime, UTC),
        mode=stat.S_IMODE(member.mode),
        owner=member.uid,
        link=member.linkname if member.issym() else "",
    )


def first_member(client: APIClient, container: str, path: str) -> tarfile.TarInfo:
    """Return what the path itself is; reads no further."""
    with opened(client, container, path, threading.Event()) as tar:
        member = tar.next()
        if member is None:
            raise FileProblem(f"{path}: the engine sent nothing.")
        return member


def listed(client: APIClient, container: str, path: str) -> tuple[FileEntry, ...]:
    """Return a directory's entries; walks all that lies below."""
    entries = []
    with opened(client, container, target_of(client, container, path), threading.Event()) as tar:
        for member in tar:
            name = member.name.rstrip("/")
            depth = name.count("/")
            if depth == 0 and not member.isdir():
                raise FileProblem(f"{path}: Not a directory")
            if depth == 1:
                entries.append(entry_of(member, posixpath.basename(name)))
    return tuple(sorted(entries, key=lambda entry: entry.name))


def total(client: APIClient, container: str, path: str) -> int:
    """Return the bytes in a file, or in all files below a directory."""
    with opened(client, container, path, threading.Event()) as tar:
        return sum(member.size for member in tar)


def content(client: APIClient, container: str, path: str, limit: int) -> bytes:
    """Return the first bytes of a file."""
    with opened(client, container, target_of(client, container, path), threading.Event()) as tar:
        member = tar.next()
        found = tar.extractfile(member) if member is not None else None
        if found is None:
            raise FileProblem(f"{path}: Is a directory")
        return found.read(limit)


def ending(client: APIClient, container: str, path: str, limit: int) -> tuple[bytes, datetime]:
    """Return the last bytes of a file, and when it was last written to; all of it comes over the wire."""
    with opened(client, container, target_of(client, container, path), threading.Event()) as tar:
        member = tar.next()
        found = tar.extractfile(member) if member is not None else None
        if member is None or found is None:
            raise FileProblem(f"{path}: Is a directory")
        kept = b""
        while chunk := found.read(_CHUNK):
            kept = (kept + chunk)[-limit:]
        return kept, datetime.fromtimestamp(member.mtime, UTC)


def fetched(client: APIClient, container: str, path: str, local: Path, stop: threading.Event) -> None:
    """Bring a file to this machine: complete, or not at all."""
    with opened(client, container, target_of(client, container, path), stop) as tar:
        member = tar.next()
        found = tar.extractfile(member) if member is not None else None
        if found is None:
            raise FileProblem(f"{path}: Is a directory")
        try:
            with replacing(local) as file:
                shutil.copyfileobj(found, file, _CHUNK)
                if stop.is_set():
                    raise InterruptedError(path)
        except requests.exceptions.RequestException:
            raise
        except OSError as error:
            raise FileProblem(f"{local}: {error.strerror or error}") from error


def can_name(path: str) -> bool:
    """Whether the engine can send this path: Go's tar has no way to write a name that is no UTF-8."""
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True


@contextlib.contextmanager
def replacing(local: Path) -> Generator[IO[bytes], None, None]:
    """Write a file of this machine that appears only once it is complete."""
    handle, temporary = tempfile.mkstemp(prefix=f".{local.name[:40]}.", suffix=".tmp", dir=local.parent)
    try:
        with open(handle, "wb") as file:
            yield file
        os.replace(temporary, local)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def stored(
    client: APIClient,
    container: str,
    directory: str,
    member: tarfile.TarInfo,
    source: IO[bytes],
    stop: threading.Event,
) -> None:
    """Put one file into a directory, with the member's name, owner and mode."""
    client.put_archive(container, _raw(directory), _packed(member, source, stop))


def _packed(member: tarfile.TarInfo, source: IO[bytes], stop: threading.Event) -> Iterator[bytes]:
    yield member.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape")
    left = member.size
    while left:
        if stop.is_set():
            raise InterruptedError(member.name)
        data = source.read(min(left, _CHUNK))
        if not data:
            raise FileProblem(f"{member.name}: the file became shorter while it was read.")
        left -= len(data)
        yield data
    yield b"\0" * (-member.size % tarfile.BLOCKSIZE + 2 * tarfile.BLOCKSIZE)


def member_of(
    name: str, size: int, mode: int, uid: int, gid: int, kind: bytes = tarfile.REGTYPE
) -> tarfile.TarInfo:
    """Return a tar member to be stored."""
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = mode
    member.uid = uid
    member.gid = gid
    member.type = kind
    member.mtime = int(datetime.now(UTC).timestamp())
    return member


def moved_over(
    client: APIClient, container: str, path: str, other: str, directory: str, stop: threading.Event
) -> None:
    """Copy a path of one container into a directory of another, as it streams."""
    with _downloading(client, container, path) as chunks:
        client.put_archive(other, _raw(directory), _until(chunks, stop))


def _until(chunks: Iterable[bytes], stop: threading.Event) -> Iterator[bytes]:
    for chunk in chunks:
        if stop.is_set():
            raise InterruptedError
        yield chunk
