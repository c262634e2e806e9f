"""Archiving changed, switched off, proved and found wanting, on a real server; and what is refused."""

from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.archive_draft import ArchiveDraft, SettingsMethod
from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobState
from pgtui.domain.plan import RestartServer
from pgtui.domain.preflight import Severity
from pgtui.services.archive_setup import ArchiveSetup
from tests.docker_engine import StartPostgres
from tests.local_cluster import ClusterFactory, installations
from tests.services.bare import HOSTILE, Bare, OpenHouse, kill_in_the_middle, make_bare, run, undo
from tests.services.house import DockerSite, History, LocalSite, until


@pytest.fixture
def local(request: pytest.FixtureRequest) -> Bare:
    """A local default server of the newest version."""
    return make_bare(request, "local", installations()[-1])


async def test_timeout_log_and_off_are_changed_and_undone(local: Bare, open_house: OpenHouse) -> None:
    house = open_house(local.site)
    setup = ArchiveSetup(house.inventory)
    await run(house, await setup.setup_plan(ArchiveDraft("student", f"{local.room}/archive")))
    before = local.settings()
    plans = (
        (await setup.timeout_plan("student", 90), "archive_timeout", "90s", False),
        (await setup.logging_plan("student"), "logging_collector", "on", True),
        (await setup.off_plan("student"), "archive_mode", "off", True),
    )
    for plan, name, value, restarts in plans:
        job = await run(house, plan)
        assert (job.state, job.error) == (JobState.DONE, "")
        assert local.settings()[name] == value
        assert (RestartServer in {type(p.step) for p in plan.steps}) is restarts is plan.is_destructive
        assert (await undo(house, job)).state is JobState.UNDONE
        until(lambda: local.settings() == before)
    assert plans[2][0].findings[0].severity is Severity.WARN
    with pytest.raises(BadInput, match="archive_timeout is 0 already"):
        await setup.timeout_plan("student", 0)
    with pytest.raises(BadInput, match="from 0 to"):
        await setup.timeout_plan("student", 2**31)


async def test_a_setting_of_a_file_is_changed_in_that_file(local: Bare, open_house: OpenHouse) -> None:
    house = open_house(local.site)
    setup = ArchiveSetup(house.inventory)
    draft = ArchiveDraft("student", f"{local.room}/a", SettingsMethod.CONFIGURATION_FILE, 60)
    await run(house, await setup.setup_plan(draft))

    assert (await run(house, await setup.timeout_plan("student", 90))).state is JobState.DONE

    conf, auto = local.files()
    assert ("archive_timeout = 90" in conf, "archive" in auto) == (True, False)


@pytest.mark.parametrize("name", ["before upgrade", HOSTILE, "a\nb\\", "ä" * 31])
async def test_restore_points_of_any_name(
    local_past: tuple[LocalSite, History], open_house: OpenHouse, name: str
) -> None:
    site, _ = local_past
    house = open_house(site)

    job = await run(house, await ArchiveSetup(house.inventory).restore_point_plan("student", name))

    assert (job.state, job.error) == (JobState.DONE, "")
    segment = site.psql("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")
    await run(house, await ArchiveSetup(house.inventory).switch_plan("student"))
    dumped = (site.local.archive / segment).read_bytes()
    assert name.encode() in dumped
    assert job.output[0].startswith("0/")


@pytest.mark.parametrize("name", ["", "x" * 64, "ä" * 32, "a\0b", "\udce9"])
async def test_impossible_names_of_restore_points_are_refused(
    local_past: tuple[LocalSite, History], open_house: OpenHouse, name: str
) -> None:
    with pytest.raises(BadInput) as refused:
        await ArchiveSetup(open_house(local_past[0]).inventory).restore_point_plan("student", name)
    assert refused.value.hint


async def test_a_failing_command_is_told_early_in_its_own_words(local: Bare, open_house: OpenHouse) -> None:
    house = open_house(local.site)
    directory = f"{local.room}/archive"
    plan = await ArchiveSetup(house.inventory).setup_plan(ArchiveDraft("student", directory))
    local.sh('mkdir -p "$1"', directory)
    current = local.site.psql("SELECT pg_walfile_name(pg_current_wal_lsn())")
    for number in range(3):
        name = f"{current[:16]}{int(current[16:], 16) + number:08X}"
        local.sh('echo other >"$1"', f"{directory}/{name}")

    job = await run(house, plan)

    assert job.state is JobState.FAILED
    assert "exists with different contents" in job.error
    assert "exit code 11" in job.error
    assert sum(step.seconds or 0 for step in job.steps) < 20
    assert (await undo(house, job)).state is JobState.UNDONE


async def test_a_command_that_is_not_found_is_told_though_nothing_counts_it(
    make_cluster: ClusterFactory, open_house: OpenHouse
) -> None:
    site = LocalSite(
        make_cluster(archiving=False, settings={"archive_mode": "on", "archive_command": "no-such-program"})
    )
    house = open_house(site)

    job = await run(house, await ArchiveSetup(house.inventory).switch_plan("student"))

    assert job.state is JobState.FAILED
    assert "no-such-program" in job.error
    assert "exit code 127" in job.error


async def test_success_without_a_segment_is_caught(
    make_cluster: ClusterFactory, open_house: OpenHouse
) -> None:
    site = LocalSite(
        make_cluster(archiving=False, settings={"archive_mode": "on", "archive_command": "true"})
    )
    house = open_house(site)

    job = await run(house, await ArchiveSetup(house.inventory).switch_plan("student"))

    assert job.state is JobState.FAILED
    assert "it is not in" in job.error


@pytest.mark.parametrize("step", range(6))
async def test_a_killed_set_up_can_be_undone(
    local: Bare, open_house: OpenHouse, tmp_path: Path, step: int
) -> None:
    assert isinstance(local.site, LocalSite)
    before = (local.settings(), local.files())
    plan = await ArchiveSetup(open_house(local.site).inventory).setup_plan(
        ArchiveDraft("student", f"{local.room}/archive", list(SettingsMethod)[step % 2])
    )
    house = await kill_in_the_middle(local, plan, tmp_path / "killed", step, "done")
    [job] = await house.jobs.load_past()

    undone = await undo(house, job)

    assert (undone.state, undone.error) == (JobState.UNDONE, "")
    until(lambda: (local.settings(), local.files()) == before)
    await house.inventory.close()


async def test_what_cannot_be_is_refused_before_anything_is_touched(
    local: Bare, open_house: OpenHouse
) -> None:
    assert isinstance(local.site, LocalSite)
    setup = ArchiveSetup(open_house(local.site).inventory)
    before = (local.files(), sorted(path.name for path in local.site.local.home.iterdir()))
    local.sh('touch "$1/file"; mkdir -m 0500 "$1/closed"', str(local.site.local.backups))
    in_the_way, closed = (f"{local.site.local.backups}/{name}" for name in ("file", "closed"))
    for directory, words in (
        ("archive", "absolute path"),
        (f"{local.data}/archive", "inside the data directory"),
        (in_the_way, "is no directory"),
        (f"{in_the_way}/below", "is no directory"),
        (closed, "may not write into"),
        ("/a\nb", "control character"),
    ):
        draft = ArchiveDraft("student", directory)
        with pytest.raises(BadInput, match=words) as refused:
            await setup.setup_plan(draft)
        assert refused.value.hint
        rows, findings = await setup.rows(draft)
        assert {row.name for row in rows if row.changes} == {"archive_mode", "archive_command"}
        assert any(f.severity is Severity.REFUSE and f.message == refused.value.message for f in findings)
    with pytest.raises(BadInput, match="Archiving is off"):
        await setup.switch_plan("student")
    assert (local.files(), sorted(path.name for path in local.site.local.home.iterdir())) == before


async def test_another_servers_archive_is_refused(
    local: Bare, local_past: tuple[LocalSite, History], open_house: OpenHouse
) -> None:
    other = local_past[0].local.archive
    with pytest.raises(BadInput, match="the archive of another database system"):
        await ArchiveSetup(open_house(local.site).inventory).setup_plan(ArchiveDraft("student", str(other)))


async def test_the_file_of_alter_system_wins_over_the_other(local: Bare, open_house: OpenHouse) -> None:
    setup = ArchiveSetup(open_house(local.site).inventory)
    local.site.psql("ALTER SYSTEM SET archive_timeout = 7")
    local.site.psql("SELECT pg_reload_conf()")
    draft = ArchiveDraft("student", f"{local.room}/a", SettingsMethod.CONFIGURATION_FILE, 60)
    with pytest.raises(BadInput, match=r"archive_timeout is set in .*postgresql.auto.conf, which wins"):
        await setup.setup_plan(draft)


async def test_what_waits_for_a_restart_and_what_is_wrong_in_the_files_is_told(
    local: Bare, open_house: OpenHouse
) -> None:
    setup = ArchiveSetup(open_house(local.site).inventory)
    draft = ArchiveDraft("student", f"{local.room}/a")
    local.site.psql("ALTER SYSTEM SET max_connections = 50")
    local.site.psql("SELECT pg_reload_conf()")
    until(
        lambda: local.site.psql("SELECT pending_restart FROM pg_settings WHERE name='max_connections'") == "t"
    )
    plan = await setup.setup_plan(draft)
    assert any("max_connections" in f.message for f in plan.findings if f.severity is Severity.WARN)

    local.sh('echo "work_mem = lots" >>"$1/postgresql.conf"', local.data)
    with pytest.raises(BadInput, match=r"postgresql.conf, line \d+ is wrong"):
        await setup.setup_plan(draft)


async def test_a_standby_is_refused(make_cluster: ClusterFactory, open_house: OpenHouse) -> None:
    cluster = make_cluster(archiving=False, start=False)
    (cluster.data / "standby.signal").touch()
    cluster.start()
    setup = ArchiveSetup(open_house(LocalSite(cluster)).inventory)
    for plan in (
        setup.setup_plan(ArchiveDraft("student", f"{cluster.home}/a")),
        setup.switch_plan("student"),
        setup.restore_point_plan("student", "x"),
    ):
        with pytest.raises(BadInput, match="is a standby") as refused:
            await plan
        assert "primary" in refused.value.hint


async def test_a_role_that_may_not_is_told_so(make_cluster: ClusterFactory, open_house: OpenHouse) -> None:
    site = LocalSite(make_cluster(archiving=False))
    site.psql("CREATE ROLE ann LOGIN")
    site.cluster = replace(site.cluster, user="ann")
    setup = ArchiveSetup(open_house(site).inventory)
    with pytest.raises(BadInput, match=r"ann may not call pg_switch_wal\(\)"):
        await setup.setup_plan(ArchiveDraft("student", f"{site.local.home}/a"))
    with pytest.raises(BadInput, match="ann is no superuser"):
        await setup.timeout_plan("student", 60)
    with pytest.raises(BadInput, match="ann may not call pg_create_restore_point"):
        await setup.restore_point_plan("student", "x")


async def test_a_containers_command_line_is_stronger(
    postgres_container: StartPostgres, open_house: OpenHouse
) -> None:
    container = postgres_container(archive="/archive")
    site = DockerSite(container, archive="", backups="/backup")
    site.cluster = replace(site.cluster, archive=None)
    house = open_house(site)
    setup = ArchiveSetup(house.inventory)
    assert await setup.propose_directory("student") == "/archive"
    with pytest.raises(BadInput, match="archive_command was given on the server's command line"):
        await setup.setup_plan(ArchiveDraft("student", "/archive"))
    job = await run(house, await setup.switch_plan("student"))
    assert (job.state, job.error) == (JobState.DONE, "")
    assert "byte for byte" in job.output[-1]


async def test_a_volume_of_a_container_is_proposed_and_its_own_layer_warned_about(
    postgres_container: StartPostgres, open_house: OpenHouse
) -> None:
    site = DockerSite(postgres_container(volumes=("/my wal",)), archive="", backups="/backup")
    setup = ArchiveSetup(open_house(site).inventory)
    assert await setup.propose_directory("student") == "/my wal"
    _, findings = await setup.rows(ArchiveDraft("student", "/srv/archive"))
    assert any("in the container itself" in finding.message for finding in findings)
    site.container.run("chown", "root:", "/my wal", user="root")
    house = open_house(site)
    plan = await setup.setup_plan(ArchiveDraft("student", "/my wal"))
    assert any("belongs to root" in finding.message for finding in plan.findings)
    made = await run(house, replace(plan, steps=plan.steps[:2]))
    assert made.state is JobState.DONE
    assert site.container.run("stat", "-c", "%U %a", "/my wal").strip() == "postgres 700"
    assert (await undo(house, made)).state is JobState.UNDONE
    assert site.container.run("stat", "-c", "%U %a", "/my wal").strip() == "root 700"
    _, findings = await setup.rows(ArchiveDraft("student", "/my wal/x"))
    assert not any("in the container itself" in finding.message for finding in findings)
