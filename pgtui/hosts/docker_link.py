"""The link to the Docker engine: the SDK's client behind threads, and streams beside it."""

import asyncio
import json
import os
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from docker import APIClient
from docker.errors import DockerException
from docker.utils import kwargs_from_env, parse_host

from pgtui.domain.errors import HostUnreachable
from pgtui.hosts.docker_threads import THREADS, Threads, silent_engine, unreachable
from pgtui.hosts.docker_wire import Endpoint, Wire, open_wire

T = TypeVar("T")

_BULK_TIMEOUT = 600.0
"""Seconds without a byte: the engine replies to an upload only when all of it has reached the disk."""


class Link:
    """Connects at the first call, and again after a failed one."""

    def __init__(self, timeout: float) -> None:
        self.timeout = timeout
        self._threads = Threads(timeout)
        self._lock = threading.Lock()
        self._version: str | None = None
        self._clients: dict[float, APIClient] = {}

    async def call(self, work: Callable[[APIClient], T], *, settle: bool = False) -> T:
        """Run a short call. Raises HostUnreachable, HostError, and docker's NotFound."""
        version = await self._greet()
        try:
            return await self._threads.call(lambda: work(self._client(version, self.timeout)), settle=settle)
        except HostUnreachable:
            self._version = None
            raise

    async def bulk(self, work: Callable[[APIClient], T], stop: threading.Event | None = None) -> T:
        """Run a call that moves much data. When it is not wanted any more, `stop` is set, which it heeds."""
        version = await self._greet()
        client = await self._threads.call(lambda: self._client(version, _BULK_TIMEOUT))
        return await self._threads.call(lambda: work(client), bulk=True, stop=stop)

    async def stream(self, method: str, path: str, body: object = None, *, upgrade: bool = False) -> Wire:
        """Open a stream for a path below the API's version."""
        target = f"/v{await self._greet()}{path}"
        return await open_wire(_endpoint(), self.timeout, method, target, body, upgrade=upgrade)

    async def _greet(self) -> str:
        """Return the API's version; whether the engine answers is found out here, without a thread."""
        if self._version is None:
            wire = await open_wire(_endpoint(), self.timeout, "GET", "/version")
            try:
                async with asyncio.timeout(self.timeout):
                    self._version = str(json.loads(await wire.reader.read())["ApiVersion"])
            except TimeoutError as error:
                raise silent_engine() from error
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise HostUnreachable(
                    "What answers is no Docker engine.", "See what DOCKER_HOST is set to."
                ) from error
            finally:
                wire.close()
        return self._version

    def _client(self, version: str, timeout: float) -> APIClient:
        with self._lock:
            found = self._clients.get(timeout)
            if found is None:
                # types-docker wants whole seconds; requests takes any.
                more: dict[str, Any] = {"timeout": timeout, "version": version, "max_pool_size": THREADS}
                found = self._clients[timeout] = APIClient(**_environment(), **more)
            return found


def _endpoint() -> Endpoint:
    try:
        settings = _environment()
        tls = settings.get("tls")
        url = parse_host(settings.get("base_url"), tls=bool(tls))
        return Endpoint.of(url, _context(tls) if tls else None)
    except (DockerException, OSError) as error:
        raise unreachable(error) from error


def _environment() -> dict[str, Any]:
    settings: dict[str, Any] = {**kwargs_from_env()}
    if "base_url" not in settings:
        rootless = Path(os.environ.get("XDG_RUNTIME_DIR", "/nonexistent")) / "docker.sock"
        if not Path("/var/run/docker.sock").exists() and rootless.exists():
            settings["base_url"] = f"unix://{rootless}"
    return settings


def _context(tls: Any) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=tls.ca_cert or None)
    if not tls.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if tls.cert:
        context.load_cert_chain(*tls.cert)
    return context
