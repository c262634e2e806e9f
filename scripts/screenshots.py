"""Draw screenshots/*.svg from the running console on a real demo cluster, from its tree to a row of the past.

`--bindir DIR` takes the PostgreSQL programs there instead of the embedded ones.
"""

import argparse
import asyncio
import re
import sys
import time
from dataclasses import replace
from datetime import UTC
from pathlib import Path
from typing import Any, cast

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from pgtui import bootstrap
from pgtui.cli.wiring import Options
from pgtui.domain.cluster import InventorySnapshot
from pgtui.hosts.local_demo import LocalDemoGround
from pgtui.services.bundle import Services
from pgtui.services.demo import DemoCluster
from pgtui.services.inventory import Inventory
from pgtui.ui.app import PgtuiApp

FOLDER = Path(__file__).parents[1] / "screenshots"
SIZE = (100, 30)
DEADLINE = 60.0


class OnlyTheDemo:
    """An inventory in which nothing else on this machine is seen."""

    def __init__(self, inventory: Inventory, name: str) -> None:
        self._inventory = inventory
        self._name = name

    async def look(self) -> InventorySnapshot:
        snapshot = await self._inventory.look()
        (demo,) = (cluster for cluster in snapshot.clusters if cluster.name == self._name)
        hosts = tuple(host for host in snapshot.hosts if host.kind is demo.place.kind)
        return replace(snapshot, hosts=hosts, clusters=(demo,))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inventory, name)


async def shows(app: App[None], words: str) -> None:
    """Wait until the screen shows these words."""
    end = time.monotonic() + DEADLINE
    while words not in "\n".join(_lines(app)):
        if time.monotonic() > end:
            sys.exit("\n".join([f"{words!r} did not appear on:", *_lines(app)]))
        await asyncio.sleep(0.05)


def _lines(app: App[None]) -> list[str]:
    strips = app.screen._compositor.render_strips()  # noqa: SLF001
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def own_fonts_only(svg: str) -> str:
    """A picture without the fonts that it would fetch from elsewhere."""
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    return svg.replace("Fira Code, monospace", "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace")


async def draw(pilot: Pilot[None], name: str) -> None:
    """Write the present screen to a file."""
    for field in pilot.app.screen.query(Input):
        field.cursor_blink = False
    await pilot.pause()
    path = FOLDER / f"{name}.svg"
    path.write_text(own_fonts_only(pilot.app.export_screenshot(title="pgtui")))
    print(path)


def _message(megabytes: int) -> str:
    return f"SELECT pg_logical_emit_message(false, 'demo', repeat('x', {megabytes * 1_000_000}))"


async def archive_and_fail(pilot: Pilot[None], demo: DemoCluster) -> None:
    """Write WAL for a while, then take the archive away and bring it back, and draw both."""
    app = cast(PgtuiApp, pilot.app)
    assert app.services is not None
    inventory, place, archive = app.services.inventory, demo.cluster.place, Path(str(demo.cluster.archive))
    await pilot.press("plus")
    for size in (3, 5, 2, 6, 4, 1, 5, 7, 3, 2, 6, 4) * 3:
        await inventory.run_sql(place, (_message(size),))
        await asyncio.sleep(0.5)
    await shows(app, "● OK")
    await draw(pilot, "archive")
    away = archive.with_name("elsewhere")
    await asyncio.to_thread(archive.rename, away)
    await inventory.run_sql(place, (_message(1), "SELECT pg_switch_wal()"))
    await shows(app, "exit code")
    await draw(pilot, "archive-failing")
    await asyncio.to_thread(away.rename, archive)
    await inventory.run_sql(place, ("SELECT pg_reload_conf()",))
    await shows(app, "● OK")


async def walk(pilot: Pilot[None], demo: DemoCluster) -> None:
    """Go from the tree to a row of the past, and draw what is seen on the way."""
    app = pilot.app
    await shows(app, "archiving works")
    await pilot.press("right")
    await shows(app, "student_tracker")
    await pilot.press("down", "down", "right")
    await shows(app, "public")
    await pilot.press("down", "right")
    await shows(app, "courses")
    await pilot.press("home", "down")
    await shows(app, "System identifier")
    await draw(pilot, "clusters")
    await pilot.press("2")
    await shows(app, "WAL a second")
    await archive_and_fail(pilot, demo)
    await pilot.press("4")
    await shows(app, "Reachable")
    target = f"{demo.suggested_target.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}+00"
    app.screen.query(Input).first().value = target
    await shows(app, "From base backup")
    await draw(pilot, "recovery")
    await pilot.press("enter")
    await shows(app, "nothing of this has run yet")
    await draw(pilot, "recovery-plan")
    await pilot.press("r")
    await shows(app, "Statement")
    await shows(app, "public.students")
    await pilot.press(*"select", "space", "asterisk", "space", *"from", "space", *"students", "enter")
    await shows(app, "Iron2")
    await draw(pilot, "the-past")
    await pilot.press("f5")
    await shows(app, "✓ done")
    await draw(pilot, "jobs")
    await pilot.press("f1")
    await pilot.press("ctrl+p", *"theme", "space", *"light", "enter")
    await shows(app, "student_tracker")
    await draw(pilot, "clusters-light")


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bindir")
    given = parser.parse_args()
    demo = DemoCluster(LocalDemoGround(bindir=given.bindir))
    await demo.create(lambda words, _: print(words))

    async def open_services() -> Services:
        services = await bootstrap.open_services(Options(), demo)
        return replace(services, inventory=cast(Any, OnlyTheDemo(services.inventory, demo.cluster.name)))

    try:
        FOLDER.mkdir(exist_ok=True)
        app = PgtuiApp(open_services, theme="dark", chosen=demo.cluster.name)
        async with app.run_test(size=SIZE, notifications=False) as pilot:
            await walk(pilot, demo)
        await app.drain()
    finally:
        await demo.remove()


if __name__ == "__main__":
    asyncio.run(main())
