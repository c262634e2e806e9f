"""Archives of real servers that end before what the server says it archived."""

from collections.abc import Callable

import pytest

from pgtui.domain.archive_end import NOT_COMPARED
from pgtui.domain.archive_report import ArchiveReport
from pgtui.services.archive_check import ArchiveCheck
from tests.local_cluster import ClusterFactory, Installation
from tests.services.archives import segments
from tests.services.house import House, LocalSite, Site, now, until

OpenHouse = Callable[[Site], House]
LIE = 'test -n "%p"'
"""Reports success, and keeps nothing."""
LAST = "SELECT last_archived_wal FROM pg_stat_archiver"


@pytest.fixture
def site(make_cluster: ClusterFactory, installation: Installation) -> LocalSite:
    made = LocalSite(make_cluster(installation, initdb_args=("--wal-segsize=1",)))
    made.base_backup("base")
    for _ in range(3):
        made.archive_wal()
    return made


async def test_a_command_that_lied_leaves_a_hole_at_the_end(site: LocalSite, open_house: OpenHouse) -> None:
    check = ArchiveCheck(open_house(site).inventory, now)
    whole = await check.scan("student")
    assert (whole.is_whole, NOT_COMPARED in whole.notes) == (True, False)
    kept, honest = segments(site), site.psql("SHOW archive_command")

    use(site, LIE)
    lost = [site.local.archive_wal() for _ in range(3)]
    told = await check.scan("student")

    assert segments(site) == kept
    assert missing(told) == [(1, lost[0], lost[-1], 3)]
    assert lost[-1] in told.holes[0].report
    assert "Nothing after " in told.holes[0].cost[0]
    assert not told.is_whole

    # A backup's history comes last: it tells of the segment that the backup began in.
    site.base_backup("second")
    until(lambda: site.psql(LAST).endswith(".backup"))
    began_in = site.psql(LAST)[:24]
    assert began_in > lost[-1]
    ((_, first, last, _),) = missing(await check.scan("student"))
    assert (first, last) == (lost[0], began_in)

    # What is archived after them makes it a hole like any other.
    use(site, honest)
    site.archive_wal()
    told = await check.scan("student")
    assert [hole.report for hole in told.holes] == [""]
    assert told.holes[0].first == lost[0]


async def test_nothing_is_compared_with_a_server_that_cannot_be_asked(
    site: LocalSite, open_house: OpenHouse
) -> None:
    check = ArchiveCheck(open_house(site).inventory, now)
    site.psql("SELECT pg_stat_reset_shared('archiver')")
    reset = await check.scan("student")
    assert (reset.is_whole, NOT_COMPARED in reset.notes) == (True, True)
    site.local.stop()
    stopped = await check.scan("student")
    assert (stopped.is_whole, NOT_COMPARED in stopped.notes) == (True, True)


def use(site: LocalSite, command: str) -> None:
    quoted = command.replace("'", "''")
    site.psql(f"ALTER SYSTEM SET archive_command = '{quoted}'")
    site.psql("SELECT pg_reload_conf()")
    until(lambda: site.psql("SHOW archive_command") == command)


def missing(told: ArchiveReport) -> list[tuple[int, str, str, int]]:
    return [(hole.timeline, hole.first, hole.last, hole.count) for hole in told.holes]
