"""Sites with a history, on every kind of host and every version there is."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from tests.docker_engine import MAJORS, ContainerFactory
from tests.local_cluster import ClusterFactory, Installation, LocalCluster, installations
from tests.services.archives import MakeSite, fill, kept
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


@pytest.fixture(scope="session")
def archived_site(request: pytest.FixtureRequest) -> MakeSite:
    """Make a cluster with two backups and their WAL; one for each host and version in a run.

    Local ones have the smallest segments: copied in a wink.
    """
    made: dict[tuple[str, object], Site] = {}

    def make(which: tuple[str, object]) -> Site:
        if which not in made:
            kind, version = which
            if kind == "local":
                clusters: ClusterFactory = request.getfixturevalue("session_clusters")
                made[which] = fill(
                    LocalSite(clusters(cast("Installation", version), initdb_args=("--wal-segsize=1",)))
                )
            else:
                containers: ContainerFactory = request.getfixturevalue("session_postgres_container")
                container = containers(cast(int, version), archive="/archive", backups="/backup")
                made[which] = fill(DockerSite(container, archive="/archive", backups="/backup"))
        return made[which]

    return make


@pytest.fixture(params=[*LOCAL, *DOCKER[-1:]])
def archived(request: pytest.FixtureRequest, archived_site: MakeSite) -> Iterator[Site]:
    """A site of each local version and of the newest in Docker, whose archive the test may damage."""
    site = archived_site(request.param)
    with kept(site):
        yield site


@pytest.fixture
def local_archived(archived_site: MakeSite) -> Iterator[LocalSite]:
    """The local one of the newest version, whose archive and backups the test may damage."""
    site = archived_site(("local", installations()[-1]))
    assert isinstance(site, LocalSite)
    with kept(site):
        yield site


@pytest.fixture(scope="session")
def other_cluster(session_clusters: ClusterFactory) -> LocalCluster:
    """A cluster that is none of the sites, with segments of the same names and a base backup."""
    cluster = session_clusters(initdb_args=("--wal-segsize=1",))
    cluster.base_backup("other")
    for _ in range(8):
        cluster.archive_wal()
    return cluster
