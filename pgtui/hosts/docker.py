"""The Docker engine: finds servers in containers, and opens them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docker import APIClient
from docker.errors import ImageNotFound, NotFound

from pgtui.domain.cluster import Cluster, HostStatus, ServerState
from pgtui.domain.errors import BadInput, HostError, HostUnreachable, ServerGone
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import Sandbox
from pgtui.domain.sandbox_json import spec_from_json
from pgtui.hosts.base import Host
from pgtui.hosts.docker_container import (
    SANDBOX_LABEL,
    SPEC_LABEL,
    cluster_of,
    holds_postgres,
    is_made_by_pgtui,
    name_of,
    read_container,
    state_of,
)
from pgtui.hosts.docker_demo import known_as_demo
from pgtui.hosts.docker_exec import gone
from pgtui.hosts.docker_home import home_of
from pgtui.hosts.docker_host import DockerHost
from pgtui.hosts.docker_link import Link

_TITLE = "Docker"


@dataclass(frozen=True)
class DockerHint:
    """A container that the configuration names: it is a cluster even if nothing marks it as one."""

    container: str
    """Name or id."""


class DockerEngine:
    """The engine that DOCKER_HOST names, or this machine's."""

    kind = HostKind.DOCKER

    def __init__(self, *, timeout: float = 10.0, entries: tuple[DockerHint, ...] = ()) -> None:
        self._link = Link(timeout)
        self._named = frozenset(entry.container for entry in entries)

    async def look(self) -> tuple[HostStatus, tuple[Cluster, ...]]:
        try:
            version, found = await self._link.call(_all_containers)
        except HostUnreachable as error:
            return HostStatus(self.kind, _TITLE, problem=error.message, hint=error.hint), ()
        except HostError as error:
            return HostStatus(self.kind, _TITLE, problem=error.message, hint=error.hint), ()
        clusters = [
            known_as_demo(cluster_of(each), each["Config"].get("Labels") or {})
            for each in found
            if self._is_cluster(each)
        ]
        clusters.sort(key=lambda cluster: cluster.name)
        return HostStatus(self.kind, _TITLE, version=version), tuple(clusters)

    async def open(self, place: Place) -> Host:
        try:
            inspected = await self._link.call(lambda client: client.inspect_container(place.name))
            image = await self._link.call(lambda client: _image_of(client, inspected))
            container = read_container(inspected, image)
            running = state_of(inspected) is ServerState.RUNNING
            home = await home_of(self._link, container, running=running)
        except (NotFound, ServerGone) as error:
            raise gone(place.name) from error
        return DockerHost(self._link, place, container, home, running=running)

    async def sandboxes(self) -> tuple[Sandbox, ...]:
        containers, volumes = await self._link.call(_marked)
        found: dict[str, Sandbox] = {}
        for labels in volumes:
            _add(found, labels, running=False)
        for labels, running in containers:
            _add(found, labels, running=running)
        return tuple(found[name] for name in sorted(found))

    def _is_cluster(self, inspected: Mapping[str, Any]) -> bool:
        if is_made_by_pgtui(inspected["Config"].get("Labels") or {}):
            return False
        is_named = name_of(inspected) in self._named or any(
            # A beginning is an id only if it could not be a short name.
            len(name) >= 12 and str(inspected["Id"]).startswith(name)
            for name in self._named
        )
        return is_named or holds_postgres(inspected)


def _all_containers(client: APIClient) -> tuple[str, list[dict[str, Any]]]:
    version = str(client.version()["Version"])
    found = []
    for each in client.containers(all=True):
        try:
            found.append(client.inspect_container(each["Id"]))
        except NotFound:
            continue
    return version, found


def _image_of(client: APIClient, inspected: Mapping[str, Any]) -> str:
    """Return the image's name as long as it still means the image that the container was made from."""
    named, actual = str(inspected["Config"]["Image"]), str(inspected["Image"])
    try:
        found = client.inspect_image(named)  # type: ignore[no-untyped-call]
        return named if found["Id"] == actual else actual
    except ImageNotFound:
        return actual


def _marked(client: APIClient) -> tuple[list[tuple[Mapping[str, str], bool]], list[Mapping[str, str]]]:
    marked = {"label": SANDBOX_LABEL}
    containers = [
        (each.get("Labels") or {}, each.get("State") == "running")
        for each in client.containers(all=True, filters=marked)
    ]
    volumes = [each.get("Labels") or {} for each in client.volumes(filters=marked).get("Volumes") or ()]
    return containers, volumes


def _add(found: dict[str, Sandbox], labels: Mapping[str, str], *, running: bool) -> None:
    try:
        spec = spec_from_json(labels.get(SPEC_LABEL, ""))
    except BadInput:
        # Not readable means not made by this version: it can neither be shown nor be used.
        return
    if spec.name == labels.get(SANDBOX_LABEL):
        found[spec.name] = Sandbox(spec, running)
