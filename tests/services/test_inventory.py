"""The inventory on real engines and servers: what is found, told, and said when it is not there."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest

from pgtui.config_file import ConfigFile
from pgtui.config_reading import load_settings
from pgtui.domain.cluster import Cluster, HostStatus, ServerState
from pgtui.domain.errors import BadInput, ConnectError, HostError, HostUnreachable, PasswordNeeded
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import Sandbox
from pgtui.domain.secret import Secret
from pgtui.hosts.base import Engine, Host
from pgtui.hosts.docker import DockerEngine
from pgtui.hosts.local import LocalEngine
from pgtui.postgres.credentials import PasswordSources
from pgtui.postgres.gateway import ServerGateway
from pgtui.services.inventory import Inventory
from pgtui.services.overlay import Entry
from tests.docker_engine import StartPostgres
from tests.local_cluster import ClusterFactory, LocalCluster
from tests.postgres.targets import sessions, until

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
Open = Callable[..., Inventory]


@pytest.fixture
async def inventory_of(tmp_path: Path) -> AsyncIterator[Open]:
    """Make inventories of engines and entries; their connections are closed at the end."""
    opened: list[Inventory] = []

    def make(engines: list[Engine], *entries: Entry, extra: tuple[Cluster, ...] = ()) -> Inventory:
        inventory = Inventory(
            engines,
            entries,
            ServerGateway(),
            ConfigFile(tmp_path / "config.toml"),
            extra=extra,
            now=lambda: NOW,
            passwords=PasswordSources({}, tmp_path),
        )
        opened.append(inventory)
        return inventory

    yield make
    for inventory in opened:
        await inventory.close()


def local(cluster: LocalCluster, name: str = "tested", **fields: object) -> Entry:
    return Entry(name, HostKind.LOCAL, data_directory=str(cluster.data), **fields)  # type: ignore[arg-type]


async def test_a_look_tells_hosts_and_clusters_with_their_state(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    running, stopped = make_cluster(), make_cluster(start=False)
    inventory = inventory_of([LocalEngine()], local(stopped, "zz"), local(running, "aa"))
    snapshot = await inventory.look()
    assert [(host.kind, host.problem) for host in snapshot.hosts] == [(HostKind.LOCAL, "")]
    assert snapshot.taken == NOW
    names = [cluster.name for cluster in snapshot.clusters]
    assert names == sorted(names)
    mine = {cluster.name: cluster for cluster in snapshot.clusters if cluster.from_config}
    assert [(name, c.state, c.problem) for name, c in mine.items()] == [
        ("aa", ServerState.RUNNING, ""),
        ("zz", ServerState.STOPPED, ""),
    ]
    version = mine["zz"].version
    assert version is not None
    assert version.major == stopped.major


async def test_a_data_directory_that_is_not_there_is_missing_with_a_sentence(
    inventory_of: Open, tmp_path: Path
) -> None:
    directory = tmp_path / "gone\n[red]"
    inventory = inventory_of([LocalEngine()], Entry("gone", HostKind.LOCAL, data_directory=str(directory)))
    cluster = await inventory.cluster("gone")
    assert cluster.state is ServerState.MISSING
    assert "The configuration names the data directory" in cluster.problem
    with pytest.raises(HostError):
        await inventory.facts("gone")


async def test_without_an_engine_its_clusters_are_unknown_and_the_others_are_there(
    make_cluster: ClusterFactory, inventory_of: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:1")
    entry = Entry("student", HostKind.DOCKER, "postgresdb1")
    inventory = inventory_of([DockerEngine(timeout=2), LocalEngine()], entry, local(make_cluster()))
    snapshot = await inventory.look()
    assert snapshot.hosts[0].problem
    assert snapshot.hosts[0].hint
    states = {cluster.name: cluster.state for cluster in snapshot.clusters if cluster.from_config}
    assert states == {"student": ServerState.UNKNOWN, "tested": ServerState.RUNNING}
    assert (await inventory.cluster("student")).problem == snapshot.hosts[0].problem
    with pytest.raises(HostUnreachable):
        await inventory.facts("student")


async def test_an_unknown_name_is_answered_with_the_nearest_one(
    shared_cluster: LocalCluster, inventory_of: Open
) -> None:
    inventory = inventory_of([LocalEngine()], local(shared_cluster, "student"))
    with pytest.raises(BadInput, match="no cluster 'studnet'") as refused:
        await inventory.cluster("studnet")
    assert "'student'" in refused.value.hint
    with pytest.raises(BadInput) as refused:
        await inventory.facts("x\x1b[31m")
    assert "student" in refused.value.hint


async def test_facts_databases_schemas_and_relations_of_a_local_cluster(
    shared_cluster: LocalCluster, inventory_of: Open
) -> None:
    shared_cluster.psql("CREATE SCHEMA IF NOT EXISTS shop; CREATE TABLE IF NOT EXISTS shop.sold (a int)")
    inventory = inventory_of([LocalEngine()], local(shared_cluster))
    assert (await inventory.facts("tested")).version.major == shared_cluster.major
    assert "postgres" in [database.name for database in await inventory.databases("tested")]
    assert "shop" in [schema.name for schema in await inventory.schemas("tested", "postgres")]
    assert [r.name for r in await inventory.relations("tested", "postgres", "shop")] == ["sold"]
    await inventory.close()
    await until(lambda: sessions(shared_cluster) == 0)


async def test_the_archiving_of_a_cluster_is_sampled_and_looked_at(
    shared_cluster: LocalCluster, inventory_of: Open
) -> None:
    segment = shared_cluster.archive_wal()
    inventory = inventory_of([LocalEngine()], local(shared_cluster))
    assert (await inventory.archive_sample("tested")).last_archived_wal == segment
    wal = await inventory.wal_directory("tested")
    assert wal is not None
    assert wal.ready == 0
    look = await inventory.archive_look("tested", str(shared_cluster.archive), (segment, "0" * 24))
    assert look is not None
    # By the clock of this machine, which here is the test's.
    assert (look.taken, look.present) == (NOW, frozenset((segment,)))


async def test_a_stopped_server_is_said_to_be_stopped_and_asked_again_once_it_runs(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    cluster = make_cluster()
    inventory = inventory_of([LocalEngine()], local(cluster))
    assert (await inventory.cluster("tested")).state is ServerState.RUNNING
    await inventory.facts("tested")
    cluster.stop()
    for _ in range(3):
        with pytest.raises(ConnectError, match="The server of tested is stopped") as refused:
            await inventory.facts("tested")
        assert "Start it" in refused.value.hint
    await inventory.look()
    cluster.start()
    await inventory.look()
    assert (await inventory.facts("tested")).in_recovery is False


async def test_a_typed_password_is_used_and_a_wrong_one_forgotten(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    cluster = make_cluster(tcp=True)
    inventory = inventory_of([LocalEngine()], local(cluster, address="127.0.0.1", port=cluster.port))
    with pytest.raises(PasswordNeeded):
        await inventory.facts("tested")
    inventory.use_password("tested", Secret("wrong"))
    with pytest.raises(PasswordNeeded, match="password authentication failed"):
        await inventory.facts("tested")
    with pytest.raises(PasswordNeeded, match="none is known"):
        await inventory.facts("tested")
    inventory.use_password("tested", Secret(cluster.password))
    await inventory.facts("tested")
    await inventory.schemas("tested", "template1")


async def test_an_entrys_password_file_is_used(
    make_cluster: ClusterFactory, inventory_of: Open, tmp_path: Path
) -> None:
    cluster = make_cluster(tcp=True)
    secret = tmp_path / "secret"
    secret.write_text(cluster.password + "\n")
    secret.chmod(0o600)
    entry = local(cluster, address="localhost", port=cluster.port, password_file=str(secret))
    await inventory_of([LocalEngine()], entry).facts("tested")


class ClosedEngine:
    """An engine whose one cluster belongs to somebody else."""

    kind = HostKind.LOCAL

    async def look(self) -> tuple[HostStatus, tuple[Cluster, ...]]:
        found = Cluster("closed", Place(HostKind.LOCAL, "/closed"), ServerState.RUNNING)
        return HostStatus(self.kind, "This machine"), (found,)

    async def open(self, place: Place) -> Host:
        raise HostError(f"{place.name} belongs to the account 'other'.", "Run pgtui as that account.")

    async def sandboxes(self) -> tuple[Sandbox, ...]:
        return ()


async def test_a_server_whose_files_are_closed_to_us_can_be_asked_at_its_configured_address(
    shared_cluster: LocalCluster, inventory_of: Open
) -> None:
    with pytest.raises(HostError, match="belongs to the account"):
        await inventory_of([ClosedEngine()]).facts("closed")
    socket = {"address": str(shared_cluster.socket_directory), "port": shared_cluster.port}
    entry = Entry("open", HostKind.LOCAL, data_directory="/closed", **socket)  # type: ignore[arg-type]
    facts = await inventory_of([ClosedEngine()], entry).facts("open")
    assert facts.version.major == shared_cluster.major


async def test_an_extra_cluster_overrides_the_discovered_one(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    cluster = make_cluster()
    demo = Cluster("demo", Place(HostKind.LOCAL, str(cluster.data)), ServerState.UNKNOWN, archive="/archive")
    inventory = inventory_of([LocalEngine()], extra=(demo,))
    seen = await inventory.cluster("demo")
    assert (seen.state, seen.archive) == (ServerState.RUNNING, "/archive")
    assert str(cluster.data) not in [
        c.place.name for c in (await inventory.look()).clusters if c.name != "demo"
    ]
    await inventory.facts("demo")


async def test_the_archive_is_the_configured_one_or_read_from_the_server_or_from_its_files(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    cluster = make_cluster()
    assert await inventory_of([LocalEngine()], local(cluster, archive="/own")).archive_of("tested") == "/own"
    inventory = inventory_of([LocalEngine()], local(cluster))
    assert await inventory.archive_of("tested") == str(cluster.archive)
    cluster.psql("ALTER SYSTEM SET archive_command = 'cp %p ../stored/%f'")
    cluster.stop()
    assert await inventory.archive_of("tested") == str(cluster.data / "../stored")
    cluster.start()
    await inventory.look()
    cluster.psql("ALTER SYSTEM SET archive_command = 'pgbackrest archive-push %p'")
    cluster.psql("SELECT pg_reload_conf()")
    await until(lambda: "pgbackrest" in cluster.psql("SHOW archive_command"))
    assert await inventory.archive_of("tested") is None


async def test_the_server_log_comes_in_lines_and_goes_on(
    make_cluster: ClusterFactory, inventory_of: Open
) -> None:
    cluster = make_cluster()
    inventory = inventory_of([LocalEngine()], local(cluster))
    async with asyncio.timeout(20), aclosing(inventory.server_log("tested")) as lines:
        seen = [await anext(lines)]
        while "ready to accept connections" not in seen[-1]:
            seen.append(await anext(lines))
        assert "starting PostgreSQL" in seen[0]
        cluster.psql("DO $$ BEGIN RAISE LOG 'a line that comes later'; END $$")
        while "a line that comes later" not in seen[-1]:
            seen.append(await anext(lines))


class ChunkedHost:
    """A host whose log comes in the given chunks."""

    def __init__(self, *chunks: bytes) -> None:
        self._chunks = chunks
        self.was_closed = False

    async def server_log(self, *, follow: bool = False, last: int = 1000) -> AsyncGenerator[bytes, None]:
        assert (follow, last) == (True, 7)
        try:
            for chunk in self._chunks:
                yield chunk
        finally:
            self.was_closed = True


class ChunkedEngine(ClosedEngine):
    """An engine of one such host."""

    def __init__(self, host: ChunkedHost) -> None:
        self._host = host

    async def open(self, place: Place) -> Host:
        assert place.name == "/closed"
        return cast(Host, self._host)


async def test_a_line_of_the_log_is_whole_even_if_its_bytes_come_in_pieces(inventory_of: Open) -> None:
    host = ChunkedHost(b"one\ntw", b"o\nf\xc3", b"\xbcnf\n", b"\xff\n\nrest")
    lines = [line async for line in inventory_of([ChunkedEngine(host)]).server_log("closed", last=7)]
    assert lines == ["one", "two", "fünf", "\ufffd", "", "rest"]


async def test_a_log_that_nobody_reads_any_more_is_let_go(inventory_of: Open) -> None:
    host = ChunkedHost(b"one\ntwo\n", b"three\n")
    async with aclosing(inventory_of([ChunkedEngine(host)]).server_log("closed", last=7)) as lines:
        assert await anext(lines) == "one"
    assert host.was_closed


async def test_adding_and_hiding_is_written_down_and_seen_at_the_next_look(
    make_cluster: ClusterFactory, inventory_of: Open, tmp_path: Path
) -> None:
    first, second = make_cluster(start=False), make_cluster(start=False)
    (tmp_path / "config.toml").write_text("# my own words\n")
    inventory = inventory_of([LocalEngine()], local(first, "first"))
    added = Cluster(
        'second "one"', Place(HostKind.LOCAL, str(second.data)), ServerState.UNKNOWN, archive="/archive"
    )
    await inventory.add(added)
    assert {"first", 'second "one"'} <= {c.name for c in (await inventory.look()).clusters}
    assert (await inventory.cluster('second "one"')).archive == "/archive"
    with pytest.raises(BadInput, match="already"):
        await inventory.add(added)
    await inventory.hide('second "one"')
    names = {c.name: c.place.name for c in (await inventory.look()).clusters}
    assert "first" in names
    assert str(second.data) not in names.values()
    assert "# my own words" in (tmp_path / "config.toml").read_text()
    (entry,) = load_settings(tmp_path / "config.toml").clusters
    assert (entry.name, entry.hidden, entry.data_directory) == ('second "one"', True, str(second.data))


@pytest.mark.docker
async def test_a_container_is_asked_with_its_own_password_before_and_after_a_restart(
    postgres_container: StartPostgres, inventory_of: Open
) -> None:
    container = postgres_container(
        17, archive="/archive", env={"POSTGRES_USER": "anna", "POSTGRES_DB": "shop"}
    )
    inventory = inventory_of([DockerEngine()])
    facts = await inventory.facts(container.name)
    assert facts.version.major == 17
    assert facts.data_directory
    assert await inventory.archive_of(container.name) == "/archive"
    container.container.restart()
    container.wait_ready()
    await inventory.look()
    assert (await inventory.facts(container.name)).started > facts.started
    container.container.pause()
    try:
        await inventory.look()
        with pytest.raises(ConnectError, match="is paused"):
            await inventory.facts(container.name)
    finally:
        container.container.unpause()
    container.container.stop()
    await inventory.look()
    with pytest.raises(ConnectError, match="is stopped"):
        await inventory.facts(container.name)
    assert await inventory.archive_of(container.name) == "/archive"


@pytest.mark.docker
@pytest.mark.usefixtures("engine")
async def test_a_container_that_docker_does_not_have_is_missing_with_a_sentence(inventory_of: Open) -> None:
    inventory = inventory_of([DockerEngine()], Entry("student", HostKind.DOCKER, "pgtui-no-such-container"))
    cluster = await inventory.cluster("student")
    assert cluster.state is ServerState.MISSING
    assert cluster.problem == (
        "The configuration names the container pgtui-no-such-container, which Docker does not have."
    )


@pytest.mark.docker
async def test_an_entry_names_a_container_by_the_beginning_of_its_id(
    postgres_container: StartPostgres, inventory_of: Open
) -> None:
    container = postgres_container(15)
    entry = Entry("student", HostKind.DOCKER, container.id[:12], backups=("/backup",))
    inventory = inventory_of([DockerEngine()], entry)
    cluster = await inventory.cluster("student")
    assert cluster.place == Place(HostKind.DOCKER, container.name)
    assert cluster.backups == ("/backup",)
    assert (await inventory.facts("student")).version.major == 15
