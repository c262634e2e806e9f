"""Fixtures that every folder of tests may use; no test sees or touches the machine's own settings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from tests.docker_engine import ContainerFactory, StartPostgres, connect, containers, remove_leftovers
from tests.local_cluster import ClusterFactory, Installation, LocalCluster, clusters, installations

REQUIRE_DOCKER = "PGTUI_REQUIRE_DOCKER"
# Variables that change what a screen looks like, or where it thinks it is shown.
SCREEN_VARIABLES = (
    *("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "COLORTERM", "TERM_PROGRAM", "COLORFGBG"),
    *("COLUMNS", "LINES", "TEXTUAL", "TMUX", "SSH_CONNECTION", "WAYLAND_DISPLAY", "DISPLAY"),
)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever uses the engine is a Docker test, so that `-m "not docker"` leaves out all of them."""
    for item in items:
        if "engine" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.docker)


@pytest.fixture(autouse=True)
def isolated_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home (returned) for each test, and no variable that steers PostgreSQL or the screen."""
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    for name, folder in (
        ("XDG_CONFIG_HOME", "config"),
        ("XDG_STATE_HOME", "state"),
        ("XDG_CACHE_HOME", "cache"),
        ("XDG_DATA_HOME", "data"),
    ):
        monkeypatch.setenv(name, str(home / folder))
    for name in list(os.environ):
        steers = name.startswith("PG") and name != REQUIRE_DOCKER
        # The snapshot plugin tells itself by such a variable where its reports go.
        shows = name.startswith("TEXTUAL_") and not name.startswith("TEXTUAL_SNAPSHOT_")
        if steers or shows or name in SCREEN_VARIABLES:
            monkeypatch.delenv(name)
    return home


@pytest.fixture(scope="session")
def engine() -> Iterator[DockerClient]:
    """A Docker engine that answers and has the test images."""
    client, reason = connect()
    if client is None:
        if os.environ.get(REQUIRE_DOCKER) == "1":
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    try:
        remove_leftovers(client)
        yield client
    finally:
        client.close()


@pytest.fixture
def postgres_container(engine: DockerClient) -> Iterator[StartPostgres]:
    """Start PostgreSQL containers for one test; they and their volumes are removed after it."""
    with containers(engine) as factory:
        yield factory


@pytest.fixture(scope="session")
def session_postgres_container(engine: DockerClient) -> Iterator[ContainerFactory]:
    """The same for a whole run: for fixtures of wider scope, and for tests that only read."""
    with containers(engine) as factory:
        yield factory


@pytest.fixture(scope="session")
def session_clusters() -> Iterator[ClusterFactory]:
    """Make local clusters that live for the whole run."""
    _need_an_installation()
    with clusters() as factory:
        yield factory


@pytest.fixture
def make_cluster() -> Iterator[ClusterFactory]:
    """Make local clusters for one test; servers and files are gone after it."""
    _need_an_installation()
    with clusters() as factory:
        yield factory


@pytest.fixture(scope="session", params=installations() or [None], ids=str)
def installation(request: pytest.FixtureRequest) -> Installation:
    """Each PostgreSQL that is installed here, in turn."""
    _need_an_installation()
    found: Installation = request.param
    return found


@pytest.fixture
def local_cluster(make_cluster: ClusterFactory, installation: Installation) -> LocalCluster:
    """A running, archiving cluster of each installation, for this test alone."""
    return make_cluster(installation)


@pytest.fixture(scope="session")
def shared_cluster(session_clusters: ClusterFactory, installation: Installation) -> LocalCluster:
    """A running, archiving cluster of each installation, shared by tests that only read or make databases."""
    return session_clusters(installation)


def _need_an_installation() -> None:
    if not installations():
        pytest.skip("no PostgreSQL on this machine: pip install 'pgtui-console[embedded]'")
