"""Sandboxes: list them, ask them, remove them."""

from dataclasses import dataclass

from pgtui.domain.plan import Plan
from pgtui.domain.sandbox import Sandbox


@dataclass(frozen=True)
class QueryResult:
    """Rows as the server writes them out; None is NULL."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    truncated: bool
    """Whether there were more rows than asked for."""
    seconds: float
    status: str = ""
    """The command's tag when it returns no rows."""


class Sandboxes:
    """Every sandbox that pgtui made and that still lies somewhere."""

    async def list(self) -> tuple[Sandbox, ...]:
        """Return all sandboxes, newest first; hosts that do not answer are left out."""
        raise NotImplementedError

    async def find(self, name: str) -> Sandbox:
        """Return one by its name. Raises BadInput naming the nearest real one."""
        raise NotImplementedError

    async def databases(self, name: str) -> tuple[str, ...]:
        """Return the names of the databases that can be connected to, user databases first."""
        raise NotImplementedError

    async def query(self, name: str, database: str, sql: str, *, rows: int = 1000) -> QueryResult:
        """Run one read-only statement (60 s at most). Raises QueryFailed with the server's words."""
        raise NotImplementedError

    async def remove_plan(self, name: str) -> Plan:
        """Return the plan that removes a sandbox."""
        raise NotImplementedError
