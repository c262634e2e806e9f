"""Running programs where a container's server lives: in it, or beside it while it is stopped."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from docker.errors import NotFound

from pgtui.domain.cluster import ServerState
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.errors import HostError
from pgtui.domain.place import Place
from pgtui.hosts.base import Events
from pgtui.hosts.docker_bench import benches, remove, workbench
from pgtui.hosts.docker_container import TAG_LABEL, Container, state_of
from pgtui.hosts.docker_exec import TAG, Execs, Job, gone
from pgtui.hosts.docker_link import Link
from pgtui.hosts.docker_recipe import bench_recipe


@dataclass(frozen=True)
class Home:
    """Where a server lives in its container, and as whom; read once."""

    data_directory: str
    uid: int
    gid: int
    bindir: str

    @property
    def account(self) -> str:
        """The server's account, as `docker exec --user` takes it."""
        return f"{self.uid}:{self.gid}"


class DockerCommands:
    """A container and its commands."""

    def __init__(self, link: Link, place: Place, container: Container, home: Home) -> None:
        self._link = link
        self._place = place
        self._container = container
        self._home = home
        self._execs = Execs(link)

    @property
    def place(self) -> Place:
        return self._place

    @property
    def bindir(self) -> str:
        return self._home.bindir

    @property
    def widest_account(self) -> str:
        return "root"

    async def run(
        self,
        command: Command,
        *,
        stdin: AsyncIterable[bytes] | None = None,
        deadline: float | None = None,
        tag: str = "",
    ) -> Events:
        async with self._somewhere(tag) as container:
            job = self._job(command, tag)
            async with aclosing(self._execs.stream(container, job, stdin=stdin, deadline=deadline)) as events:
                async for event in events:
                    yield event

    async def end_tagged(self, tag: str) -> int:
        ended = 0
        if await self._state() is ServerState.RUNNING:
            ended += await self._execs.end_everywhere(self._container.name, tag)
        for bench in await benches(self._link, self._container.name, f"{TAG_LABEL}={tag}"):
            ended += await self._execs.end_everywhere(bench, tag)
            await remove(self._link, bench)
        return ended

    def _job(self, command: Command, tag: str) -> Job:
        env = (*command.env, (TAG, tag)) if tag else command.env
        return Job(command.argv, self._account(command.user), env)

    def _account(self, user: str) -> str:
        return self._home.account if user == SERVER_ACCOUNT else user

    @asynccontextmanager
    async def _somewhere(self, tag: str = "") -> AsyncGenerator[str, None]:
        """Yield the running container, or else a workbench that sees its volumes."""
        state = await self._state()
        if state is ServerState.RUNNING:
            yield self._container.name
        elif state is ServerState.PAUSED:
            raise HostError(
                f"The container {self._container.name!r} is paused.",
                f"`docker unpause {self._container.name}` lets it go on.",
            )
        else:
            labels = ((TAG_LABEL, tag),) if tag else ()
            async with workbench(self._link, bench_recipe(self._container, labels=labels)) as bench:
                yield bench

    async def _state(self) -> ServerState:
        return state_of(await self._inspect())

    async def _inspect(self) -> dict[str, Any]:
        name = self._container.name
        try:
            found: dict[str, Any] = await self._link.call(lambda client: client.inspect_container(name))
        except NotFound as error:
            raise gone(name) from error
        return found
