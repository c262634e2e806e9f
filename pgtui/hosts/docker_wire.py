"""Streams from the Docker engine: one request over a connection of its own, read without a thread.

The SDK reads the reply's head through a buffer that it then drops, and with it output that came early.
"""

import asyncio
import json
import ssl
import struct
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from urllib.parse import urlsplit

from docker.errors import NotFound

from pgtui.domain.errors import HostError, HostUnreachable
from pgtui.hosts.base import Output, Stream
from pgtui.hosts.docker_threads import silent_engine, unreachable

_CHUNK = 256 * 1024


@dataclass(frozen=True)
class Endpoint:
    """Where the engine listens: a socket's path, or an address with its TLS context."""

    path: str = ""
    host: str = ""
    port: int = 0
    tls: ssl.SSLContext | None = None

    @classmethod
    def of(cls, url: str, tls: ssl.SSLContext | None) -> "Endpoint":
        parts = urlsplit(url)
        if parts.scheme == "http+unix":
            return cls(path=url.removeprefix("http+unix://"))
        if parts.scheme in ("http", "https", "tcp") and parts.hostname:
            return cls(host=parts.hostname, port=parts.port or (2376 if tls else 2375), tls=tls)
        raise HostUnreachable(
            f"DOCKER_HOST is {url!r}: pgtui reaches an engine by a Unix socket or by TCP.",
            "For an engine on another machine, forward its socket with `ssh -L`.",
        )

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self.path:
            return await asyncio.open_unix_connection(self.path, limit=_CHUNK)
        return await asyncio.open_connection(self.host, self.port, ssl=self.tls, limit=_CHUNK)


@dataclass(frozen=True)
class Wire:
    """A connection on which the reply's body now comes in."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def close(self) -> None:
        """End the connection at once."""
        self.writer.transport.abort()

    def raw(self) -> AsyncGenerator[Output, None]:
        """Yield what comes as standard output: a terminal's stream is not framed."""
        return _raw(self.reader)

    def frames(self) -> AsyncGenerator[Output, None]:
        """Yield chunks of the two streams that come in frames."""
        return _frames(self.reader)


async def open_wire(
    endpoint: Endpoint,
    timeout: float,
    method: str,
    target: str,
    body: object = None,
    *,
    upgrade: bool = False,
) -> Wire:
    """Send a request and read the reply's head. Raises HostUnreachable, NotFound, HostError."""
    try:
        async with asyncio.timeout(timeout):
            reader, writer = await endpoint.connect()
    except TimeoutError as error:
        raise silent_engine() from error
    except OSError as error:
        raise unreachable(error) from error
    wire = Wire(reader, writer)
    try:
        async with asyncio.timeout(timeout):
            writer.write(_request(method, target, body, upgrade))
            await writer.drain()
            await _accept(reader)
    except TimeoutError as error:
        wire.close()
        raise silent_engine() from error
    except NotFound:
        # An OSError by its family.
        wire.close()
        raise
    except (OSError, asyncio.IncompleteReadError) as error:
        wire.close()
        raise unreachable(error) from error
    except BaseException:
        wire.close()
        raise
    return wire


def _request(method: str, target: str, body: object, upgrade: bool) -> bytes:
    # HTTP/1.0 keeps the engine from cutting the body into chunks.
    lines = [f"{method} {target} HTTP/{'1.1' if upgrade else '1.0'}", "Host: docker"]
    content = b"" if body is None else json.dumps(body).encode()
    if body is not None:
        lines += ["Content-Type: application/json", f"Content-Length: {len(content)}"]
    if upgrade:
        lines += ["Connection: Upgrade", "Upgrade: tcp"]
    return "\r\n".join([*lines, "", ""]).encode() + content


async def _accept(reader: asyncio.StreamReader) -> None:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    status = int(head[0].split(" ")[1])
    if status == 101 or 200 <= status < 300:
        return
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
    length = headers.get("content-length", "")
    content = await (reader.readexactly(int(length)) if length.isdigit() else reader.read())
    try:
        message = str(json.loads(content)["message"])
    except (ValueError, KeyError, TypeError):
        message = content.decode(errors="replace").strip() or head[0]
    if status == 404:
        raise NotFound(message)
    raise HostError(f"The Docker engine refused: {message}")


async def _raw(reader: asyncio.StreamReader) -> AsyncGenerator[Output, None]:
    while data := await reader.read(_CHUNK):
        yield Output(Stream.STDOUT, data)


async def _frames(reader: asyncio.StreamReader) -> AsyncGenerator[Output, None]:
    while True:
        try:
            kind, left = struct.unpack(">BxxxL", await reader.readexactly(8))
        except asyncio.IncompleteReadError as error:
            if error.partial:
                raise HostUnreachable("The Docker engine broke off in the middle of its output.") from error
            return
        while left:
            data = await reader.read(min(left, _CHUNK))
            if not data:
                raise HostUnreachable("The Docker engine broke off in the middle of its output.")
            left -= len(data)
            yield Output(Stream.STDERR if kind == 2 else Stream.STDOUT, data)
