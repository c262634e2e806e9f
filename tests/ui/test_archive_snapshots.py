"""How the Archive mode looks, small and large, with fixed values; and as text without colours."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from pgtui.domain.cluster import Cluster, InventorySnapshot, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.domain.server_version import ServerVersion
from pgtui.services.bundle import Services
from tests.ui.archive_values import FAILING, OFF, OK, STALE, state
from tests.ui.console import LARGE, SMALL, console, make_app, screen_text, shows
from tests.ui.fakes import FACTS, HOSTS, NOW, FakeInventory
from tests.ui.fakes_archive import FakeMonitor, archive_services

GOLDEN = Path(__file__).parent / "golden"

Walk = Callable[[Pilot[None]], Awaitable[None]]

_LAGGING = state(ArchiveState.LAGGING, "More is written than archived: 12 segments (192 MB) wait.")
_CATCHING_UP = state(ArchiveState.CATCHING_UP, "4 segments wait, fewer each second.")
_IDLE = state(ArchiveState.IDLE, "Nothing is written and nothing waits.")


async def to_ok(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving works")
    await pilot.press("2")
    await shows(pilot.app, "11:59")
    await pilot.pause()


async def to_failing(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving fails")
    await pilot.press("2")
    await shows(pilot.app, "11:59")
    await pilot.pause()


async def to_all(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving fails")
    await pilot.press("2", "o")
    await shows(pilot.app, "24 clusters")
    await pilot.pause()


async def to_wizard(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving off")
    await pilot.press("2")
    await shows(pilot.app, "11:59")
    await pilot.press("s")
    await shows(pilot.app, "needs a restart")
    await shows(pilot.app, "/var/lib/postgresql/archive")
    # A blinking cursor is on in one picture and off in the next.
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()


async def to_report(pilot: Pilot[None]) -> None:
    await to_ok(pilot)
    await pilot.press("c")
    await shows(pilot.app, "HOLES")
    await pilot.pause()


def many() -> Services:
    states: tuple[ArchiveStatus, ...] = (
        FAILING,
        OK,
        OK,
        _IDLE,
        OK,
        _LAGGING,
        OFF,
        OK,
        _CATCHING_UP,
        STALE,
        OK,
    )
    clusters = tuple(
        Cluster(
            f"shop-{number:02d}",
            Place(HostKind.DOCKER, f"shop-{number:02d}"),
            ServerState.STOPPED if number == 11 else ServerState.RUNNING,
            ServerVersion(170011),
        )
        for number in range(24)
    )
    known = {
        cluster.name: replace(states[number % 11], cluster=cluster.name)
        for number, cluster in enumerate(clusters)
        if number not in (11, 17)
    }
    answers = {cluster.name: FACTS for cluster in clusters}
    inventory = FakeInventory(snapshot=InventorySnapshot(HOSTS, clusters, NOW), answers=dict(answers))
    return archive_services(FakeMonitor(known, {}), inventory=inventory)


def services(walk: Walk) -> Services:
    if walk is to_all:
        return many()
    status = FAILING if walk is to_failing else OFF if walk is to_wizard else OK
    return archive_services(FakeMonitor({"student": status}))


@pytest.mark.parametrize("size", [SMALL, LARGE], ids=["small", "large"])
@pytest.mark.parametrize("walk", [to_ok, to_failing, to_all, to_wizard, to_report])
def test_it_looks_as_it_did(walk: Walk, size: tuple[int, int], snap_compare: Any) -> None:
    app = make_app(services(walk), chosen="shop-00" if walk is to_all else "student")

    assert snap_compare(app, terminal_size=size, run_before=walk)


async def test_without_colours_the_same_is_told_in_symbols_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console(services(to_failing)) as pilot:
        await to_failing(pilot)
        shown = screen_text(pilot.app) + "\n"
        strips = pilot.app.screen._compositor.render_strips()  # noqa: SLF001

    styles = [segment.style for strip in strips for segment in strip if segment.style]
    colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour]
    assert colours
    for colour in colours:
        red, green, blue = colour.get_truecolor()
        assert red == green == blue
    assert shown == (GOLDEN / "archive_failing_80x24.txt").read_text()
