"""The services together, as the console and the commands get them."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from pgtui.services.archive_ports import ArchiveChecking, ArchiveMonitoring, ArchiveSettingUp
from pgtui.services.inventory import Inventory
from pgtui.services.jobs import Jobs
from pgtui.services.recovery import Recovery
from pgtui.services.sandboxes import Sandboxes

if TYPE_CHECKING:
    # It imports pydantic, and the console imports this module before its first frame.
    from pgtui.config import Settings


class Preferences(Protocol):
    """Where the user's choices are kept (config_file.py)."""

    def set_theme(self, theme: str) -> None:
        """Keep a theme for the next start. Raises ConfigError."""


@dataclass(frozen=True)
class Services:
    """Every use case; built in one place, `bootstrap`."""

    settings: "Settings"
    inventory: Inventory
    recovery: Recovery
    sandboxes: Sandboxes
    archive_monitor: ArchiveMonitoring
    archive_setup: ArchiveSettingUp
    archive_check: ArchiveChecking
    jobs: Jobs
    preferences: Preferences

    async def close(self) -> None:
        """End running jobs in an orderly way and close connections: to be awaited before the program ends."""
        await self.jobs.shutdown()
        await self.inventory.close()
