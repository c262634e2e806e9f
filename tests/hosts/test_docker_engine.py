"""Engines that are not there, refuse, or fall silent; and what counts as a cluster."""

import asyncio
import os
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import HostUnreachable
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.docker import DockerEngine, DockerHint
from pgtui.hosts.docker_container import holds_postgres
from tests.docker_engine import RUN_LABEL, StartPostgres, image_of

PLACE = Place(HostKind.DOCKER, "any")


@pytest.fixture
def socket_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    return path


@pytest.fixture
def silent_engine(socket_path: Path) -> Iterator[None]:
    """Takes connections and never replies."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(socket_path))
        server.listen(64)
        yield


async def _is_refused(engine: DockerEngine, words: str) -> None:
    status, clusters = await engine.look()
    assert words in status.problem
    assert status.hint
    assert clusters == ()
    with pytest.raises(HostUnreachable, match=words):
        await engine.open(PLACE)
    with pytest.raises(HostUnreachable, match=words):
        await engine.sandboxes()


@pytest.mark.usefixtures("socket_path")
async def test_an_engine_that_is_not_there_is_told_as_such() -> None:
    await _is_refused(DockerEngine(), "No Docker engine runs here")


async def test_a_socket_that_nobody_listens_at_is_no_engine(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(socket_path))
    await _is_refused(DockerEngine(), "No Docker engine runs here")


async def test_a_refused_permission_is_told_as_such(socket_path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(socket_path))
        server.listen(1)
        socket_path.chmod(0)
        if os.geteuid() == 0:
            # Root may do everything; for the time of the look this process is somebody else.
            for parent in (socket_path.parent, *socket_path.parent.parents[:2]):
                parent.chmod(0o755)
            os.seteuid(65534)
        try:
            await _is_refused(DockerEngine(), "may not talk to the Docker engine")
        finally:
            if os.getuid() == 0:
                os.seteuid(0)


@pytest.mark.usefixtures("silent_engine")
async def test_a_silent_engine_is_given_up_and_blocks_nothing() -> None:
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0.01)
            turns += 1

    counting = asyncio.create_task(count())
    await _is_refused(DockerEngine(timeout=0.5), "does not answer")
    counting.cancel()
    assert turns > 10


@pytest.mark.usefixtures("silent_engine")
async def test_many_calls_to_a_silent_engine_are_given_up_together() -> None:
    engine = DockerEngine(timeout=0.5)
    began = time.monotonic()
    results = await asyncio.gather(*(engine.look() for _ in range(40)))
    assert all(status.problem for status, _ in results)
    # One after the other they would take 20 seconds.
    assert time.monotonic() - began < 10


async def test_a_bad_address_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "nonsense://x")
    status, _ = await DockerEngine().look()
    assert status.problem


async def test_a_container_is_found_in_every_state(
    engine: DockerClient, postgres_container: StartPostgres
) -> None:
    made = postgres_container(17, env={"POSTGRES_USER": "a b; (x) [red]", "POSTGRES_DB": "d b"})
    for state, change in (
        (ServerState.RUNNING, made.container.reload),
        (ServerState.PAUSED, made.container.pause),
        (ServerState.STOPPED, made.container.kill),
    ):
        if state is ServerState.STOPPED:
            made.container.unpause()
        change()
        status, clusters = await DockerEngine().look()
        assert status.version == engine.version()["Version"]
        (found,) = [cluster for cluster in clusters if cluster.name == made.name]
        assert (found.state, found.user, found.database) == (state, "a b; (x) [red]", "d b")
        assert found.version is not None
        assert found.version.major == 17
        assert (found.data_directory, found.image) == ("/var/lib/postgresql/data", image_of(17))


async def test_a_container_that_nothing_marks_is_found_when_it_is_named(
    engine: DockerClient, postgres_container: StartPostgres
) -> None:
    label = postgres_container(17, start=False).container.labels[RUN_LABEL]
    plain = engine.containers.create(
        "pgtui-test-base:bookworm" if engine.images.list("pgtui-test-base:bookworm") else image_of(17),
        ["sleep", "1"],
        entrypoint="",
        environment={},
        labels={RUN_LABEL: label},
    )
    _, named = await DockerEngine(entries=(DockerHint(str(plain.name)),)).look()
    assert plain.name in [cluster.name for cluster in named]
    _, named = await DockerEngine(entries=(DockerHint(str(plain.id)[:12]),)).look()
    assert plain.name in [cluster.name for cluster in named]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"Image": "postgres:17", "Env": ["PGDATA=/x", "PG_MAJOR=17"]}, True),
        ({"Image": "registry:5000/team/postgres@sha256:abc", "Env": None}, True),
        ({"Image": "own", "Env": [], "ExposedPorts": {"5432/tcp": {}}}, True),
        ({"Image": "bitnami/postgresql", "Env": []}, True),
        ({"Image": "postgres-exporter:1", "Env": ["PATH=/bin"]}, False),
        ({"Image": "app", "Env": ["PG_MAJOR=15"]}, False),
        ({"Image": "redis", "Env": None, "ExposedPorts": {"6379/tcp": {}}}, False),
    ],
)
def test_what_marks_a_server(config: dict[str, object], expected: bool) -> None:
    assert holds_postgres({"Config": config, "NetworkSettings": {}}) is expected
