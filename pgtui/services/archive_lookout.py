"""What the host tells of one cluster's archiving: server state, archive directory, cause in the log."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeVar

from pgtui.domain.archive_sample import ArchiveLook
from pgtui.domain.archive_status import ArchiveFailure
from pgtui.domain.cluster import ServerState
from pgtui.domain.errors import BadInput, HostError, PgtuiError, ServerGone
from pgtui.hosts.base import Host
from pgtui.postgres.archive_log import LogText, newest_failure
from pgtui.services.inventory import Inventory

T = TypeVar("T")
PATIENCE = 10.0
"""Seconds after which a host is not waited for any longer."""
TAIL = 64 * 1024


async def failure_in_log(host: Host) -> ArchiveFailure | None:
    """Return the newest failure to archive that a server's log tells of. Raises HostError."""
    tails = await host.log_tails(TAIL)
    return newest_failure(LogText(t.path, t.data.decode(errors="replace"), t.modified) for t in tails)


class Lookout:
    """Keeps the host of one cluster open; opens it anew when it is not the same any more."""

    def __init__(self, inventory: Inventory, name: str) -> None:
        self._inventory = inventory
        self._name = name
        self._host: Host | None = None

    def forget(self) -> None:
        """Open the host anew for the next question."""
        self._host = None

    async def server(self) -> tuple[ServerState, str]:
        """Return whether the server runs, and why that cannot be told, in a sentence. Never raises."""
        try:
            return await self._ask(lambda host: host.state()), ""
        except (ServerGone, BadInput) as error:
            return ServerState.MISSING, error.message
        except PgtuiError as error:
            return ServerState.UNKNOWN, error.message

    async def look(self, directory: str, names: Sequence[str], taken: datetime) -> ArchiveLook:
        """Look at the archive directory. Raises HostError, BadInput."""
        return await self._ask(lambda host: host.look_at_archive(directory, names, taken))

    async def cause(self) -> tuple[ArchiveFailure | None, str]:
        """Return the newest failure in the log, or why it cannot be read, in a sentence. Never raises."""
        try:
            return await self._ask(failure_in_log), ""
        except PgtuiError as error:
            # The hint names the permission that is missing.
            return None, f"{error.message} {error.hint}".rstrip()

    async def _ask(self, question: Callable[[Host], Awaitable[T]]) -> T:
        try:
            async with asyncio.timeout(PATIENCE):
                if self._host is None:
                    self._host = await self._inventory.host(self._name)
                return await question(self._host)
        except TimeoutError as error:
            raise HostError(f"The host of {self._name} has not answered for {PATIENCE:g} seconds.") from error
        except ServerGone:
            self._host = None
            raise
