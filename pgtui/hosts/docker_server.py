"""The server process of a container: it is the container's process 1, or the only reason for it."""

import asyncio
from contextlib import aclosing
from typing import Any

from docker.errors import NotFound

from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import ConnectError, FileProblem, HostError
from pgtui.domain.plan import StopMode
from pgtui.domain.secret import Secret
from pgtui.hosts.base import Address
from pgtui.hosts.docker_container import PORT
from pgtui.hosts.docker_exec import Job, gone
from pgtui.hosts.docker_look import DockerLook

SIGNALS = {StopMode.SMART: "TERM", StopMode.FAST: "INT", StopMode.IMMEDIATE: "QUIT"}
"""The signals that PostgreSQL knows (manual: "Shutting Down the Server")."""

IS_READY = """\
{ read -r _; read -r _; read -r _; read -r port; read -r socket; } 2>/dev/null <"$2/postmaster.pid" || exit
exec "$1" -q -t 3 -h "${socket:-127.0.0.1}" -p "$port"
"""
"""Whether the server answers at the socket and port that it wrote down itself."""

_POLL = 0.2


class DockerServer(DockerLook):
    """Starting, stopping and reaching the server."""

    async def state(self) -> ServerState:
        return await self._state()

    async def data_directory(self) -> str:
        return self._home.data_directory

    async def start(self) -> None:
        name = self._container.name
        if await self._state() is ServerState.PAUSED:
            await self._order(lambda client: client.unpause(name))
        else:
            await self._order(lambda client: client.start(name))
        while not await self._is_ready():
            if await self._state() is not ServerState.RUNNING:
                last = await self._last_words()
                raise HostError(
                    f"The server in {name!r} ended while it started: {last}", "See the server log."
                )
            await asyncio.sleep(_POLL)

    async def stop(self, mode: StopMode = StopMode.FAST) -> None:
        name = self._container.name
        before = await self._inspect()
        if not before["State"]["Running"]:
            return
        if before["State"].get("Paused"):
            await self._order(lambda client: client.unpause(name))
        await self._order(lambda client: client.kill(name, SIGNALS[mode]))
        while True:
            now = (await self._inspect())["State"]
            if not now["Running"]:
                return
            # A restart policy may bring it back: then only the engine's own stop is final. Before the server
            # is up, the image's entrypoint would not heed that one's signal.
            is_back = now["StartedAt"] != before["State"]["StartedAt"]
            if now.get("Restarting") or (is_back and await self._is_ready()):
                await self._link.bulk(lambda client: client.stop(name, timeout=60))
                return
            await asyncio.sleep(_POLL)

    async def restart(self, mode: StopMode = StopMode.FAST) -> None:
        await self.stop(mode)
        await self.start()

    async def reload(self) -> None:
        if await self._state() is not ServerState.RUNNING:
            raise HostError(f"The server in {self._container.name!r} does not run.", "Start it first.")
        await self._order(lambda client: client.kill(self._container.name, "HUP"))

    async def addresses(self) -> tuple[Address, ...]:
        inspected = await self._inspect()
        name = self._container.name
        if not inspected["State"]["Running"]:
            raise ConnectError(f"The container {name!r} does not run.", "Start it first.")
        network = inspected["NetworkSettings"]
        found = [*_published(network)]
        if inspected["HostConfig"].get("NetworkMode") == "host":
            found.append(Address("127.0.0.1", 5432))
        for joined in (network.get("Networks") or {}).values():
            if joined.get("IPAddress"):
                found.append(Address(joined["IPAddress"], 5432))
        if not found:
            raise ConnectError(
                f"The container {name!r} publishes no port and has no address on a network.",
                f"Join it to one (`docker network connect bridge {name}`), or publish its port 5432.",
            )
        return tuple(dict.fromkeys(found))

    async def own_password(self) -> Secret | None:
        env = self._container.env
        if env.get("POSTGRES_PASSWORD"):
            return Secret(env["POSTGRES_PASSWORD"])
        file = env.get("POSTGRES_PASSWORD_FILE")
        if not file:
            return None
        try:
            content = await self.read(file, 64 * 1024)
        except FileProblem:
            return None
        # As the image's entrypoint reads it: `$(<file)`.
        return Secret(content.decode(errors="surrogateescape").rstrip("\n"))

    async def _is_ready(self) -> bool:
        pg_isready = f"{self.bindir}/pg_isready" if self.bindir else "pg_isready"
        argv = ("sh", "-c", IS_READY, "sh", pg_isready, self._home.data_directory)
        if await self._state() is not ServerState.RUNNING:
            return False
        try:
            code, _, _ = await self._execs.collected(self._container.name, Job(argv, self._home.account))
        except HostError:
            # It stopped in between; if it has not, this was another problem.
            if await self._state() is ServerState.RUNNING:
                raise
            return False
        return code == 0

    async def _order(self, work: Any) -> None:
        try:
            await self._link.call(work, settle=True)
        except NotFound as error:
            raise gone(self._container.name) from error

    async def _last_words(self) -> str:
        async with aclosing(self.server_log(last=5)) as chunks:
            return b"".join([chunk async for chunk in chunks]).decode(errors="replace").strip()


def _published(network: dict[str, Any]) -> tuple[Address, ...]:
    anywhere = {"0.0.0.0": "127.0.0.1", "": "127.0.0.1", "::": "::1"}
    bindings = (network.get("Ports") or {}).get(PORT) or ()
    return tuple(
        Address(anywhere.get(binding["HostIp"], binding["HostIp"]), int(binding["HostPort"]))
        for binding in bindings
    )
