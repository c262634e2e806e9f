"""What a command is given: the options of the command line, and the ways to the services."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.services.demo import DemoCluster
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
class DemoChoice:
    """Where a demo is to live."""

    docker: bool = False
    image: str | None = None
    """The image of its container; None: the official one."""


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
    open_console: Callable[[Options, "DemoCluster | None"], int]
    """Run the console, on the demo's cluster if one is given, and return its exit code."""
    make_demo: Callable[[Options, "DemoChoice"], "DemoCluster"]
    """Nothing is started yet. Raises ConfigError."""
