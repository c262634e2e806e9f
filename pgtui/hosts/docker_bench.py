"""Containers that pgtui makes: created, found by their labels, and removed again."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any
from uuid import uuid4

from docker import APIClient
from docker.errors import NotFound

from pgtui.hosts.docker_container import WORKBENCH_LABEL
from pgtui.hosts.docker_exec import gone, settled
from pgtui.hosts.docker_link import Link
from pgtui.hosts.docker_recipe import Recipe, engine_config


@asynccontextmanager
async def workbench(link: Link, recipe: Recipe) -> AsyncGenerator[str, None]:
    """Have a running container for the time of a `with`; yields its name."""
    named = replace(recipe, name=f"pgtui-workbench-{uuid4().hex[:12]}")
    try:
        await create(link, named)
        await link.call(lambda client: client.start(named.name), settle=True)
        yield named.name
    finally:
        await settled(remove(link, named.name))


async def create(link: Link, recipe: Recipe) -> None:
    """Create a container. Raises ServerGone when the one beside which it is to be has gone."""
    try:
        await link.call(lambda client: _create(client, recipe), settle=True)
    except NotFound as error:
        raise gone(recipe.source) from error


def _create(client: APIClient, recipe: Recipe) -> None:
    client.create_container_from_config(engine_config(recipe), recipe.name)  # type: ignore[no-untyped-call]


async def remove(link: Link, name: str) -> None:
    """End and remove a container; nothing when it is not there.

    Never with its volumes: an unnamed volume of the container beside it may hang on nothing else any more.
    """
    try:
        await link.call(lambda client: client.remove_container(name, force=True), settle=True)
    except NotFound:
        return


async def benches(link: Link, source: str, label: str = "") -> tuple[str, ...]:
    """Return the names of a container's running workbenches; `label` (`name=value`) narrows it."""
    labels = [f"{WORKBENCH_LABEL}={source}", *([label] if label else [])]
    found: list[dict[str, Any]] = await link.call(lambda client: client.containers(filters={"label": labels}))
    return tuple(str(each["Names"][0]).removeprefix("/") for each in found)
