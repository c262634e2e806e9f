"""Sandboxes: list them, ask them, remove them."""

import asyncio
import difflib

from pgtui.domain.errors import BadInput, HostError
from pgtui.domain.plan import Plan, PlannedStep, RemoveSandbox
from pgtui.domain.sandbox import Sandbox
from pgtui.hosts.base import Engine
from pgtui.services.hosts import Hosts
from pgtui.services.sandbox_psql import QueryResult, run_sql

__all__ = ["QueryResult", "Sandboxes"]

_DATABASES = (
    "select datname from pg_database where datallowconn and not datistemplate "
    "order by datname = 'postgres', datname"
)

# The name comes quoted as a statement needs it.
_TABLES = """
select format('%I.%I', n.nspname, c.relname) as "table",
       case c.relkind when 'r' then 'table' when 'p' then 'partitioned table' when 'v' then 'view'
                      when 'm' then 'materialized view' else 'foreign table' end as kind,
       pg_size_pretty(pg_total_relation_size(c.oid)) as size
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
 where c.relkind in ('r', 'p', 'v', 'm', 'f') and not c.relispartition
   and n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_(toast|temp)'
 order by c.relkind in ('v', 'm', 'f'), n.nspname, c.relname
"""


class Sandboxes:
    """Every sandbox that pgtui made and that still lies somewhere."""

    def __init__(self, hosts: Hosts) -> None:
        """Take the hosts to look on."""
        self._hosts = hosts

    async def list(self) -> tuple[Sandbox, ...]:
        """Return all sandboxes, newest first; hosts that do not answer are left out."""
        found = await asyncio.gather(*(_sandboxes_of(engine) for engine in self._hosts.engines))
        every = [sandbox for some in found for sandbox in some]
        return tuple(
            sorted(every, key=lambda sandbox: (sandbox.spec.created, sandbox.spec.name), reverse=True)
        )

    async def find(self, name: str) -> Sandbox:
        """Return one by its name. Raises BadInput naming the nearest real one."""
        every = {sandbox.spec.name: sandbox for sandbox in await self.list()}
        if name in every:
            return every[name]
        near = difflib.get_close_matches(name, every, n=1, cutoff=0.4)
        raise BadInput(
            f"There is no sandbox {name!r}.",
            f"Did you mean {near[0]}?" if near else "`pgtui sandbox list` shows those that are there.",
        )

    async def databases(self, name: str) -> tuple[str, ...]:
        """Return the names of the databases that can be connected to, user databases first."""
        result = await self.query(name, "postgres", _DATABASES)
        return tuple(row[0] for row in result.rows if row[0] is not None)

    async def tables(self, name: str, database: str) -> QueryResult:
        """Return the tables and views of a database: name as a statement needs it, kind, size."""
        return await self.query(name, database, _TABLES)

    async def query(self, name: str, database: str, sql: str, *, rows: int = 1000) -> QueryResult:
        """Run one read-only statement (60 s at most). Raises QueryFailed with the server's words."""
        sandbox = await self.find(name)
        if not sandbox.running:
            raise BadInput(
                f"The server of sandbox {name} does not run.",
                "Remove the sandbox, and recover once more.",
            )
        room = await self._hosts.open(sandbox.spec.source)
        return await run_sql(room, sandbox.spec, database, sql, rows)

    async def remove_plan(self, name: str) -> Plan:
        """Return the plan that removes a sandbox."""
        sandbox = await self.find(name)
        return Plan(
            title=f"Remove the sandbox {name}",
            cluster=sandbox.spec.cluster,
            steps=(PlannedStep(RemoveSandbox(sandbox.spec)),),
            outcome="The cluster, its backups and its archive stay as they are.",
        )


async def _sandboxes_of(engine: Engine) -> tuple[Sandbox, ...]:
    try:
        return await engine.sandboxes()
    except HostError:
        return ()
