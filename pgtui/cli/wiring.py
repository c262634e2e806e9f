"""What a command is given: the options of the command line, and the ways to the services."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.services.doctor import Doctor


@dataclass(frozen=True)
class Options:
    """The global options."""

    config: Path | None = None
    """The configuration file; None: the user's own, which may be absent."""
    theme: str | None = None
    animation: bool = True
    verbose: bool = False


@dataclass(frozen=True)
class Wiring:
    """Made by bootstrap, which alone knows what stands behind these."""

    options: Options
    state_directory: Callable[[], Path]
    """Where journal, audit log and crash reports lie."""
    open_services: Callable[[Options], Awaitable["Services"]]
    """Raises ConfigError."""
    open_doctor: Callable[[Options], Awaitable["Doctor"]]
    """Never fails because of the configuration: that is one of the things it tells."""
    open_console: Callable[[Options, str | None], int]
    """Run the console, with this cluster chosen, and return its exit code."""
