"""What the engine tells of a container, as values: pure readings of `docker inspect`."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.domain.server_version import ServerVersion

SANDBOX_LABEL = "pgtui.sandbox"
SPEC_LABEL = "pgtui.spec"
WORKBENCH_LABEL = "pgtui.workbench"
TAG_LABEL = "pgtui.tag"
PORT = "5432/tcp"


@dataclass(frozen=True)
class Container:
    """A container as it was made; what of it can change is asked for when it is needed."""

    name: str
    image: str
    """What to make another container of the same image from."""
    env: Mapping[str, str] = field(repr=False)
    """May hold a password."""
    mounts: tuple[str, ...]
    """The paths at which volumes and directories of the machine are mounted."""
    volumes_of_image: tuple[str, ...]
    labels: Mapping[str, str]
    has_terminal: bool
    shared_memory: int
    """Size of /dev/shm in bytes."""

    def is_mounted(self, path: str) -> bool:
        """Whether a path lies on a mount, so that other containers can be given it."""
        clean = posixpath.normpath(path)
        return any(clean == mount or clean.startswith(mount.rstrip("/") + "/") for mount in self.mounts)


def read_container(inspected: Mapping[str, Any], image: str) -> Container:
    """Read a container's lasting properties."""
    config = inspected["Config"]
    mounts = tuple(
        posixpath.normpath(mount["Destination"])
        for mount in inspected.get("Mounts") or ()
        if mount.get("Type") != "tmpfs"
    )
    return Container(
        name=name_of(inspected),
        image=image,
        env=_environment(config),
        mounts=mounts,
        volumes_of_image=tuple(config.get("Volumes") or ()),
        labels=config.get("Labels") or {},
        has_terminal=bool(config.get("Tty")),
        shared_memory=int(inspected.get("HostConfig", {}).get("ShmSize") or 0),
    )


def name_of(inspected: Mapping[str, Any]) -> str:
    """Return a container's name without the slash before it."""
    return str(inspected["Name"]).removeprefix("/")


def state_of(inspected: Mapping[str, Any]) -> ServerState:
    """Return what the container's state means for the server in it."""
    state = inspected["State"]
    if state.get("Paused"):
        return ServerState.PAUSED
    if state.get("Running") and not state.get("Restarting"):
        return ServerState.RUNNING
    return ServerState.STOPPED


def is_made_by_pgtui(labels: Mapping[str, str]) -> bool:
    """Whether a container is one of pgtui's sandboxes or workbenches."""
    return SANDBOX_LABEL in labels or WORKBENCH_LABEL in labels


def holds_postgres(inspected: Mapping[str, Any]) -> bool:
    """Whether a container looks as if a PostgreSQL server lived in it."""
    config = inspected["Config"]
    env = _environment(config)
    image = str(config.get("Image") or "").rpartition("/")[2].partition("@")[0].partition(":")[0]
    ports = {*(config.get("ExposedPorts") or {}), *(inspected.get("NetworkSettings", {}).get("Ports") or {})}
    labels = config.get("Labels") or {}
    title = labels.get("org.opencontainers.image.title", "")
    if "PGDATA" in env or "PG_MAJOR" in env or "POSTGRESQL_DATA_DIR" in env:
        # A client of a server (an application, an administration tool) may carry PG_MAJOR, too.
        return PORT in ports or "PGDATA" in env or "POSTGRESQL_DATA_DIR" in env
    return PORT in ports or image in ("postgres", "postgresql", "postgis") or title.lower() == "postgresql"


def cluster_of(inspected: Mapping[str, Any]) -> Cluster:
    """Return the cluster that lives in a container, as far as can be told from outside."""
    config = inspected["Config"]
    env = _environment(config)
    user = env.get("POSTGRES_USER") or "postgres"
    major = env.get("PG_MAJOR") or env.get("PG_VERSION", "").partition(".")[0]
    return Cluster(
        name=name_of(inspected),
        place=Place(HostKind.DOCKER, name_of(inspected)),
        state=state_of(inspected),
        version=ServerVersion(int(major) * 10000) if major.isdecimal() and int(major) > 9 else None,
        data_directory=env.get("PGDATA") or env.get("POSTGRESQL_DATA_DIR"),
        image=config.get("Image"),
        container_id=str(inspected["Id"]),
        user=user,
        database=env.get("POSTGRES_DB") or user,
    )


def _environment(config: Mapping[str, Any]) -> dict[str, str]:
    pairs = (word.partition("=") for word in config.get("Env") or ())
    return {name: value for name, _, value in pairs}
