"""Recovery into a sandbox, for real: every host, every version."""

import subprocess
from collections.abc import Callable

import pytest

from pgtui.domain.errors import BadInput, QueryFailed
from pgtui.domain.job import JobState
from pgtui.services.recovery import RecoveryDraft
from tests.services.house import DATABASE, TABLE, History, House, LocalSite, Site, quoted

OpenHouse = Callable[[Site], House]
NAMES = f"SELECT name FROM {quoted(TABLE)} ORDER BY id"


async def test_a_sandbox_shows_the_past_and_can_be_removed(
    past: tuple[Site, History], open_house: OpenHouse
) -> None:
    site, history = past
    house = open_house(site)
    proposal = await house.recovery.propose(RecoveryDraft("student", history.iron2))

    job = await house.jobs.wait(house.jobs.submit(proposal.plan))

    assert (job.state, job.error) == (JobState.DONE, "")
    name = _sandbox_of(job.plan.steps[0].step)
    result = await house.sandboxes.query(name, DATABASE, NAMES)
    assert result.columns == ("name",)
    assert result.rows == (("Iron2",), (None,), ("",))
    assert DATABASE in await house.sandboxes.databases(name)
    with pytest.raises(QueryFailed, match="read-only"):
        await house.sandboxes.query(name, DATABASE, f"DELETE FROM {quoted(TABLE)}")
    # The live cluster has gone on, and is not touched.
    assert site.psql("SELECT pg_is_in_recovery()") == "f"
    assert site.psql("SELECT count(*) FROM pg_class WHERE relname LIKE 'class %'", DATABASE) == "0"

    removal = await house.jobs.wait(house.jobs.submit(await house.sandboxes.remove_plan(name)))
    assert removal.state is JobState.DONE
    assert not house.jobs.get(job.id).can_undo
    assert "removed" in house.jobs.get(job.id).hint
    assert name not in [s.spec.name for s in await house.sandboxes.list()]


async def test_the_script_alone_gives_the_same_result(
    past: tuple[Site, History], open_house: OpenHouse
) -> None:
    site, history = past
    house = open_house(site)
    plan = (await house.recovery.propose(RecoveryDraft("student", history.iron))).plan
    script = await house.jobs.script(plan)

    _bash(script)

    name = _sandbox_of(plan.steps[0].step)
    sandbox = await house.sandboxes.find(name)
    assert sandbox.running
    assert (await house.sandboxes.query(name, DATABASE, NAMES)).rows[0] == ("Iron",)
    _bash(script, "undo")
    assert name not in [s.spec.name for s in await house.sandboxes.list()]


async def test_progress_goes_from_the_backup_to_the_target(
    local_past: tuple[LocalSite, History], open_house: OpenHouse
) -> None:
    site, history = local_past
    house = open_house(site)
    plan = (await house.recovery.propose(RecoveryDraft("student", history.iron3))).plan
    told = []
    house.jobs.listen(lambda job: told.append(job.progress))

    await house.jobs.wait(house.jobs.submit(plan))

    fractions = [p.fraction for p in told if p and p.fraction is not None]
    assert fractions[-1] == 1.0
    assert all(0 <= f <= 1 for f in fractions)
    assert told[-1] is not None
    assert "target" in told[-1].text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", "No time was given"),
        ("yesterday", "is not a time"),
        ("2026-11-22 11:59:57", "has no time zone"),
        ("2026-02-30 11:59:57+00", "is not a time"),
        ("2026-11-22 11:59:57 IST", "not a time zone"),
        ("2999-01-01 00:00:00+00", "in the future"),
        ("2001-01-01 00:00:00+00", "before the end of the first base backup"),
    ],
)
async def test_what_cannot_be_meant_or_reached_is_refused(
    local_past: tuple[LocalSite, History], open_house: OpenHouse, typed: str, words: str
) -> None:
    site, _ = local_past
    house = open_house(site)

    with pytest.raises(BadInput, match=words) as refusal:
        await house.recovery.propose(RecoveryDraft("student", typed))

    assert refusal.value.hint
    assert await house.sandboxes.list() == ()


async def test_a_time_before_the_backup_is_refused(past: tuple[Site, History], open_house: OpenHouse) -> None:
    site, history = past

    with pytest.raises(BadInput, match="before the end of the first base backup"):
        await open_house(site).recovery.propose(RecoveryDraft("student", history.before_backup))


async def test_a_time_after_the_last_transaction_is_refused(
    past: tuple[Site, History], open_house: OpenHouse
) -> None:
    site, history = past

    with pytest.raises(BadInput, match="no transaction in the archive ended after it"):
        await open_house(site).recovery.propose(RecoveryDraft("student", history.at_end))


async def test_the_range_tells_backups_and_bounds(past: tuple[Site, History], open_house: OpenHouse) -> None:
    site, history = past

    reach = await open_house(site).recovery.range("student")

    assert [b.problem for b in reach.backups] == [""]
    assert reach.earliest is not None
    assert reach.latest is not None
    assert reach.earliest < reach.latest
    assert reach.backups[0].stopped is not None
    assert reach.server_zone


def _sandbox_of(step: object) -> str:
    name = step.sandbox.name  # type: ignore[attr-defined]
    assert isinstance(name, str)
    return name


def _bash(script: str, *arguments: str) -> None:
    done = subprocess.run(
        ["bash", "-s", "--", *arguments],
        input=script,
        text=True,
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
