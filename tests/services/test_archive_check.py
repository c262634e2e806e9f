"""Archives of real servers looked through: whole, damaged in each way, with the server stopped."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.archive_report import ArchiveReport, ProblemKind
from pgtui.domain.errors import BadInput, HostError
from pgtui.services.archive_check import ArchiveCheck
from tests.local_cluster import ClusterFactory, LocalCluster
from tests.services.archives import NEW, OLD, path_of, segments, shell
from tests.services.house import House, LocalSite, Site, build_house, now, until

OpenHouse = Callable[[Site], House]
HOSTILE = "a\"b'c; $(touch x) [red]\n%f é"


async def scanned(open_house: OpenHouse, site: Site, *, every: bool = False) -> ArchiveReport:
    house = open_house(site)
    return await ArchiveCheck(house.inventory, now).scan("student", every_header=every)


async def test_a_whole_archive_is_whole_and_all_headers_are_right(
    archived: Site, open_house: OpenHouse
) -> None:
    archive = segments(archived)
    told = await scanned(open_house, archived)

    (span,) = told.spans
    assert (told.is_whole, told.problems) == (True, ())
    assert (span.count, span.first, span.last) == (len(archive), archive[0], archive[-1])
    assert (told.headers_checked, told.headers_of) == (len(archive), len(archive))
    assert told.backup_histories == 2
    assert told.system_identifier == archived.psql("SELECT system_identifier FROM pg_control_system()")
    assert [note for note in told.notes if "can be rolled forward along timeline 1 until" in note]


async def test_damage_of_every_kind_is_found(archived: Site, open_house: OpenHouse) -> None:
    archive = segments(archived)
    # The newer backup begins in the fifth from the end.
    gone, packed, short, zeros, last = archive[-7], archive[-6], archive[-4], archive[-2], archive[-1]
    shell(
        archived,
        'rm "$1"; truncate -s 1000000 "$2"; gzip -1 "$4"; '
        'size=$(stat -c %s "$3"); : >"$3"; truncate -s "$size" "$3"; '
        'cp "$5" "$5.partial"; touch "$5.gz" ".$5.tmp" README',
        *(gone, short, zeros, packed, last),
    )

    told = await scanned(open_house, archived)

    assert {(p.name, p.kind) for p in told.problems} == {
        (short, ProblemKind.WRONG_SIZE),
        (zeros, ProblemKind.DAMAGED),
        (f"{last}.partial", ProblemKind.PARTIAL),
        (f"{last}.gz", ProblemKind.EMPTY),
        (f".{last}.tmp", ProblemKind.TEMPORARY),
        ("README", ProblemKind.UNKNOWN),
    }
    assert [(hole.first, hole.count) for hole in told.holes] == [(gone, 1), (short, 1), (zeros, 1)]
    assert told.spans[0].compressed == 1
    # The compressed one's head was unpacked and is right.
    assert told.headers_checked == told.headers_of
    # The older backup goes up to the first hole, and from the newer one on it is of no more importance.
    (first,), (second,) = told.holes[0].cost, told.holes[1].cost
    assert path_of(archived, OLD) in first
    assert "from then on a later backup can be used" in first
    assert path_of(archived, NEW) in second
    assert "nor from any other" in second
    assert told.holes[2].cost == ("No base backup comes this far: another hole lies before it.",)
    assert not told.is_whole


async def test_the_server_need_not_run(archived: Site, open_house: OpenHouse) -> None:
    archive = segments(archived)
    shell(archived, 'rm "$1"', archive[-3])
    running = await scanned(open_house, archived)
    host = await archived.engine().open(archived.cluster.place)
    await host.stop()
    try:
        stopped = await scanned(open_house, archived)
    finally:
        await host.start()

    assert [hole.first for hole in stopped.holes] == [archive[-3]]
    assert stopped.system_identifier == running.system_identifier
    # Its last segment was archived when it stopped.
    assert stopped.headers_checked == stopped.headers_of >= running.headers_of
    assert stopped.problem_count == 0


async def test_every_header_is_read_when_asked(archived: Site, open_house: OpenHouse) -> None:
    archive = segments(archived)
    shell(
        archived,
        'gzip -1k "$1"; gzip -1 "$2"; printf xx | dd of="$3" bs=1 conv=notrunc 2>/dev/null',
        *archive[-3:],
    )
    told = await scanned(open_house, archived, every=True)
    assert {(p.name, p.kind) for p in told.problems} == {
        (f"{archive[-3]}.gz", ProblemKind.DUPLICATE),
        (archive[-1], ProblemKind.DAMAGED),
    }
    assert told.headers_checked == told.headers_of + 1


async def test_a_hostile_directory_is_no_obstacle(archived: Site, open_house: OpenHouse) -> None:
    archive = segments(archived)
    assert archived.cluster.archive
    shell(archived, 'mkdir "$1"; cp -a 0* "$1"; rm "$1/$2"; touch "$1/$1"', HOSTILE, archive[-3])
    there = archived.cluster
    archived.cluster = replace(there, archive=f"{there.archive}/{HOSTILE}")
    try:
        told = await scanned(open_house, archived)
    finally:
        archived.cluster = there
    assert [hole.first for hole in told.holes] == [archive[-3]]
    assert [(p.name, p.kind) for p in told.problems] == [(HOSTILE, ProblemKind.UNKNOWN)]
    assert told.headers_checked == len(archive) - 1


async def test_segments_of_another_cluster_are_told(
    local_archived: LocalSite, other_cluster: LocalCluster, open_house: OpenHouse
) -> None:
    archive, name = local_archived.local.archive, segments(local_archived)[2]
    (archive / name).write_bytes((other_cluster.archive / name).read_bytes())

    told = await scanned(open_house, local_archived)

    (problem,) = told.problems
    assert (problem.name, problem.kind) == (name, ProblemKind.FOREIGN)
    assert "identifier" in problem.words
    assert [hole.first for hole in told.holes] == [name]


async def test_other_segment_sizes_and_timelines(make_cluster: ClusterFactory, open_house: OpenHouse) -> None:
    cluster = make_cluster(initdb_args=("--wal-segsize=1",))
    site = LocalSite(cluster)
    for _ in range(3):
        site.archive_wal()
    promote_again(cluster)
    for _ in range(3):
        site.archive_wal()
    told = await scanned(open_house, site)
    assert (told.segment_size, told.histories) == (1024 * 1024, 1)
    assert [(span.timeline, span.parent) for span in told.spans] == [(1, None), (2, 1)]
    assert (told.is_whole, [p for p in told.problems if p.kind is not ProblemKind.PARTIAL]) == (True, [])
    first = told.spans[1].first
    os.remove(cluster.archive / first)

    told = await scanned(open_house, site)

    # The fork fell into a segment that the parent had begun: all that lies there is its `.partial`.
    assert [(hole.timeline, hole.first, hole.last) for hole in told.holes] == [(2, first, first)]
    assert f"00000001{first[8:]}.partial" in [p.name for p in told.problems]
    assert not told.is_whole


def promote_again(cluster: LocalCluster) -> None:
    """Have a cluster begin a new timeline, as after a recovery."""
    cluster.stop("fast")
    conf = cluster.data / "postgresql.auto.conf"
    conf.write_text(f'restore_command = \'cp "{cluster.archive}/%f" "%p"\'\n')
    (cluster.data / "recovery.signal").touch()
    os.chown(cluster.data / "recovery.signal", conf.stat().st_uid, conf.stat().st_gid)
    cluster.start()
    until(lambda: cluster.psql("SELECT pg_is_in_recovery()") == "f")


async def test_an_unknown_or_missing_archive_is_told(archived: Site, open_house: OpenHouse) -> None:
    there = archived.cluster
    archived.cluster = replace(there, archive="/nowhere/at all")
    try:
        with pytest.raises(HostError, match="No such file or directory"):
            await scanned(open_house, archived)
    finally:
        archived.cluster = there


async def test_an_archive_that_came_to_nothing_is_asked_for(
    make_cluster: ClusterFactory, tmp_path: Path
) -> None:
    site = LocalSite(make_cluster(archiving=False, start=False))
    site.cluster = replace(site.cluster, archive=None)
    house = build_house(site.engine(), site.cluster, tmp_path / "state")
    with pytest.raises(BadInput, match="not known where student archives"):
        await ArchiveCheck(house.inventory, now).scan("student")
    await house.inventory.close()
