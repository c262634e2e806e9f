"""The demo's ground in Docker: a labelled container with two volumes, and a lock here that tells it lives."""

import asyncio
import json
import os
import secrets
import socket
import tempfile
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from docker import APIClient
from docker.errors import NotFound

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.errors import BadInput, HostError
from pgtui.domain.place import HostKind, Place
from pgtui.domain.safe_archive_command import ARCHIVE_MARK, safe_command
from pgtui.domain.sandbox_json import spec_from_json
from pgtui.domain.server_version import ServerVersion
from pgtui.hosts.base import check
from pgtui.hosts.demo_settings import SETTINGS
from pgtui.hosts.docker_container import SPEC_LABEL, WORKBENCH_LABEL
from pgtui.hosts.docker_exec import Execs, Job, settled
from pgtui.hosts.docker_link import Link
from pgtui.hosts.local_demo_home import PREFIX, make_home, remove_tree, try_lock

DEMO_LABEL = "pgtui.demo"
"""Value: the machine's name and the directory there whose lock the living demo holds."""
ARCHIVE = "/archive"
BACKUPS = "/backup"
SUPERUSER = "postgres"
READY_DEADLINE = 120.0
_PREPARE = f"""\
set -eu
touch {ARCHIVE}/{ARCHIVE_MARK}
chmod 0700 {ARCHIVE} {BACKUPS}
chown -R postgres {ARCHIVE} {BACKUPS}
"""


def known_as_demo(cluster: Cluster, labels: Mapping[str, str]) -> Cluster:
    """Return a discovered cluster by the name and with the places that a demo's has."""
    if DEMO_LABEL not in labels:
        return cluster
    return replace(cluster, name="demo", backups=(BACKUPS,), archive=ARCHIVE)


class DockerDemoGround:
    """Makes a demo's cluster in a container of an image that behaves like the official one."""

    def __init__(self, *, image: str = "postgres:17", timeout: float = 10.0) -> None:
        self._image = image
        self._link = Link(timeout)
        self._execs = Execs(self._link)
        self._home: Path | None = None
        self._lock: int | None = None
        self._data_directory = ""
        self._version: ServerVersion | None = None

    @property
    def home(self) -> Path:
        """The directory here whose lock tells that the demo lives."""
        if self._home is None:
            raise HostError("The demo was not made yet.")
        return self._home

    @property
    def container(self) -> str:
        """The container's name."""
        return self.home.name

    async def remove_leftovers(self) -> int:
        homes = await self._link.call(_labelled_homes)
        removed = 0
        for home in sorted(homes):
            lock = try_lock(home)
            if lock is None and await asyncio.to_thread(os.path.lexists, home):
                continue
            await self._remove_labelled(home)
            if lock is not None:
                await asyncio.to_thread(remove_tree, home)
                os.close(lock)
            removed += 1
        return removed

    async def make(self) -> None:
        self._home, self._lock = make_home(tempfile.gettempdir())
        try:
            await self._link.call(lambda client: client.inspect_image(self._image))  # type: ignore[no-untyped-call]
        except NotFound:
            await self._pull()
        await self._link.call(self._create, settle=True)

    async def start(self) -> None:
        name = self.container
        await self._link.call(lambda client: client.start(name), settle=True)
        until = time.monotonic() + READY_DEADLINE
        # Over TCP: the server that initialises the image listens at the socket only.
        ready = Job(("pg_isready", "-q", "-h", "127.0.0.1", "-U", SUPERUSER), SUPERUSER)
        while True:
            state = await self._link.call(lambda client: client.inspect_container(name)["State"])
            if not state["Running"]:
                raise HostError(f"The demo's container {name} ended: {await self._last_words()}")
            if (await self._execs.collected(name, ready))[0] == 0:
                break
            if time.monotonic() > until:
                raise HostError(f"The demo's server did not answer within {READY_DEADLINE:g} seconds.")
            await asyncio.sleep(0.2)
        await check(self._execs.stream(name, Job(("sh", "-c", _PREPARE), "0")), "Preparing the volumes")
        self._data_directory = (await self.sql("show data_directory", "postgres")).strip()
        self._version = ServerVersion(int(await self.sql("show server_version_num", "postgres")))

    async def sql(self, text: str, database: str) -> str:
        argv = ("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", SUPERUSER, "-d", database)
        running = self._execs.stream(self.container, Job(argv, SUPERUSER), stdin=_once(text))
        return (await check(running, "psql")).decode()

    async def base_backup(self, label: str) -> None:
        target = f"{BACKUPS}/{label}"
        argv = ("pg_basebackup", "-U", SUPERUSER, "-D", target, "-X", "stream", "-c", "fast", "-l", label)
        await check(self._execs.stream(self.container, Job(argv, SUPERUSER)), "pg_basebackup")

    async def keep_history(self, history: tuple[tuple[datetime, str], ...]) -> None:
        if self._home is not None:
            text = json.dumps([[moment.isoformat(), words] for moment, words in history], indent=1)
            await asyncio.to_thread((self._home / "history.json").write_text, text + "\n")

    def cluster(self) -> Cluster:
        return Cluster(
            name="demo",
            place=Place(HostKind.DOCKER, self.container),
            state=ServerState.RUNNING,
            version=self._version,
            data_directory=self._data_directory or None,
            image=self._image,
            user=SUPERUSER,
            backups=(BACKUPS,),
            archive=ARCHIVE,
        )

    async def remove(self) -> None:
        if self._home is not None:
            await settled(self._remove_labelled(self._home))
            await asyncio.to_thread(remove_tree, self._home)
            self._home = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    async def _pull(self) -> None:
        repository, _, tag = self._image.rpartition(":")
        try:
            await self._link.bulk(
                lambda client: client.pull(repository or tag, tag if repository else "latest")
            )
        except (NotFound, HostError) as error:
            raise HostError(
                f"There is no image {self._image}, and it cannot be pulled: {error}",
                f"Run `docker pull {self._image}`, or name an image that is there.",
            ) from error

    def _create(self, client: APIClient) -> None:
        name, labels = self.container, self._labels()
        binds: dict[str, Mapping[str, str]] = {}
        for path in (ARCHIVE, BACKUPS):
            volume = f"{name}{path.replace('/', '-')}"
            client.create_volume(volume, labels=labels)
            binds[volume] = {"bind": path, "mode": "rw"}
        settings = (*SETTINGS, ("archive_command", safe_command(ARCHIVE)))
        client.create_container(
            self._image,
            ["postgres", *(word for key, value in settings for word in ("-c", f"{key}={value}"))],
            name=name,
            # Its own, because the port on the loopback can be reached by every account of this machine.
            environment={"POSTGRES_PASSWORD": secrets.token_urlsafe(24)},
            labels=labels,
            ports=[5432],
            host_config=client.create_host_config(binds=binds, port_bindings={5432: ("127.0.0.1",)}),
        )

    def _labels(self) -> dict[str, str]:
        assert self._home is not None
        return {DEMO_LABEL: _label_of(self._home)}

    async def _remove_labelled(self, home: Path) -> None:
        """Remove a demo's containers and volumes, and the sandboxes that were made from it."""
        await self._link.call(lambda client: _remove_all(client, home), settle=True)

    async def _last_words(self) -> str:
        logs = await self._link.call(lambda client: client.logs(self.container, tail=5))
        return bytes(logs).decode(errors="replace").strip()


def _label_of(home: Path) -> str:
    return f"{socket.gethostname()}:{home}"


def _labelled_homes(client: APIClient) -> set[Path]:
    """Return the directories of the demos of this machine that the engine still has something of."""
    found = [*client.containers(all=True, filters={"label": DEMO_LABEL})]
    found += client.volumes(filters={"label": DEMO_LABEL}).get("Volumes") or []
    values = [str(each["Labels"][DEMO_LABEL]).partition(":") for each in found]
    homes = {Path(home) for machine, _, home in values if machine == socket.gethostname()}
    return {home for home in homes if home.name.startswith(PREFIX)}


def _remove_all(client: APIClient, home: Path) -> None:
    mine = {"label": f"{DEMO_LABEL}={_label_of(home)}"}
    containers = client.containers(all=True, filters=mine)
    volumes = client.volumes(filters=mine).get("Volumes") or []
    containers += [c for c in client.containers(all=True) if _comes_from(c["Labels"], home.name)]
    volumes += [v for v in client.volumes().get("Volumes") or [] if _comes_from(v["Labels"], home.name)]
    for container in containers:
        # Whatever is removed at the same time elsewhere is gone as well.
        with suppress(NotFound):
            client.remove_container(container["Id"], v=True, force=True)
    for volume in volumes:
        with suppress(NotFound):
            client.remove_volume(volume["Name"], force=True)


def _comes_from(labels: dict[str, Any] | None, source: str) -> bool:
    """Return whether the labels are those of a sandbox or workbench of a container."""
    if not labels:
        return False
    if labels.get(WORKBENCH_LABEL) == source:
        return True
    try:
        return SPEC_LABEL in labels and spec_from_json(str(labels[SPEC_LABEL])).source.name == source
    except BadInput:
        return False


async def _once(text: str) -> AsyncGenerator[bytes, None]:
    yield text.encode()
