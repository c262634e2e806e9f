"""What only containers have: a writable layer, published ports, restart policies."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

import pytest
from docker import DockerClient

from pgtui.domain.cluster import ServerState
from pgtui.domain.command import Command
from pgtui.domain.errors import FileProblem, HostError
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import StopMode
from pgtui.domain.sandbox import NAME_PREFIX, TablespaceCopy
from pgtui.hosts.base import FileKind, Host, check
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.docker_container import WORKBENCH_LABEL
from tests.docker_engine import RUN_LABEL, PostgresContainer, StartPostgres
from tests.hosts.sites import DockerSite, Past, ask, make_past, make_target, spec_of, until

pytestmark = pytest.mark.docker

ARCHIVE = "/root/archived_wals"


@dataclass(frozen=True)
class LayerSite(DockerSite):
    """Backups and archive in the container's own layer, as a class sets it up."""

    @property
    def room(self) -> str:
        return "/root/backups"

    @property
    def archive(self) -> str:
        return ARCHIVE

    def base_backup(self, name: str) -> str:
        path = f"{self.room}/{name}"
        self.container.base_backup(path)
        return path


def layer_site(start: StartPostgres, major: int) -> LayerSite:
    copy = f"test ! -f {ARCHIVE}/%f && cp %p {ARCHIVE}/%f"
    made = start(
        major,
        env={"PGDATA": "/srv/pgdata"},
        directories=[ARCHIVE, "/root/backups", "/srv/pgdata"],
        server_args=["-c", "archive_mode=on", "-c", f"archive_command={copy}"],
        wait=False,
    )
    made.container.exec_run(["chmod", "711", "/root"], user="root")
    made.wait_ready()
    return LayerSite(made)


async def open_host(container: PostgresContainer) -> Host:
    return await DockerEngine().open(Place(HostKind.DOCKER, container.name))


@pytest.fixture(autouse=True)
def no_workbench_is_left(engine: DockerClient) -> Iterator[None]:
    yield
    left = engine.containers.list(all=True, filters={"label": WORKBENCH_LABEL}, ignore_removed=True)
    own = [each.name for each in left if each.labels[WORKBENCH_LABEL].startswith("pgtui-test-")]
    assert own == []


@pytest.mark.parametrize("stopped", [False, True])
@pytest.mark.parametrize("major", [15, 17])
async def test_backup_and_archive_may_lie_in_the_containers_layer(
    postgres_container: StartPostgres, major: int, stopped: bool
) -> None:
    site = layer_site(postgres_container, major)
    past = make_past(site, "past")
    host = await open_host(site.container)
    if stopped:
        await host.stop()
    spec = await spec_of(site, host, past, f"{NAME_PREFIX}{uuid4().hex[:8]}")
    assert await host.sandbox_archive(ARCHIVE) == spec.archive_directory
    await host.create_sandbox(spec)
    try:
        await check(host.lay_down_backup(spec), "laying down")
        await host.start_sandbox(spec)

        async def is_paused() -> bool:
            return "pausing at the end of recovery" in await host.sandbox_log(spec)

        await until(is_paused, "replay has paused")
        assert await ask(host, spec, "select x from past") == past.rows
    finally:
        await host.remove_sandbox(spec)


async def test_a_stopped_containers_layer_can_be_read_and_added_to(
    postgres_container: StartPostgres, tmp_path: Path
) -> None:
    site = layer_site(postgres_container, 17)
    host = await open_host(site.container)
    await host.write("/root/backups/kept", b"kept")
    await host.stop()
    assert (await open_host(site.container)).bindir == host.bindir
    assert await (await open_host(site.container)).data_directory() == "/srv/pgdata"
    assert await host.read("/srv/pgdata/PG_VERSION") == b"17\n"
    assert [entry.name for entry in await host.list("/root/backups")] == ["kept"]
    assert await host.size_of("/srv/pgdata") > 1_000_000
    await host.make_directory("/root/backups/new/below")
    made = await host.stat("/root/backups/new/below")
    assert made is not None
    assert (made.kind, made.mode, made.owner) == (FileKind.DIRECTORY, 0o700, 999)
    await host.write("/root/backups/new/file", b"content", 0o640)
    await host.fetch("/root/backups/new/file", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"content"
    with pytest.raises(FileProblem, match="own layer"):
        await host.remove("/root/backups/kept")
    await host.start()
    assert site.container.run("stat", "-c", "%a %u", "/root/backups/new/file", user="root").split() == [
        "640",
        "999",
    ]


async def test_tablespaces_get_links_of_the_sandboxs_own(postgres_container: StartPostgres) -> None:
    site = DockerSite(postgres_container(17, archive="/archive", backups="/backups", directories=["/space"]))
    site.psql("create tablespace t location '/space'")
    site.psql("create table there (x int) tablespace t")
    site.psql("insert into there values (42)")
    backup = "/backups/base"
    argv = ("pg_basebackup", "-D", backup, "-U", "postgres", "-c", "fast")
    site.container.run(*argv, "-T", "/space=/backups/space of t")
    oid = site.psql("select oid from pg_tablespace where spcname = 't'")
    host = await open_host(site.container)
    spec = replace(
        await spec_of(site, host, Past(backup, make_target(site), ""), f"{NAME_PREFIX}{uuid4().hex[:8]}"),
        tablespaces=(TablespaceCopy(oid, "/backups/space of t"),),
    )
    await host.create_sandbox(spec)
    try:
        await check(host.lay_down_backup(spec), "laying down")
        await host.start_sandbox(spec)

        async def is_paused() -> bool:
            return "pausing at the end of recovery" in await host.sandbox_log(spec)

        await until(is_paused, "replay has paused")
        assert await ask(host, spec, "select x from there") == "42"
        link = await check(
            host.run_in_sandbox(spec, Command(("readlink", f"{spec.data_directory}/pg_tblspc/{oid}"))),
            "readlink",
        )
        assert link.decode().strip() == f"{spec.directory}/tablespaces/{oid}"
    finally:
        await host.remove_sandbox(spec)


async def test_what_bears_no_mark_is_not_removed(
    engine: DockerClient, postgres_container: StartPostgres
) -> None:
    site = DockerSite(postgres_container(17, archive="/archive", backups="/backups"))
    host = await open_host(site.container)
    label = site.container.container.labels[RUN_LABEL]
    name = f"{NAME_PREFIX}{uuid4().hex[:8]}"
    volume = engine.volumes.create(name, labels={RUN_LABEL: label})
    spec = await spec_of(site, host, make_past(site, "past"), name)
    with pytest.raises(HostError, match="mark"):
        await host.remove_sandbox(spec)
    with pytest.raises(HostError, match="already"):
        await host.create_sandbox(spec)
    volume.reload()
    assert volume.attrs["Labels"] == {RUN_LABEL: label}


async def test_a_volume_that_lost_its_container_is_still_a_sandbox(
    engine: DockerClient, postgres_container: StartPostgres
) -> None:
    site = DockerSite(postgres_container(17, archive="/archive", backups="/backups"))
    host = await open_host(site.container)
    spec = await spec_of(site, host, make_past(site, "past"), f"{NAME_PREFIX}{uuid4().hex[:8]}")
    await host.create_sandbox(spec)
    try:
        engine.containers.get(spec.name).remove()
        found = [each for each in await DockerEngine().sandboxes() if each.spec == spec]
        assert [each.running for each in found] == [False]
    finally:
        await host.remove_sandbox(spec)
    assert spec not in [each.spec for each in await DockerEngine().sandboxes()]


async def test_a_published_port_comes_before_the_containers_own_address(
    postgres_container: StartPostgres,
) -> None:
    made = postgres_container(17)
    addresses = await (await open_host(made)).addresses()
    assert (addresses[0].host, addresses[0].port) == ("127.0.0.1", made.port)
    assert addresses[-1].port == 5432


async def test_a_container_without_a_published_port_is_reached_at_its_own_address(
    postgres_container: StartPostgres,
) -> None:
    made = postgres_container(17, publish=False)
    made.container.reload()
    (address,) = await (await open_host(made)).addresses()
    assert address.host == made.container.attrs["NetworkSettings"]["Networks"]["bridge"]["IPAddress"]


async def test_the_containers_own_password_is_found_and_not_shown(postgres_container: StartPostgres) -> None:
    host = await open_host(postgres_container(17, env={"POSTGRES_PASSWORD": "s3cr3t word"}))
    password = await host.own_password()
    assert password is not None
    assert password.reveal() == "s3cr3t word"
    assert "s3cr3t" not in repr(host) + repr(vars(host)) + str(password)


async def test_the_password_may_lie_in_a_file(postgres_container: StartPostgres) -> None:
    made = postgres_container(
        17, env={"POSTGRES_PASSWORD": "", "POSTGRES_PASSWORD_FILE": "/pw"}, files={"/pw": "from file\n"}
    )
    password = await (await open_host(made)).own_password()
    assert password is not None
    assert password.reveal() == "from file"


async def test_a_paused_container_is_told_as_such(postgres_container: StartPostgres) -> None:
    made = postgres_container(17)
    host = await open_host(made)
    made.container.pause()
    try:
        assert await host.state() is ServerState.PAUSED
        with pytest.raises(HostError, match="paused"):
            await check(host.run(Command(("true",))), "true")
    finally:
        made.container.unpause()


async def test_stopping_holds_against_a_restart_policy(postgres_container: StartPostgres) -> None:
    made = postgres_container(17)
    made.container.update(restart_policy={"Name": "always"})
    host = await open_host(made)
    for mode in StopMode:
        await host.stop(mode)
        assert await host.state() is ServerState.STOPPED
        await host.start()
