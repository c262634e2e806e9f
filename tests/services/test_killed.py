"""pgtui is killed at each step of a recovery: the next start finds it, and can finish or undo it."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pgtui.domain.errors import BadInput
from pgtui.domain.job import JobState
from tests.services.house import (
    DATABASE,
    TABLE,
    DockerSite,
    History,
    House,
    LocalSite,
    Site,
    build_house,
    quoted,
)

CREATE, LAY_DOWN, START, AWAIT = range(4)
POINTS = [
    *((step, "begun") for step in (CREATE, LAY_DOWN, START, AWAIT)),
    (LAY_DOWN, "working"),
    *((step, "done") for step in (CREATE, LAY_DOWN, START, AWAIT)),
]
IDS = [f"step{step + 1}-{when}" for step, when in POINTS]


@pytest.fixture(params=POINTS, ids=IDS)
def interrupted(
    request: pytest.FixtureRequest, newest_past: tuple[Site, History], tmp_path: Path
) -> tuple[House, Site]:
    """What a killed pgtui left behind: a fresh house over it."""
    site, history = newest_past
    step, when = request.param
    order = {
        **_order(site),
        **{"state": str(tmp_path / "state"), "target": history.iron2, "step": step, "when": when},
    }
    killed = subprocess.run(
        [sys.executable, "-m", "tests.services.victim", json.dumps(order)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    return build_house(site.engine(), site.cluster, tmp_path / "state"), site


async def test_it_is_reported_and_can_be_finished(interrupted: tuple[House, Site]) -> None:
    house, site = interrupted
    [job] = await house.jobs.load_past()
    assert (job.state, job.can_undo, job.can_finish) == (JobState.INTERRUPTED, True, True)

    house.jobs.finish(job.id)
    job = await house.jobs.wait(job.id)

    assert (job.state, job.error) == (JobState.DONE, "")
    spec = job.plan.steps[0].step.sandbox  # type: ignore[union-attr]
    names = f"SELECT name FROM {quoted(TABLE)} WHERE id = 1"
    assert (await house.sandboxes.query(spec.name, DATABASE, names)).rows == (("Iron2",),)
    assert await house.jobs.load_past() == ()
    await (await house.hosts.open(site.cluster.place)).remove_sandbox(spec)
    await house.inventory.close()


async def test_it_can_be_undone_and_leaves_nothing(interrupted: tuple[House, Site]) -> None:
    house, _ = interrupted
    [job] = await house.jobs.load_past()
    spec = job.plan.steps[0].step.sandbox  # type: ignore[union-attr]

    house.jobs.undo(job.id)
    job = await house.jobs.wait(job.id)

    assert (job.state, job.error) == (JobState.UNDONE, "")
    assert spec.name not in [s.spec.name for s in await house.sandboxes.list()]
    with pytest.raises(BadInput):
        await house.sandboxes.query(spec.name, DATABASE, "select 1")
    # The cluster, its backup and its archive are as they were: the same moment can be looked at again.
    reach = await house.recovery.range("student")
    assert [b.problem for b in reach.backups] == [""]
    assert reach.findings == ()
    await house.inventory.close()


def _order(site: Site) -> dict[str, object]:
    common: dict[str, object] = {
        "kind": site.cluster.place.kind,
        "place": site.cluster.place.name,
        "user": site.cluster.user,
        "backups": site.cluster.backups[0],
        "archive": site.cluster.archive,
    }
    if isinstance(site, DockerSite):
        return common
    assert isinstance(site, LocalSite)
    engine = {
        "data_directories": [str(site.local.data)],
        "bindirs": [str(site.local.bindir)],
        "sandbox_directory": str(site.sandboxes),
    }
    return {**common, "engine": engine}
