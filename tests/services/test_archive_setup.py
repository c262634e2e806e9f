"""Archiving set up on default servers, by plan and by script, and taken back again."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.plan import Plan
from pgtui.services.archive_setup import ArchiveSetup
from tests.docker_engine import ContainerFactory
from tests.local_cluster import ClusterFactory, run_as_server
from tests.services.conftest import DOCKER, LOCAL
from tests.services.house import DockerSite, House, LocalSite, Site

OpenHouse = Callable[[Site], House]
HOSTILE = "a\"b'c; $(x) [red] %f\\ äöü"
SHOWN = ("archive_mode", "archive_command", "archive_timeout", "wal_level", "logging_collector")


@dataclass(frozen=True)
class Bare:
    """A default server that archives nothing, and a directory that an archive may be made in."""

    site: Site
    room: str

    def sh(self, script: str, *arguments: str) -> str:
        """What a script prints where the server runs, as its account."""
        argv = ("sh", "-c", script, "sh", *arguments)
        if isinstance(self.site, DockerSite):
            return self.site.container.run(*argv)
        done = run_as_server(argv)
        assert done.returncode == 0, done.stdout
        return done.stdout

    def settings(self) -> dict[str, str]:
        return {name: self.site.psql(f"SHOW {name}") for name in SHOWN}

    def files(self) -> tuple[str, str]:
        """The configuration files, byte for byte."""
        data = self.site.psql("SHOW data_directory")
        one, other = (
            self.sh('cat "$1"; echo .', f"{data}/{name}")
            for name in ("postgresql.conf", "postgresql.auto.conf")
        )
        return one, other

    def segments(self, directory: str) -> list[str]:
        return [name for name in self.sh('ls "$1"', directory).split("\n") if len(name) == 24]


@pytest.fixture(params=[*LOCAL, *DOCKER])
def bare(request: pytest.FixtureRequest) -> Bare:
    """One of each host and version, for this test alone."""
    return make_bare(request, *request.param)


def make_bare(request: pytest.FixtureRequest, kind: str, which: object) -> Bare:
    if kind == "local":
        clusters: ClusterFactory = request.getfixturevalue("make_cluster")
        cluster = clusters(which, archiving=False)  # type: ignore[arg-type]
        return Bare(LocalSite(cluster), str(cluster.home))
    containers: ContainerFactory = request.getfixturevalue("postgres_container")
    container = containers(which, volumes=("/wal",))  # type: ignore[arg-type]
    return Bare(DockerSite(container, archive="", backups="/backup"), "/wal")


def unconfigured(bare: Bare) -> Site:
    """The site without an archive in the configuration: it has to be found in archive_command."""
    from dataclasses import replace

    bare.site.cluster = replace(bare.site.cluster, archive=None)
    return bare.site


async def run(house: House, plan: Plan) -> JobSnapshot:
    return await house.jobs.wait(house.jobs.submit(plan))


async def undo(house: House, job: JobSnapshot) -> JobSnapshot:
    house.jobs.undo(job.id)
    return await house.jobs.wait(job.id)


@pytest.mark.parametrize("method", list(SettingsMethod))
async def test_a_default_server_archives_after_it_and_is_as_before_when_undone(
    bare: Bare, open_house: OpenHouse, method: SettingsMethod
) -> None:
    house = open_house(unconfigured(bare))
    setup = ArchiveSetup(house.inventory)
    before = (bare.settings(), bare.files())
    directory = f"{bare.room}/{HOSTILE}/deep"

    job = await run(house, await setup.setup_plan(ArchiveDraft("student", directory, method, 60)))

    assert (job.state, job.error) == (JobState.DONE, ""), job
    assert any("byte for byte" in line for line in job.output)
    (segment,) = bare.segments(directory)
    data = bare.site.psql("SHOW data_directory")
    bare.sh('cmp "$1" "$2"', f"{data}/pg_wal/{segment}", f"{directory}/{segment}")
    assert await house.inventory.archive_of("student") == directory
    after = bare.settings()
    assert (after["archive_mode"], after["archive_timeout"]) == ("on", "1min")

    undone = await undo(house, job)

    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    assert (bare.settings(), bare.files()) == before
    assert bare.segments(directory) == [segment]
