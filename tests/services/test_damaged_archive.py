"""Archives that do not hold what a recovery needs: refused before anything runs, for the right reason."""

from collections.abc import Callable
from pathlib import Path

import pytest

from pgtui.domain.errors import BadInput
from pgtui.services.recovery import RecoveryDraft
from tests.local_cluster import ClusterFactory
from tests.services.house import (
    DATABASE,
    TABLE,
    History,
    House,
    LocalSite,
    Site,
    clock,
    quoted,
    write_history,
)

OpenHouse = Callable[[Site], House]


@pytest.fixture
def damaged(make_cluster: ClusterFactory) -> tuple[LocalSite, History, Path]:
    """A cluster whose history goes on into one more segment, and that segment's file."""
    site = LocalSite(make_cluster())
    history = write_history(site)
    last = sorted(path for path in site.local.archive.iterdir() if len(path.name) == 24)[-1]
    return site, history, last


async def refusal(open_house: OpenHouse, site: LocalSite, target: str) -> BadInput:
    with pytest.raises(BadInput) as refused:
        await open_house(site).recovery.propose(RecoveryDraft("student", target))
    return refused.value


async def test_a_segment_of_zeros_is_told_in_pg_waldumps_words(
    damaged: tuple[LocalSite, History, Path], open_house: OpenHouse
) -> None:
    site, history, segment = damaged
    segment.write_bytes(bytes(segment.stat().st_size))

    refused = await refusal(open_house, site, history.iron2)

    assert "cannot be read" in refused.message
    assert "pg_waldump says" in refused.message
    assert "ended after it" not in refused.message


async def test_a_segment_of_another_cluster_is_told(
    damaged: tuple[LocalSite, History, Path], make_cluster: ClusterFactory, open_house: OpenHouse
) -> None:
    site, history, segment = damaged
    other = make_cluster()
    name = other.archive_wal()
    segment.write_bytes((other.archive / name).read_bytes())

    refused = await refusal(open_house, site, history.iron2)

    assert "cannot be read" in refused.message


async def test_a_missing_segment_is_named(
    damaged: tuple[LocalSite, History, Path], open_house: OpenHouse
) -> None:
    site, _, _ = damaged
    site.psql(f"CREATE TABLE {quoted(TABLE)} ()", DATABASE)
    between = clock(site)
    site.archive_wal()
    site.psql("CREATE TABLE later ()")
    site.archive_wal()
    names = sorted(path.name for path in site.local.archive.iterdir() if len(path.name) == 24)
    (site.local.archive / names[-2]).unlink()

    refused = await refusal(open_house, site, between)

    assert names[-2] in refused.message
    assert names[-2] in refused.hint


async def test_a_truncated_segment_counts_as_missing(
    damaged: tuple[LocalSite, History, Path], open_house: OpenHouse
) -> None:
    site, history, segment = damaged
    site.psql("CREATE TABLE later ()")
    site.archive_wal()
    with segment.open("r+b") as file:
        file.truncate(1000)

    refused = await refusal(open_house, site, history.iron2)

    assert segment.name in refused.message
