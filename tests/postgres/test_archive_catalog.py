"""Samples of archiving from real servers, healthy and broken, and what is judged of them."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_sample import ArchiveSample, DirectoryState, WalDirectory
from pgtui.domain.archive_status import ArchiveState, Verdict
from pgtui.domain.secret import Secret
from pgtui.postgres.archive_catalog import MOST_NAMES
from pgtui.postgres.gateway import ServerGateway
from pgtui.postgres.target import Candidate, ConnectionTarget, Endpoint
from tests.docker_engine import StartPostgres
from tests.local_cluster import ClusterFactory, LocalCluster, run_as_server
from tests.postgres.targets import over_socket

DEADLINE = 30.0
HOSTILE = "a\"b'c; $(x) [red] %f\nü 🐘"


@pytest.fixture
async def gateway() -> AsyncIterator[ServerGateway]:
    opened = ServerGateway()
    yield opened
    await opened.close()


async def seen(gateway: ServerGateway, target: ConnectionTarget) -> ArchiveSample:
    """A sample with its look at pg_wal."""
    sample = await gateway.archive_sample(target)
    return replace(sample, wal=await gateway.wal_directory(target))


def judged(samples: Sequence[ArchiveSample]) -> Verdict:
    return judge(samples, None, Circumstances(now=samples[-1].taken))


async def until_seen(
    gateway: ServerGateway, target: ConnectionTarget, condition: Callable[[list[ArchiveSample]], bool]
) -> list[ArchiveSample]:
    """Take samples until they fulfil a condition; all of them."""
    end = time.monotonic() + DEADLINE
    samples = [await seen(gateway, target)]
    while not condition(samples):
        assert time.monotonic() < end, f"never came: {samples[-1]}\n{judged(samples)}"
        await asyncio.sleep(0.2)
        samples.append(await seen(gateway, target))
    return samples


def set_command(cluster: LocalCluster, command: str) -> None:
    quoted = command.replace("'", "''")
    cluster.psql(f"ALTER SYSTEM SET archive_command = '{quoted}'")
    cluster.psql("SELECT pg_reload_conf()")


def switch(cluster: LocalCluster) -> str:
    """Switch WAL without waiting for the archive; the name of the segment that is full now."""
    segment = cluster.psql("SELECT pg_walfile_name(pg_logical_emit_message(false, 'test', 'switch'))")
    cluster.psql("SELECT pg_switch_wal()")
    return segment


async def test_a_sample_tells_what_the_server_tells(
    shared_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    segment = shared_cluster.archive_wal()
    shared_cluster.psql("SELECT pg_create_physical_replication_slot('kept', true)")
    shared_cluster.psql("SELECT pg_create_physical_replication_slot('fresh')")
    try:
        sample = await gateway.archive_sample(over_socket(shared_cluster))
    finally:
        shared_cluster.psql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
    assert abs(sample.taken - datetime.now(UTC)) < timedelta(minutes=1)
    assert timedelta(0) < sample.taken - sample.started < timedelta(hours=1)
    assert sample.version_num // 10_000 == shared_cluster.major
    assert (sample.in_recovery, sample.timeline, sample.segment_size) == (False, 1, 16 * 1024**2)
    assert sample.lsn is not None
    assert (sample.mode, sample.library, sample.timeout, sample.wal_level) == ("on", "", 0, "replica")
    assert str(shared_cluster.archive) in sample.command
    assert sample.last_archived_wal == segment
    assert sample.last_archived_time is not None
    assert (sample.failed_count, sample.last_failed_wal, sample.last_failed_time) == (0, None, None)
    assert sample.stats_reset is not None
    assert sample.sees_archiver
    assert sample.archiver is not None
    assert sample.archiver.pid > 1
    assert sample.started < sample.archiver.started < sample.taken
    assert sample.unseen == ()
    assert sample.archives_here
    by_name = {slot.name: slot for slot in sample.slots}
    assert (by_name["kept"].is_active, by_name["kept"].wal_status) == (False, "reserved")
    assert by_name["kept"].restart_lsn is not None
    assert by_name["kept"].held == sample.lsn - by_name["kept"].restart_lsn
    assert (by_name["fresh"].restart_lsn, by_name["fresh"].held) == (None, 0)


async def test_pg_wal_is_counted_as_it_lies_there(
    shared_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    shared_cluster.archive_wal()
    wal = await gateway.wal_directory(over_socket(shared_cluster))
    assert wal is not None
    lying = [path for path in (shared_cluster.data / "pg_wal").iterdir() if path.is_file()]
    segments = sorted(path.name for path in lying if len(path.name) == 24)
    assert list(wal.names) == segments
    assert wal.segments == len(segments)
    assert wal.size == sum(path.stat().st_size for path in lying)
    assert (wal.ready, wal.oldest_ready, wal.ready_names, wal.other_ready) == (0, None, (), 0)
    assert judged([await seen(gateway, over_socket(shared_cluster))]).state in (
        ArchiveState.OK,
        ArchiveState.IDLE,
    )


async def test_a_role_without_pg_monitor_is_told_what_to_grant(
    make_cluster: ClusterFactory, gateway: ServerGateway
) -> None:
    cluster = make_cluster()
    cluster.psql('CREATE ROLE "poor one" LOGIN')
    cluster.archive_wal()
    target = over_socket(cluster, user="poor one")
    poor = await seen(gateway, target)
    assert poor.wal is None
    assert (poor.archiver, poor.sees_archiver) == (None, False)
    assert poor.lsn is not None
    assert poor.last_archived_wal is not None
    assert all('GRANT pg_monitor TO "poor one"' in sentence for sentence in poor.unseen)
    assert len(poor.unseen) == 2
    found = judged([poor])
    assert found.state in (ArchiveState.OK, ArchiveState.IDLE)
    assert "may not look at pg_wal" in found.reason
    assert found.hint == poor.unseen[0]
    assert await gateway.archive_look(target, str(cluster.archive), (), poor.taken) is None
    cluster.psql('GRANT pg_monitor TO "poor one"')
    rich = await seen(gateway, target)
    assert rich.wal is not None
    assert rich.archiver is not None
    assert rich.unseen == ()


async def test_a_failing_command_and_its_end(local_cluster: LocalCluster, gateway: ServerGateway) -> None:
    target = over_socket(local_cluster)
    set_command(local_cluster, "false")
    segment = switch(local_cluster)
    samples = await until_seen(gateway, target, lambda found: judged(found).state is ArchiveState.FAILING)
    assert samples[-1].last_failed_wal == segment
    assert samples[-1].wal is not None
    assert samples[-1].wal.ready_names == (segment,)
    assert samples[-1].wal.oldest_ready is not None
    set_command(local_cluster, "test -f %p")
    samples = await until_seen(gateway, target, lambda found: judged(found).state is not ArchiveState.FAILING)
    assert judged(samples).state in (ArchiveState.OK, ArchiveState.IDLE)
    assert samples[-1].failed_count > 0
    local_cluster.psql("SELECT pg_stat_reset_shared('archiver')")
    after = await seen(gateway, target)
    assert (after.archived_count, after.last_archived_wal, after.failed_count) == (0, None, 0)
    assert after.stats_reset != samples[-1].stats_reset
    assert judged([*samples, after]).state in (ArchiveState.OK, ArchiveState.IDLE)


async def test_a_program_that_is_not_found_is_failing_though_nothing_counts_it(
    local_cluster: LocalCluster, gateway: ServerGateway
) -> None:
    target = over_socket(local_cluster)
    set_command(local_cluster, "/nowhere/at-all %p")
    switch(local_cluster)
    samples = await until_seen(gateway, target, lambda found: judged(found).state is ArchiveState.FAILING)
    assert samples[-1].failed_count == 0
    assert "archiver" in judged(samples).reason
    assert "127" in judged(samples).hint


async def test_a_hung_command_is_seen_to_run(local_cluster: LocalCluster, gateway: ServerGateway) -> None:
    target = over_socket(local_cluster)
    set_command(local_cluster, "sleep 60")
    switch(local_cluster)

    def runs(samples: list[ArchiveSample]) -> bool:
        archiver = samples[-1].archiver
        return archiver is not None and archiver.wait_event == "ArchiveCommand"

    (sample,) = (await until_seen(gateway, target, runs))[-1:]
    assert judged([sample]).state is ArchiveState.OK
    assert sample.wal is not None
    for seconds, state in ((45, ArchiveState.LAGGING), (95, ArchiveState.STOPPED)):
        later = timedelta(seconds=seconds)
        wal = replace(sample.wal, taken=sample.wal.taken + later)
        found = judged([sample, replace(sample, taken=sample.taken + later, wal=wal)])
        assert found.state is state
        assert f"archive_command has been running for {seconds // 10}" in found.reason


async def test_a_standby_tells_its_timeline_and_archives_what_it_is_told_to(
    make_cluster: ClusterFactory, gateway: ServerGateway
) -> None:
    cluster = make_cluster(settings={"restore_command": "false"})
    cluster.psql("CREATE ROLE poor LOGIN")
    for function in ("pg_control_checkpoint", "pg_control_recovery"):
        cluster.psql(f"REVOKE EXECUTE ON FUNCTION {function}() FROM PUBLIC")
    cluster.stop()
    (cluster.data / "standby.signal").touch()
    cluster.start()
    standby = await seen(gateway, over_socket(cluster))
    assert (standby.in_recovery, standby.timeline, standby.archives_here) == (True, 1, False)
    assert standby.lsn is not None
    assert judged([standby]).state is ArchiveState.IDLE
    poor = await gateway.archive_sample(over_socket(cluster, user="poor"))
    assert poor.timeline is None
    assert "pg_control_checkpoint()" in poor.unseen[-1]
    cluster.psql("SELECT pg_promote()")
    promoted = await seen(gateway, over_socket(cluster))
    assert (promoted.in_recovery, promoted.timeline, promoted.archives_here) == (False, 2, True)
    samples = await until_seen(
        gateway,
        over_socket(cluster),
        lambda found: (found[-1].last_archived_wal or "").endswith(".partial"),
    )
    assert judged([standby, *samples]).state in (ArchiveState.OK, ArchiveState.IDLE)


async def test_ten_thousand_segments_that_wait_come_as_a_count_and_a_few_names(
    make_cluster: ClusterFactory, gateway: ServerGateway
) -> None:
    cluster = make_cluster(settings={"archive_command": "sleep 60"})
    status = cluster.data / "pg_wal" / "archive_status"
    names = [f"00000001{n // 256:08X}{n % 256:08X}" for n in range(1_000, 11_000)]
    script = "; ".join((f"cd '{status}'", "xargs touch"))
    others = ["00000002.history.ready", f"{names[0]}.00000028.backup.ready", f"{names[0]}.partial.ready"]
    done = run_as_server(
        ["sh", "-c", script], stdin="\n".join([*(f"{name}.ready" for name in names), *others])
    )
    assert done.returncode == 0, done.stdout
    wal = await gateway.wal_directory(over_socket(cluster))
    assert wal is not None
    assert (wal.ready, wal.other_ready) == (10_000, 3)
    assert wal.ready_names == tuple(names[:MOST_NAMES])


async def test_the_server_looks_into_the_archive(local_cluster: LocalCluster, gateway: ServerGateway) -> None:
    target = over_socket(local_cluster)
    segment = local_cluster.archive_wal()
    packed, absent, folder = (f"0000000100000000000000A{n}" for n in range(3))
    archive = local_cluster.archive / HOSTILE
    archive.mkdir()
    archive.chmod(0o755)
    for path in (archive / segment, archive / f"{packed}.zst"):
        path.touch()
    (archive / folder).mkdir()
    taken = datetime(2026, 11, 22, tzinfo=UTC)

    async def looked(path: Path | str, *names: str) -> tuple[DirectoryState, frozenset[str]]:
        look = await gateway.archive_look(target, str(path), names, taken)
        assert look is not None
        assert (look.taken, look.directory, look.asked) == (taken, str(path), names)
        return look.state, look.present

    there = await looked(archive, segment, packed, absent, folder)
    assert there == (DirectoryState.THERE, frozenset((segment, packed)))
    assert await looked(archive) == (DirectoryState.THERE, frozenset())
    assert await looked(archive / "gone", segment) == (DirectoryState.MISSING, frozenset())
    assert await looked(archive / segment, segment) == (DirectoryState.NOT_A_DIRECTORY, frozenset())
    assert await looked(archive / segment / "below") == (DirectoryState.NOT_A_DIRECTORY, frozenset())
    archive.chmod(0o700)
    assert await looked(archive, segment) == (DirectoryState.CLOSED, frozenset())


@pytest.mark.parametrize("major", [15, 17])
async def test_a_server_in_a_container_is_sampled_too(
    postgres_container: StartPostgres, gateway: ServerGateway, major: int
) -> None:
    container = postgres_container(major, archive="/archive")
    endpoint = Endpoint("127.0.0.1", container.port, (Candidate(Secret(container.password), "the test"),))
    target = ConnectionTarget("tested", (endpoint,), container.user, container.database)
    segment = container.archive_wal()
    sample = await seen(gateway, target)
    assert sample.version_num // 10_000 == major
    assert sample.last_archived_wal == segment
    assert sample.archiver is not None
    assert isinstance(sample.wal, WalDirectory)
    assert judged([sample]).state in (ArchiveState.OK, ArchiveState.IDLE)
    look = await gateway.archive_look(target, "/archive", (segment,), sample.taken)
    assert look is not None
    assert look.present == {segment}
