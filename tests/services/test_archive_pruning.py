"""Pruning for real: the dry run is what happens, and what is kept can still be recovered."""

import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from pgtui.cli.archive_check import _proposal_in_words
from pgtui.domain.archive import reach
from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_survey import Survey
from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobState
from pgtui.domain.preflight import Severity
from pgtui.domain.timeline import TimelineHistory
from pgtui.domain.words import describe_step
from pgtui.repositories.directory import DirectoryRepository
from pgtui.services.archive_check import ArchiveCheck
from pgtui.services.recovery import RecoveryDraft
from tests.local_cluster import LocalCluster
from tests.services.archives import NEW, OLD, path_of, segments, shell
from tests.services.house import House, LocalSite, Site, clock, now, until

OpenHouse = Callable[[Site], House]


async def proposed(house: House, *, keep_from: str = "") -> PruneProposal:
    return await ArchiveCheck(house.inventory, now).prune_plan("student", keep_from=keep_from)


def listed(site: Site) -> set[str]:
    return set(shell(site, "ls -A").split())


async def test_what_is_proposed_is_what_goes_and_the_kept_backup_still_recovers(
    archived: Site, open_house: OpenHouse
) -> None:
    house = open_house(archived)
    # A segment that another program has packed, and the beginning of one that a promotion left.
    first, second, *_ = sorted(name for name in listed(archived) if len(name) == 24)
    shell(archived, 'gzip "$1"; cp "$2" "$2.partial"', first, second)
    before = listed(archived)

    proposal = await proposed(house, keep_from=path_of(archived, NEW))

    assert listed(archived) == before
    assert {f"{first}.gz", second, f"{second}.partial"} < set(proposal.goes)
    assert proposal.plan.is_destructive
    assert all(not step.undo for step in proposal.plan.steps)
    warned = [f.message for f in proposal.findings if f.severity is Severity.WARN]
    assert any(repr(path_of(archived, OLD)) in words for words in warned)
    assert any("cannot be undone" in words for words in warned)

    job = await house.jobs.wait(house.jobs.submit(proposal.plan))

    assert (job.state, job.error) == (JobState.DONE, "")
    assert before - listed(archived) == set(proposal.goes)
    assert all(not (len(name) == 24 and name < proposal.cut) for name in listed(archived))
    await assert_kept(archived, house)
    again = await proposed(house, keep_from=path_of(archived, NEW))
    assert (again.goes, again.plan.steps) == ((), ())


async def test_a_single_file_is_told_as_one(local_archived: LocalSite, open_house: OpenHouse) -> None:
    house = open_house(local_archived)
    keep = path_of(local_archived, NEW)
    several = await proposed(house, keep_from=keep)
    assert describe_step(several.plan.steps[0].step).startswith(f"Delete {several.goes_count} files (")
    last = several.goes[-1]
    for name in several.goes[:-1]:
        (local_archived.local.archive / name).unlink()

    proposal = await proposed(house, keep_from=keep)

    assert proposal.goes == (last,)
    assert describe_step(proposal.plan.steps[0].step).startswith("Delete 1 file (1,048,576 bytes) before ")
    warned = " ".join(finding.message for finding in proposal.findings)
    assert f"This cannot be undone: {last} is deleted." in warned
    words = "\n".join(_proposal_in_words(proposal))
    assert f"1 file goes (1.0 MB): {last}; {proposal.stays} segments stay." in words
    assert "1 files" not in words + warned


async def assert_kept(site: Site, house: House) -> None:
    """The newer backup is followed through the archive without a hole, and can be planned with."""
    assert site.cluster.archive is not None
    host = await house.inventory.host("student")
    repository = DirectoryRepository(host, site.cluster.backups, site.cluster.archive)
    archive = await repository.archive()
    kept = next(b for b in await repository.backups(archive, None) if b.path == path_of(site, NEW))
    far = reach(archive, TimelineHistory(1), kept)
    assert not far.is_broken
    assert len(far.segments) >= 3
    over = now() + timedelta(seconds=1.1)
    until(lambda: now() > over)
    target = clock(site)
    site.psql("CREATE TABLE later ()")
    site.archive_wal()
    planned = await house.recovery.propose(RecoveryDraft("student", target))
    assert planned.plan.steps
    report = await ArchiveCheck(house.inventory, now).scan("student")
    assert report.is_whole


async def test_all_backups_are_kept_unless_one_is_named(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    proposal = await proposed(open_house(local_archived))
    before = {name for name in listed(local_archived) if len(name) == 24 and name < proposal.cut}
    assert set(proposal.goes) == before
    assert "2 base backups are kept." in proposal.why
    assert proposal.stays == len([n for n in listed(local_archived) if len(n) == 24]) - len(before)


async def test_a_backup_that_did_not_finish_protects_its_start(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    (local_archived.local.backups / OLD / "backup_manifest").unlink()
    proposal = await proposed(open_house(local_archived))
    assert "protected all the same" in proposal.why[0]
    (local_archived.local.backups / OLD / "backup_label").write_text("no label")
    with pytest.raises(BadInput, match="Nobody can say which WAL"):
        await proposed(open_house(local_archived))


async def test_a_backup_without_its_label_is_protected_by_its_manifest(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    whole = await proposed(open_house(local_archived))
    (local_archived.local.backups / OLD / "backup_label").unlink()
    proposal = await proposed(open_house(local_archived))
    assert (proposal.cut, proposal.goes) == (whole.cut, whole.goes)


async def test_without_a_backup_nothing_is_pruned(local_archived: LocalSite, open_house: OpenHouse) -> None:
    local_archived.remove_backup(OLD)
    local_archived.remove_backup(NEW)
    with pytest.raises(BadInput, match="holds no base backup") as refused:
        await proposed(open_house(local_archived))
    assert str(local_archived.local.backups) in refused.value.message
    assert "mounted" in refused.value.hint


async def test_a_backup_that_only_the_archive_knows_of_stops_it_unless_one_to_keep_is_named(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    local_archived.remove_backup(OLD)
    house = open_house(local_archived)
    words = "1 older base backup that lies in no known directory; it began in "
    with pytest.raises(BadInput, match=words) as refused:
        await proposed(house)
    assert "--keep-from" in refused.value.hint
    proposal = await proposed(house, keep_from=path_of(local_archived, NEW))
    (warning,) = [f for f in proposal.findings if "no known directory" in f.message]
    assert warning.severity is Severity.WARN
    assert words in warning.message


async def test_a_directory_of_backups_that_shows_nothing_stops_it(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    backups = local_archived.local.backups
    away = backups.with_name("backups-away")
    backups.rename(away)
    try:
        with pytest.raises(BadInput, match=f"'{backups}' is not there"):
            await proposed(open_house(local_archived))
        backups.write_text("a file")
        with pytest.raises(BadInput, match=f"'{backups}' is no directory"):
            await proposed(open_house(local_archived))
        backups.unlink()
    finally:
        away.rename(backups)


@pytest.mark.parametrize(
    "file",
    ["2026/11/24/backup_label", "weekly $(x)\n[red]/base.tar.gz", "base.tar", ".hidden/24/PG_VERSION"],
)
async def test_a_backup_where_none_is_looked_for_stops_it(
    local_archived: LocalSite, open_house: OpenHouse, file: str
) -> None:
    strange = local_archived.local.backups / file
    strange.parent.mkdir(parents=True, exist_ok=True)
    strange.write_text("17")
    with pytest.raises(BadInput, match="tells of a base backup") as refused:
        await proposed(open_house(local_archived))
    assert repr(str(strange)) in refused.value.message


async def test_a_backup_to_keep_whose_wal_is_missing_stops_it(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    keep = path_of(local_archived, NEW)
    house = open_house(local_archived)
    cut = (await proposed(house, keep_from=keep)).cut
    (local_archived.local.archive / cut).unlink()
    for file in (local_archived.local.backups / NEW / "pg_wal").glob("0*"):
        file.unlink()
    with pytest.raises(BadInput, match=f"cannot be recovered: {cut}"):
        await proposed(house, keep_from=keep)


async def test_every_plain_file_that_goes_is_looked_into(
    local_archived: LocalSite,
    other_cluster: LocalCluster,
    open_house: OpenHouse,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keep = path_of(local_archived, NEW)
    name = segments(local_archived)[2]
    (local_archived.local.archive / name).write_bytes((other_cluster.archive / name).read_bytes())
    # As in a large archive, whose sample of headers met none of the other system.
    monkeypatch.setattr(Survey, "heads_to_read", lambda *_, **_every: ())
    with pytest.raises(BadInput, match=f"another system, {name}"):
        await proposed(open_house(local_archived), keep_from=keep)


async def test_files_that_are_no_segments_do_not_count_among_those_that_stay(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    whole = await proposed(open_house(local_archived))
    (local_archived.local.archive / "000000010000000000000000.gz").write_bytes(b"")
    proposal = await proposed(open_house(local_archived))
    assert "000000010000000000000000.gz" in proposal.goes
    assert proposal.stays == whole.stays


async def test_an_archive_of_two_systems_is_not_pruned(
    local_archived: LocalSite, other_cluster: LocalCluster, open_house: OpenHouse
) -> None:
    name = segments(local_archived)[2]
    (local_archived.local.archive / name).write_bytes((other_cluster.archive / name).read_bytes())
    with pytest.raises(BadInput, match="another system"):
        await proposed(open_house(local_archived))


async def test_backups_of_another_system_tell_nothing(
    local_archived: LocalSite, other_cluster: LocalCluster, open_house: OpenHouse
) -> None:
    local_archived.remove_backup(OLD)
    local_archived.remove_backup(NEW)
    theirs = other_cluster.backups / "other"
    subprocess.run(["cp", "-a", theirs, local_archived.local.backups / "other"], check=True)
    with pytest.raises(BadInput, match="None of the base backups is known to be this cluster's"):
        await proposed(open_house(local_archived))


async def test_another_opinion_of_pg_archivecleanup_stops_it(
    local_archived: LocalSite, open_house: OpenHouse
) -> None:
    # A directory with a segment's name: the program would list it, and fail at it half way.
    os.mkdir(local_archived.local.archive / "000000010000000000000000")
    house = open_house(local_archived)
    with pytest.raises(BadInput, match="they differ in 000000010000000000000000"):
        await proposed(house)
    assert Path(local_archived.local.archive / "000000010000000000000000").is_dir()
