"""Opening the console in tests, waiting for what it shows, and reading its screen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen

from pgtui.services.bundle import Services
from pgtui.ui.app import PgtuiApp
from pgtui.ui.commands import Mode
from tests.ui.fakes import NOW, fake_services

SMALL = (80, 24)
LARGE = (200, 50)
DEADLINE = 15.0


def make_app(
    services: Services | None = None, *, chosen: str | None = "student", state: Path | None = None
) -> PgtuiApp:
    """A console on fakes, with a clock that stands still."""
    bundle = services or fake_services()

    async def open_services() -> Services:
        return bundle

    return PgtuiApp(
        open_services,
        theme="dark",
        chosen=chosen,
        refresh_seconds=0.05,
        clock=lambda: NOW,
        state_directory=state,
    )


@asynccontextmanager
async def console(
    services: Services | None = None, *, size: tuple[int, int] = SMALL, chosen: str | None = "student"
) -> AsyncIterator[Pilot[None]]:
    """An open console that has looked once."""
    app = make_app(services, chosen=chosen)
    async with app.run_test(size=size, notifications=True, tooltips=True) as pilot:
        await until(lambda: app.inventory_snapshot is not None)
        await pilot.pause()
        yield pilot


async def until(condition: Callable[[], object], what: str = "") -> None:
    """Wait until a condition holds; fail past the deadline."""
    loop = asyncio.get_running_loop()
    end = loop.time() + DEADLINE
    while not condition():
        assert loop.time() < end, what or "the condition did not come true in time"
        await asyncio.sleep(0.01)


def screen_lines(app: App[None]) -> list[str]:
    """The characters on the screen, as they would be painted."""
    strips = app.screen._compositor.render_strips()  # noqa: SLF001
    return ["".join(segment.text for segment in strip).rstrip() for strip in strips]


def screen_text(app: App[None]) -> str:
    """The screen as one text."""
    return "\n".join(screen_lines(app))


async def shows(app: App[None], words: str) -> None:
    """Wait until the screen shows these words."""
    end = asyncio.get_running_loop().time() + DEADLINE
    while words not in screen_text(app):
        assert asyncio.get_running_loop().time() < end, f"{words!r} did not appear on:\n{screen_text(app)}"
        await asyncio.sleep(0.01)


async def go_to(pilot: Pilot[None], mode: Mode) -> None:
    """Switch to a mode by its function key, which works in fields, too."""
    await pilot.press(f"f{mode.key}")
    await until(lambda: pilot.app.current_mode == mode.value)
    await pilot.pause()


async def lies_on_top(app: App[None], screen: Screen[Any]) -> None:
    """Wait until this very screen is the one that is shown, with all its widgets."""
    await until(lambda: app.screen is screen and screen.is_mounted)
