"""One site for both implementations: `site` is shared by a module's tests, `own_site` may be destroyed."""

from collections.abc import AsyncIterator

import pytest

from pgtui.hosts.base import Host
from tests.hosts.sites import DockerSite, LocalSite, Site

BOTH = ("local", pytest.param("docker", marks=pytest.mark.docker))


@pytest.fixture(scope="module", params=BOTH)
def site(request: pytest.FixtureRequest) -> Site:
    if request.param == "local":
        return LocalSite(request.getfixturevalue("session_clusters")())
    start = request.getfixturevalue("session_postgres_container")
    return DockerSite(start(archive="/archive", backups="/backups"))


@pytest.fixture(params=BOTH)
def own_site(request: pytest.FixtureRequest) -> Site:
    if request.param == "local":
        return LocalSite(request.getfixturevalue("make_cluster")())
    start = request.getfixturevalue("postgres_container")
    return DockerSite(start(archive="/archive", backups="/backups"))


@pytest.fixture
async def host(site: Site) -> AsyncIterator[Host]:
    """The running server's host; a test that stops the server need not start it again."""
    host = await site.engine().open(site.place)
    await host.start()
    yield host
    await host.start()


@pytest.fixture(params=["running", "stopped"])
async def any_host(request: pytest.FixtureRequest, host: Host) -> Host:
    """The host of a server that runs, and of one that does not."""
    if request.param == "stopped":
        await host.stop()
    return host
