"""Builds every concrete object and wires it: the only place that knows them all.

Heavy libraries (pydantic, psycopg, docker, textual) come in with the objects, inside functions: whoever
asks for help or for a version must not wait for them, and the console shows its first frame without them.
"""

import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pgtui.cli.wiring import Options, Wiring

if TYPE_CHECKING:
    from pgtui.config import Settings
    from pgtui.services.bundle import Services
    from pgtui.services.doctor import Doctor


def start(arguments: Sequence[str]) -> int:
    """Carry out a command line and return the exit code."""
    from pgtui.cli.entry import run

    return run(arguments, wiring())


def wiring() -> Wiring:
    """Return the ways to the services, as commands get them."""
    return Wiring(
        options=Options(),
        state_directory=state_directory,
        open_services=open_services,
        open_doctor=open_doctor,
        open_console=open_console,
    )


def state_directory() -> Path:
    """Return the directory of this user for journal, audit log and crash reports."""
    from platformdirs import user_state_path

    return user_state_path("pgtui", appauthor=False)


async def open_services(options: Options) -> "Services":
    """Read the configuration and build the services. Raises ConfigError."""
    import asyncio

    # In a thread: importing the drivers takes as long as the console's own start, and would freeze it.
    return await asyncio.to_thread(_services_from_file, options)


def open_console(options: Options, chosen: str | None) -> int:
    """Run the console and return its exit code."""
    if not options.animation:
        # Textual reads it once, when it is imported.
        os.environ["TEXTUAL_ANIMATIONS"] = "none"
    from pgtui.ui.app import PgtuiApp

    app = PgtuiApp(
        lambda: open_services(options),
        theme=options.theme,
        chosen=chosen,
        state_directory=state_directory(),
    )
    app.run()
    return app.return_code or 0


def _services_from_file(options: Options) -> "Services":
    from pgtui.config_reading import load_settings

    return build_services(load_settings(options.config))
