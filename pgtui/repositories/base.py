"""The `Repository` protocol: where one cluster's base backups and archived WAL are kept."""

from datetime import tzinfo
from typing import Protocol

from pgtui.domain.archive import Archive
from pgtui.domain.backup import BaseBackup
from pgtui.domain.control_data import ControlData


class Repository(Protocol):
    """Base backups and WAL of one cluster. Every call may raise HostError."""

    async def archive(self) -> Archive:
        """Read what WAL there is."""

    async def backups(self, archive: Archive, zone: tzinfo | None) -> tuple[BaseBackup, ...]:
        """Find base backups, newest first, unusable ones with their problem.

        `zone` is the server's, to read the times that its labels carry.
        """

    async def control_data(self, backup: BaseBackup) -> ControlData:
        """Read the control file of a base backup."""
