"""A container to be made, as one value: from it comes both what the engine is told and what is shown."""

import shlex
from dataclasses import dataclass
from typing import Any

from pgtui.hosts.docker_container import WORKBENCH_LABEL, Container

ROOM = "/pgtui"
"""Where a sandbox's volume is mounted."""


@dataclass(frozen=True)
class Recipe:
    """A container without a network, beside the one whose volumes it is given."""

    name: str
    image: str
    entrypoint: str
    arguments: tuple[str, ...]
    user: str
    source: str
    """The container whose volumes it sees at the same paths."""
    read_only: bool
    volume: str = ""
    """A volume to be mounted at ROOM."""
    labels: tuple[tuple[str, str], ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    empty: tuple[str, ...] = ()
    """Paths for which the image would have an unnamed volume made, which nobody would remove."""
    shared_memory: int = 0

    @property
    def volumes_from(self) -> str:
        return f"{self.source}:ro" if self.read_only else self.source


def engine_config(recipe: Recipe) -> dict[str, Any]:
    """Return the recipe as the body of the engine's create request."""
    host: dict[str, Any] = {
        "NetworkMode": "none",
        "VolumesFrom": [recipe.volumes_from],
        # One that `docker logs` can read, whatever the engine's default is.
        "LogConfig": {"Type": "json-file", "Config": {}},
        "Mounts": [{"Type": "tmpfs", "Target": path} for path in recipe.empty],
    }
    if recipe.volume:
        host["Binds"] = [f"{recipe.volume}:{ROOM}"]
    if recipe.shared_memory:
        host["ShmSize"] = recipe.shared_memory
    return {
        "Image": recipe.image,
        "Entrypoint": [recipe.entrypoint],
        "Cmd": list(recipe.arguments),
        "User": recipe.user,
        "Labels": dict(recipe.labels),
        "Env": [f"{name}={value}" for name, value in recipe.env],
        "HostConfig": host,
    }


def create_argv(recipe: Recipe, *verb: str) -> tuple[str, ...]:
    """Return the recipe as a command: `docker create` unless another verb is given."""
    options = ["--network", "none", "--log-driver", "json-file", "--volumes-from", recipe.volumes_from]
    options += [word for path in recipe.empty for word in ("--mount", f"type=tmpfs,destination={path}")]
    if recipe.volume:
        options += ["--volume", f"{recipe.volume}:{ROOM}"]
    if recipe.shared_memory:
        options += ["--shm-size", str(recipe.shared_memory)]
    options += [word for name, value in recipe.labels for word in ("--label", f"{name}={value}")]
    options += [word for name, value in recipe.env for word in ("--env", f"{name}={value}")]
    options += ["--user", recipe.user, "--entrypoint", recipe.entrypoint]
    name = ["--name", recipe.name] if recipe.name else []
    return ("docker", *(verb or ("create",)), *name, *options, recipe.image, *recipe.arguments)


class ShellText(str):
    """A script of pgtui's own, which is shown with its line breaks; a name never is."""

    __slots__ = ()


def line(*argv: str) -> str:
    """Return a command as a bash line. Bytes that are no UTF-8 are written as bash's `$'...'`."""
    return " ".join(_word(word) for word in argv)


def _word(word: str) -> str:
    if isinstance(word, ShellText) or word.isprintable():
        return shlex.quote(word)
    escaped = "".join(_escaped(byte) for byte in word.encode(errors="surrogateescape"))
    return f"$'{escaped}'"


def _escaped(byte: int) -> str:
    character = chr(byte)
    return (
        character
        if character.isascii() and character.isprintable() and character not in "'\\"
        else f"\\x{byte:02x}"
    )


def unnamed_volumes(container: Container) -> tuple[str, ...]:
    """Return the paths of the image's volumes that a container beside this one would not get from it."""
    return tuple(path for path in container.volumes_of_image if not container.is_mounted(path))


def bench_recipe(
    container: Container,
    *,
    labels: tuple[tuple[str, str], ...] = (),
    volume: str = "",
    read_only: bool = False,
    name: str = "",
) -> Recipe:
    """Return the workbench beside a container: it waits, and what is to be done is run in it."""
    data = container.env.get("PGDATA")
    return Recipe(
        name=name,
        image=container.image,
        entrypoint="sleep",
        arguments=("86400",),
        user="0",
        source=container.name,
        read_only=read_only,
        volume=volume,
        labels=((WORKBENCH_LABEL, container.name), *labels),
        env=(("PGDATA", data),) if data else (),
        empty=unnamed_volumes(container),
    )
