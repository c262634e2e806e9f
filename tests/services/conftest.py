"""Sites with a history, on every kind of host and every version there is."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.docker_engine import MAJORS, ContainerFactory
from tests.local_cluster import ClusterFactory, installations
from tests.services.house import DockerSite, History, House, LocalSite, Site, build_house, write_history

LOCAL = [pytest.param(("local", i), id=f"local-{i}") for i in installations()]
DOCKER = [pytest.param(("docker", major), id=f"docker-{major}", marks=pytest.mark.docker) for major in MAJORS]


@pytest.fixture(scope="session", params=[*LOCAL, *DOCKER])
def past(request: pytest.FixtureRequest) -> tuple[Site, History]:
    """A running cluster with an archived history, one for each host and version; tests only read it."""
    return _make_past(request)


@pytest.fixture(scope="session", params=[*LOCAL[-1:], *DOCKER[-1:]])
def newest_past(request: pytest.FixtureRequest) -> tuple[Site, History]:
    """The same for the newest version on each kind of host: where every version would take too long."""
    return _make_past(request)


def _make_past(request: pytest.FixtureRequest) -> tuple[Site, History]:
    kind, which = request.param
    if kind == "local":
        clusters: ClusterFactory = request.getfixturevalue("session_clusters")
        return _with_history(LocalSite(clusters(which)))
    containers: ContainerFactory = request.getfixturevalue("session_postgres_container")
    container = containers(which, archive="/archive", backups="/backup")
    return _with_history(DockerSite(container, archive="/archive", backups="/backup"))


@pytest.fixture(scope="session")
def local_past(session_clusters: ClusterFactory) -> tuple[LocalSite, History]:
    """A local cluster of the newest version with an archived history; tests only read it."""
    site = LocalSite(session_clusters())
    return site, write_history(site)


def _with_history(site: Site) -> tuple[Site, History]:
    return site, write_history(site)


@pytest.fixture
async def open_house(tmp_path: Path) -> AsyncIterator[Callable[[Site], House]]:
    """Wire the services over a site; at the end jobs are drained and sandboxes removed."""
    houses: list[tuple[House, Site]] = []

    def build(site: Site) -> House:
        house = build_house(site.engine(), site.cluster, tmp_path / "state")
        houses.append((house, site))
        return house

    yield build
    for house, site in houses:
        await house.jobs.shutdown()
        for sandbox in await house.sandboxes.list():
            if sandbox.spec.source == site.cluster.place:
                room = await house.hosts.open(sandbox.spec.source)
                await room.remove_sandbox(sandbox.spec)
        await house.inventory.close()
