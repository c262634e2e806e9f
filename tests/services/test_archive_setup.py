"""Archiving set up on default servers, by plan and by script, and taken back again."""

import pytest

from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.job import JobState
from pgtui.domain.plan import ReloadServer, RestartServer, RunCommand, RunSql
from pgtui.domain.words import describe_step
from pgtui.services.archive_setup import ArchiveSetup
from tests.docker_engine import MAJORS
from tests.local_cluster import installations
from tests.services.bare import HOSTILE, Bare, OpenHouse, bash, make_bare, run, undo
from tests.services.conftest import DOCKER, LOCAL
from tests.services.house import until

BY_FILE = SettingsMethod.CONFIGURATION_FILE


# Every host, version and method, without every combination of them: a container takes its time.
CHOICES = [
    *(pytest.param(("local", i), m, id=f"local-{i}-{m}") for i in installations() for m in SettingsMethod),
    *(
        pytest.param(("docker", major), method, id=f"docker-{major}-{method}", marks=pytest.mark.docker)
        for major, method in zip(MAJORS, SettingsMethod, strict=True)
    ),
]


@pytest.fixture(params=[*LOCAL[-1:], *DOCKER[-1:]])
def newest(request: pytest.FixtureRequest) -> Bare:
    """One of each host."""
    return make_bare(request, *request.param)


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Bare:
    """A local one of the newest version."""
    return make_bare(request, "local", installations()[-1])


@pytest.mark.parametrize(("where", "method"), CHOICES)
async def test_a_default_server_archives_after_it_and_is_as_before_when_undone(
    request: pytest.FixtureRequest, open_house: OpenHouse, where: tuple[str, object], method: SettingsMethod
) -> None:
    bare = make_bare(request, *where)
    house = open_house(bare.site)
    setup = ArchiveSetup(house.inventory)
    before = (bare.settings(), bare.files())
    directory = f"{bare.room}/{HOSTILE}/deep"

    job = await run(house, await setup.setup_plan(ArchiveDraft("student", directory, method, 60)))

    assert (job.state, job.error) == (JobState.DONE, "")
    segment = bare.landed(directory)
    assert f"{directory}/{segment} is the same, byte for byte." in job.output
    assert bare.sh('stat -c "%a %U" "$1"', directory).strip() == "700 postgres"
    assert await house.inventory.archive_of("student") == directory
    after = bare.settings()
    assert (after["archive_mode"], after["archive_timeout"]) == ("on", "1min")

    undone = await undo(house, job)

    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    assert (bare.settings(), bare.files()) == before
    assert bare.segments(directory) == [segment]


@pytest.mark.parametrize(("where", "method"), [*CHOICES[:2], CHOICES[-1]])
async def test_the_script_alone_does_the_same(
    request: pytest.FixtureRequest, open_house: OpenHouse, where: tuple[str, object], method: SettingsMethod
) -> None:
    newest = make_bare(request, *where)
    house = open_house(newest.site)
    before = (newest.settings(), newest.files())
    directory = f"{newest.room}/{HOSTILE}"
    plan = await ArchiveSetup(house.inventory).setup_plan(ArchiveDraft("student", directory, method))
    script = await house.jobs.script(plan)

    told = bash(script)

    assert f"{newest.landed(directory)} is the same as the server wrote, byte for byte." in told
    assert newest.settings()["archive_mode"] == "on"
    bash(script, "undo")
    assert (newest.settings(), newest.files()) == before


async def test_what_needs_no_restart_gets_none(local: Bare, open_house: OpenHouse) -> None:
    house = open_house(local.site)
    setup = ArchiveSetup(house.inventory)
    first, second = f"{local.room}/first", f"{local.room}/second"
    await run(house, await setup.setup_plan(ArchiveDraft("student", first)))
    assert await setup.propose_directory("student") == first
    started = local.site.psql("SELECT pg_postmaster_start_time()")

    again = await setup.setup_plan(ArchiveDraft("student", first))
    assert not {type(p.step) for p in again.steps} & {RestartServer, ReloadServer, RunSql}
    assert not again.is_destructive
    plan = await setup.setup_plan(ArchiveDraft("student", second))
    job = await run(house, plan)

    assert (job.state, job.error) == (JobState.DONE, "")
    assert RestartServer not in {type(planned.step) for planned in plan.steps}
    assert any("archive_command is replaced" in finding.message for finding in plan.findings)
    local.landed(second)
    undone = await undo(house, job)
    assert undone.state is JobState.UNDONE
    assert await house.inventory.archive_of("student") == first
    assert local.site.psql("SELECT pg_postmaster_start_time()") == started
    assert (await run(house, await setup.switch_plan("student"))).state is JobState.DONE
    assert len(local.segments(first)) == 2


async def test_comments_includes_and_links_are_kept(local: Bare, open_house: OpenHouse) -> None:
    house = open_house(local.site)
    include, real = f"{local.room}/more.conf", f"{local.room}/real.conf"
    local.sh('printf "archive_mode off # set by Ann\\n# päss=\'x\'\\n" >"$1"', include)
    local.sh(
        'printf "include = \'%s\'\\narchive_timeout = 0 # none" "$2" >>"$1/postgresql.conf" && '
        'mv "$1/postgresql.conf" "$3" && ln -s "$3" "$1/postgresql.conf"',
        *(local.data, include, real),
    )
    local.site.psql("SELECT pg_reload_conf()")
    before = (local.files(), local.sh('cat "$1"', include))
    draft = ArchiveDraft("student", f"{local.room}/archive", BY_FILE, 30)

    job = await run(house, await ArchiveSetup(house.inventory).setup_plan(draft))

    assert (job.state, job.error) == (JobState.DONE, "")
    assert local.sh('cat "$1"', include) == "archive_mode on # set by Ann\n# päss='x'\n"
    assert "archive_timeout = 30 # none\narchive_command = 'd=" in local.files()[0]
    assert local.sh('readlink "$1/postgresql.conf"', local.data).strip() == real
    assert (await undo(house, job)).state is JobState.UNDONE
    assert (local.files(), local.sh('cat "$1"', include)) == before


async def test_a_password_in_the_configuration_never_gets_into_the_journal(
    local: Bare, open_house: OpenHouse
) -> None:
    house = open_house(local.site)
    local.sh(
        "echo \"primary_conninfo = 'password=geheim'\narchive_timeout = 0 # api_key=geheim\" "
        '>>"$1/postgresql.conf"',
        local.data,
    )
    local.site.psql("SELECT pg_reload_conf()")
    before = local.files()
    draft = ArchiveDraft("student", f"{local.room}/archive", BY_FILE, 60)

    plan = await ArchiveSetup(house.inventory).setup_plan(draft)
    job = await run(house, plan)

    assert job.state is JobState.DONE
    assert "\narchive_timeout = 60 # api_key=geheim\n" in local.files()[0]
    assert any("until this is undone, or removed by hand" in describe_step(each.step) for each in plan.steps)
    assert (await undo(house, job)).state is JobState.UNDONE
    assert local.files() == before
    written = b"".join(path.read_bytes() for path in house.state.rglob("*") if path.is_file())
    assert b"archive_command" in written
    assert b"geheim" not in written
    assert "geheim" not in await house.jobs.script(plan)


async def test_a_server_that_does_not_start_again_is_brought_back_by_undo(
    newest: Bare, open_house: OpenHouse
) -> None:
    house = open_house(newest.site)
    before = newest.files()
    data = newest.data
    # In the archive command's way is nothing: it is another's setting that keeps the server down.
    newest.sh('echo "shared_buffers = \'9000GB\'" >>"$1/postgresql.conf"', data)
    draft = ArchiveDraft("student", f"{newest.room}/archive")

    job = await run(house, await ArchiveSetup(house.inventory).setup_plan(draft))

    assert job.state is JobState.FAILED
    host = await house.hosts.open(newest.site.cluster.place)
    content = await host.read(f"{data}/postgresql.conf")
    await host.write(f"{data}/postgresql.conf", content.replace(b"shared_buffers = '9000GB'\n", b""))
    undone = await undo(house, job)
    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    until(lambda: newest.settings()["archive_mode"] == "off")
    assert newest.files() == before
    assert newest.sh('ls -A "$1"', newest.room).count("archive\n") == (1 if newest.room != "/wal" else 0)


async def test_restart_is_destructive_and_comes_after_the_check(local: Bare, open_house: OpenHouse) -> None:
    setup = ArchiveSetup(open_house(local.site).inventory)
    plan = await setup.setup_plan(ArchiveDraft("student", f"{local.room}/archive"))
    kinds = [type(planned.step) for planned in plan.steps]
    restart = kinds.index(RestartServer)
    assert [p.is_destructive for p in plan.steps] == [n == restart for n in range(len(kinds))]
    assert kinds[restart - 1] is RunCommand


@pytest.mark.parametrize(
    ("former", "first", "second"),
    [
        ("push-to %p s3://b/%f", SettingsMethod.ALTER_SYSTEM, SettingsMethod.ALTER_SYSTEM),
        ("", BY_FILE, SettingsMethod.ALTER_SYSTEM),
    ],
    ids=["kept", "both"],
)
async def test_an_older_set_up_is_not_undone_below_a_newer_one(
    local: Bare, open_house: OpenHouse, former: str, first: SettingsMethod, second: SettingsMethod
) -> None:
    house = open_house(local.site)
    setup = ArchiveSetup(house.inventory)
    if former:
        local.site.psql(f"ALTER SYSTEM SET archive_command = '{former}'")
        local.site.psql("SELECT pg_reload_conf()")
    before = (local.settings(), local.files())
    jobs = [
        await run(house, await setup.setup_plan(ArchiveDraft("student", f"{local.room}/{name}", method)))
        for name, method in (("arch1", first), ("arch2", second))
    ]
    assert [job.state for job in jobs] == [JobState.DONE, JobState.DONE]
    both = (local.settings(), local.files(), local.site.psql("SELECT pg_postmaster_start_time()"))

    refused = await undo(house, jobs[0])

    assert refused.state is JobState.FAILED
    assert "archive_command was changed meanwhile" in refused.error
    assert "undo the newer change first" in refused.error
    now = (local.settings(), local.files(), local.site.psql("SELECT pg_postmaster_start_time()"))
    assert now == both
    assert (await undo(house, jobs[1])).state is JobState.UNDONE
    until(lambda: "arch1" in local.settings()["archive_command"])
    undone = await undo(house, jobs[0])
    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    assert (local.settings(), local.files()) == before
