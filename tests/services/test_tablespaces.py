"""A cluster with a tablespace: the sandbox gets its own copy, and never the live files."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobState
from pgtui.domain.plan import CreateSandbox
from pgtui.services.recovery import RecoveryDraft
from tests.docker_engine import StartPostgres
from tests.local_cluster import ClusterFactory, run_as_server
from tests.services.house import DockerSite, House, LocalSite, Site, clock, now, until

OpenHouse = Callable[[Site], House]


@pytest.fixture(params=["local", pytest.param("docker", marks=pytest.mark.docker)])
def spaced(request: pytest.FixtureRequest) -> tuple[Site, str]:
    """A cluster with a table in a tablespace, a backup that maps it, and the moment it held `before`."""
    if request.param == "local":
        clusters: ClusterFactory = request.getfixturevalue("make_cluster")
        cluster = clusters()
        live, copy = str(cluster.home / "live space"), str(cluster.home / "copied space")
        run_as_server(["mkdir", live])
        site: Site = LocalSite(cluster)

        def backup() -> None:
            mapping = f"{live}={copy}"
            cluster.run(
                "pg_basebackup", "-D", cluster.backups / "b", "-X", "stream", "-c", "fast", "-T", mapping
            )
    else:
        start: StartPostgres = request.getfixturevalue("postgres_container")
        container = start(17, archive="/archive", backups="/backup", volumes=("/spaces",))
        live, copy = "/spaces/live space", "/backup/copied space"
        container.run("mkdir", live)
        site = DockerSite(container, archive="/archive", backups="/backup")

        def backup() -> None:
            mapping = f"{live}={copy}"
            options = ("-X", "stream", "-c", "fast", "-U", container.user, "-T", mapping)
            container.run("pg_basebackup", "-D", "/backup/b", *options)

    site.psql(f"CREATE TABLESPACE far LOCATION '{live}'")
    site.psql("CREATE TABLE things (name text) TABLESPACE far")
    site.psql("INSERT INTO things VALUES ('before')")
    backup()
    after_backup = now() + timedelta(seconds=1.1)
    until(lambda: now() > after_backup)
    moment = clock(site)
    site.psql("UPDATE things SET name = 'after'")
    site.archive_wal()
    return site, moment


async def test_a_sandbox_has_its_own_copy_of_a_tablespace(
    spaced: tuple[Site, str], open_house: OpenHouse
) -> None:
    site, moment = spaced
    house = open_house(site)
    plan = (await house.recovery.propose(RecoveryDraft("student", moment))).plan

    job = await house.jobs.wait(house.jobs.submit(plan))

    assert (job.state, job.error) == (JobState.DONE, "")
    step = plan.steps[0].step
    assert isinstance(step, CreateSandbox)
    name, directory = step.sandbox.name, step.sandbox.directory
    assert (await house.sandboxes.query(name, "postgres", "SELECT name FROM things")).rows == (("before",),)
    place = "SELECT pg_tablespace_location(oid) FROM pg_tablespace WHERE spcname = 'far'"
    [[location]] = (await house.sandboxes.query(name, "postgres", place)).rows
    assert location is not None
    assert location.startswith(f"{directory}/tablespaces/")
    assert site.psql("SELECT name FROM things") == "after"


async def test_a_backup_that_links_to_the_live_tablespace_is_refused(
    make_cluster: ClusterFactory, open_house: OpenHouse
) -> None:
    cluster = make_cluster()
    live, copy = cluster.home / "live", cluster.home / "copy"
    run_as_server(["mkdir", str(live)])
    site = LocalSite(cluster)
    site.psql(f"CREATE TABLESPACE far LOCATION '{live}'")
    cluster.run(
        "pg_basebackup", "-D", cluster.backups / "b", "-X", "stream", "-c", "fast", "-T", f"{live}={copy}"
    )
    [link] = list(Path(cluster.backups / "b" / "pg_tblspc").iterdir())
    link.unlink()
    link.symlink_to(live)
    after_backup = now() + timedelta(seconds=1.1)
    until(lambda: now() > after_backup)
    moment = clock(site)
    site.psql("CREATE TABLE later ()")
    site.archive_wal()

    with pytest.raises(BadInput, match="which the live cluster uses"):
        await open_house(site).recovery.propose(RecoveryDraft("student", moment))
