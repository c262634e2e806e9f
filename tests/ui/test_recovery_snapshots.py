"""How Recovery, its plan and Jobs look, small and large, with fixed values."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pgtui.domain.sandbox import Sandbox
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.widgets.result_table import ResultTable
from tests.ui.console import LARGE, SMALL, make_app, shows, until
from tests.ui.fakes import MB
from tests.ui.fakes_recovery import (
    COMMANDS,
    FAILED,
    INTERRUPTED,
    RUNNING,
    STOPPED,
    FakeSandboxes,
    RecordingJobs,
    services,
    spec,
)

Walk = Callable[[Pilot[None]], Awaitable[None]]


@pytest.fixture(autouse=True)
def terminal_zone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")


@pytest.fixture
def look(snap_compare: Any) -> Callable[[tuple[int, int], Walk], bool]:
    def compare(size: tuple[int, int], walk: Walk) -> bool:
        sandboxes = FakeSandboxes(found=(Sandbox(spec(), running=True, size=900 * MB),))
        interrupted = replace(INTERRUPTED, id="job-0")
        jobs = RecordingJobs(past=(RUNNING, FAILED, STOPPED), commands=COMMANDS)
        jobs.known["job-0"] = interrupted
        app = make_app(services(sandboxes=sandboxes, jobs=jobs))
        return bool(snap_compare(app, terminal_size=size, run_before=walk))

    return compare


async def to_target(pilot: Pilot[None]) -> None:
    await until(lambda: pilot.app.inventory_snapshot is not None)  # type: ignore[attr-defined]
    await pilot.press("4")
    await shows(pilot.app, "Iron renamed")
    await pilot.press("down", "enter")
    await shows(pilot.app, "From base backup")
    # A blinking cursor is on in one picture and off in the next.
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await shows(pilot.app, "archiving works")


async def to_plan(pilot: Pilot[None]) -> None:
    await to_target(pilot)
    await pilot.press("enter")
    await until(lambda: isinstance(pilot.app.screen, PlanDialog))
    await shows(pilot.app, "Cancel")


async def to_rows(pilot: Pilot[None]) -> None:
    await to_target(pilot)
    await pilot.press("down", "down", "down", "down", "enter")
    await shows(pilot.app, "Tables of")
    await pilot.press("tab", "down", "enter")
    await shows(pilot.app, "Iron2")
    await until(lambda: pilot.app.screen.query_one(ResultTable).has_focus)


async def to_jobs(pilot: Pilot[None]) -> None:
    await until(lambda: pilot.app.inventory_snapshot is not None)  # type: ignore[attr-defined]
    await pilot.press("5")
    await shows(pilot.app, "cut off")
    await shows(pilot.app, "archiving works")


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("walk", [to_target, to_plan, to_rows, to_jobs])
def test_it_looks_as_it_did(
    look: Callable[[tuple[int, int], Walk], bool], walk: Walk, size: tuple[int, int]
) -> None:
    assert look(size, walk)
