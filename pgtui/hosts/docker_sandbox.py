"""Sandboxes as containers: a volume of their own, the source's volumes read-only, and no network."""

import threading
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from docker.errors import NotFound

from pgtui.domain.command import Command
from pgtui.domain.errors import HostError, ServerGone
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import SandboxSpec
from pgtui.hosts import docker_archive as archive
from pgtui.hosts import docker_sandbox_recipes as recipes
from pgtui.hosts.base import Events
from pgtui.hosts.docker_bench import benches, create, remove, workbench
from pgtui.hosts.docker_container import SANDBOX_LABEL, SPEC_LABEL, TAG_LABEL
from pgtui.hosts.docker_exec import TAG, Job, settled
from pgtui.hosts.docker_recipe import ROOM
from pgtui.hosts.docker_server import DockerServer

_LOG_LIMIT = 256 * 1024


class DockerSandboxes(DockerServer):
    """Making, running and removing sandboxes beside a container."""

    def sandbox_at(self, name: str) -> tuple[Place, str]:
        return Place(HostKind.DOCKER, name), ROOM

    async def sandbox_archive(self, archive: str) -> str:
        return recipes.archive_seen(self._container, archive)

    async def create_sandbox(self, spec: SandboxSpec) -> None:
        marks = dict(recipes.labels(spec))
        volume = await self._volume_labels(spec.name)
        if volume is None:
            await self._link.call(lambda client: client.create_volume(spec.name, labels=marks), settle=True)
        elif volume.get(SPEC_LABEL) != marks[SPEC_LABEL]:
            raise _taken("volume", spec.name)
        container = await self._container_labels(spec.name)
        if container is None:
            await create(self._link, recipes.sandbox_recipe(self._container, self._home, spec))
        elif container.get(SPEC_LABEL) != marks[SPEC_LABEL]:
            raise _taken("container", spec.name)

    async def lay_down_backup(self, spec: SandboxSpec, *, tag: str = "") -> Events:
        await self._need_volume(spec)
        recipe = recipes.room_recipe(self._container, spec)
        if tag:
            recipe = replace(recipe, labels=(*recipe.labels, (TAG_LABEL, tag)))
        env = ((TAG, tag),) if tag else ()
        async with workbench(self._link, recipe) as bench:
            coming = recipes.incoming(self._container, spec)
            if coming:
                await self._in(bench, recipes.PREPARE, *(each.part for each in coming))
            for each in coming:
                await self._bring(each, spec)
            arguments = recipes.lay_down_arguments(self._container, self._home, spec)
            job = Job(("sh", "-c", recipes.LAY_DOWN, "sh", *arguments), "0", env)
            async with aclosing(self._execs.stream(bench, job)) as events:
                async for event in events:
                    yield event

    async def start_sandbox(self, spec: SandboxSpec) -> None:
        try:
            await self._link.call(lambda client: client.start(spec.name), settle=True)
        except NotFound as error:
            raise _gone(spec) from error

    async def remove_sandbox(self, spec: SandboxSpec) -> None:
        await settled(self._remove_all(spec))

    async def sandbox_running(self, spec: SandboxSpec) -> bool:
        try:
            found = await self._link.call(lambda client: client.inspect_container(spec.name))
        except NotFound:
            return False
        return bool(found["State"]["Running"])

    async def sandbox_size(self, spec: SandboxSpec) -> int:
        if await self._volume_labels(spec.name) is None:
            return 0
        if await self.sandbox_running(spec):
            return await self._size_in(spec.name)
        working = await benches(self._link, self._container.name, f"{recipes.ROOM_LABEL}={spec.name}")
        if working:
            return await self._size_in(working[0])
        async with workbench(self._link, recipes.room_recipe(self._container, spec)) as bench:
            return await self._size_in(bench)

    async def sandbox_log(self, spec: SandboxSpec) -> str:
        text = b""
        try:
            logs = self._logs(spec.name, follow=False, last=5000, framed=True)
            async with aclosing(logs) as chunks:
                async for chunk in chunks:
                    text = (text + chunk)[-_LOG_LIMIT:]
        except ServerGone:
            return ""
        return text.decode(errors="replace")

    async def run_in_sandbox(
        self, spec: SandboxSpec, command: Command, *, deadline: float | None = None
    ) -> Events:
        if not await self.sandbox_running(spec):
            raise HostError(f"The sandbox {spec.name} does not run.", "Its log tells why it ended.")
        job = self._job(command, "")
        async with aclosing(self._execs.stream(spec.name, job, deadline=deadline)) as events:
            async for event in events:
                yield event

    async def _bring(self, coming: recipes.Incoming, spec: SandboxSpec) -> None:
        stop = threading.Event()
        source = self._container.name
        await self._archive(
            coming.path,
            lambda client, _: archive.moved_over(
                client,
                source,
                archive.target_of(client, source, coming.path),
                spec.name,
                coming.directory,
                stop,
            ),
            stop=stop,
        )

    async def _remove_all(self, spec: SandboxSpec) -> None:
        container = await self._container_labels(spec.name)
        if container is not None and container.get(SANDBOX_LABEL) != spec.name:
            raise _not_ours("container", spec.name)
        volume = await self._volume_labels(spec.name)
        if volume is not None and volume.get(SANDBOX_LABEL) != spec.name:
            raise _not_ours("volume", spec.name)
        if container is not None:
            await remove(self._link, spec.name)
        for bench in await benches(self._link, self._container.name, f"{recipes.ROOM_LABEL}={spec.name}"):
            await remove(self._link, bench)
        if volume is not None:
            await self._link.call(lambda client: client.remove_volume(spec.name, force=True), settle=True)

    async def _need_volume(self, spec: SandboxSpec) -> None:
        # Mounting a volume that is not there would make one without a mark.
        if await self._volume_labels(spec.name) is None:
            raise _gone(spec)

    async def _container_labels(self, name: str) -> Mapping[str, str] | None:
        try:
            found = await self._link.call(lambda client: client.inspect_container(name))
        except NotFound:
            return None
        return found["Config"].get("Labels") or {}

    async def _volume_labels(self, name: str) -> Mapping[str, str] | None:
        try:
            found: Any = await self._link.call(lambda client: client.inspect_volume(name))
        except NotFound:
            return None
        return found.get("Labels") or {}

    async def _size_in(self, container: str) -> int:
        _, out, _ = await self._execs.collected(container, Job(("sh", "-c", recipes.SIZE), "0"))
        return sum(int(line.split()[0]) for line in out.splitlines()) * 1024


def _taken(what: str, name: str) -> HostError:
    return HostError(f"There is already another {what} named {name}.", "Make a sandbox of another name.")


def _not_ours(what: str, name: str) -> HostError:
    return HostError(f"The {what} {name} does not carry pgtui's mark: it is left alone.")


def _gone(spec: SandboxSpec) -> ServerGone:
    return ServerGone(f"The sandbox {spec.name} is not there any more.", "Make it anew.")
