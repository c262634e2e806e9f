"""How steps reach a running server: over pgtui's own connection, with its own password."""

from collections.abc import Sequence
from typing import Protocol

from pgtui.domain.place import Place


class ServerSql(Protocol):
    """Runs statements on the server of a place (services/inventory.py)."""

    async def run_sql(self, place: Place, statements: Sequence[str]) -> tuple[tuple[str | None, ...], ...]:
        """Run statements one by one, each by itself, and return the last one's rows as text.

        Raises ConnectError (PasswordNeeded), QueryFailed, HostError, BadInput for a place nobody knows.
        """
