"""How the console looks, with fixed values: pictures in the dark theme, and text without colours."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from pgtui.domain.cluster import HostStatus, InventorySnapshot
from pgtui.domain.place import HostKind
from pgtui.services.bundle import Services
from tests.ui.console import LARGE, SMALL, console, make_app, screen_text, shows
from tests.ui.fakes import HOSTS, NOW, FakeInventory, fake_services

GOLDEN = Path(__file__).parent / "golden"

Walk = Callable[[Pilot[None]], Awaitable[None]]


async def to_schema(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving works")
    await pilot.press("right")
    await shows(pilot.app, "student_tracker")
    await pilot.press("down", "down", "right")
    await shows(pilot.app, "audit")
    await pilot.press("down", "right")
    await shows(pilot.app, "Largest")
    await shows(pilot.app, "enrolments_pkey")


async def to_cluster(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving works")
    await pilot.press("right")
    await shows(pilot.app, "student_tracker")


async def to_relations(pilot: Pilot[None]) -> None:
    await to_schema(pilot)
    await pilot.press("slash")
    await shows(pilot.app, "4 relations")
    await _hold_cursors(pilot)


async def to_log(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving works")
    await pilot.press("l")
    await shows(pilot.app, "following")
    await _hold_cursors(pilot)


async def to_help(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "archiving works")
    await pilot.press("question_mark")
    await shows(pilot.app, "What has the focus")


async def to_no_clusters(pilot: Pilot[None]) -> None:
    await shows(pilot.app, "What to do")


async def _hold_cursors(pilot: Pilot[None]) -> None:
    # A blinking cursor is on in one picture and off in the next.
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()


def _services(walk: Walk) -> Services:
    inventory = FakeInventory(
        log_lines=(
            "2026-11-22 11:56:00.001 UTC [71] LOG:  checkpoint starting: time",
            "2026-11-22 11:56:01.204 UTC [71] LOG:  checkpoint complete: wrote 42 buffers (0.3%)",
            '2026-11-22 11:59:57.118 UTC [92] ERROR:  relation "iron" does not exist at character 15',
            "2026-11-22 11:59:57.118 UTC [92] STATEMENT:  select * from iron",
        )
    )
    if walk is to_no_clusters:
        docker = HostStatus(
            HostKind.DOCKER,
            "Docker",
            problem="The engine's socket may not be used: permission denied.",
            hint="Add yourself to the group docker, then log in again.",
        )
        inventory.snapshot = InventorySnapshot((docker, HOSTS[1]), (), NOW)
    return fake_services(inventory)


@pytest.mark.parametrize(
    ("walk", "size"),
    [
        (to_schema, SMALL),
        (to_cluster, LARGE),
        (to_relations, SMALL),
        (to_log, SMALL),
        (to_help, SMALL),
        (to_no_clusters, SMALL),
    ],
    ids=lambda value: getattr(value, "__name__", None) or f"{value[0]}x{value[1]}",
)
def test_it_looks_as_it_did(walk: Walk, size: tuple[int, int], snap_compare: Any) -> None:
    app = make_app(_services(walk), chosen=None if walk is to_no_clusters else "student")

    assert snap_compare(app, terminal_size=size, run_before=walk)


async def test_without_colours_the_same_is_told_in_symbols_and_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with console() as pilot:
        await to_schema(pilot)
        shown = screen_text(pilot.app) + "\n"
        strips = pilot.app.screen._compositor.render_strips()  # noqa: SLF001

    styles = [segment.style for strip in strips for segment in strip if segment.style]
    colours = [colour for style in styles for colour in (style.color, style.bgcolor) if colour]
    assert colours
    for colour in colours:
        red, green, blue = colour.get_truecolor()
        assert red == green == blue
    assert shown == (GOLDEN / "clusters_80x24.txt").read_text()
