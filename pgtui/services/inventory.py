"""The inventory: which clusters there are, and what their servers tell of themselves."""

from collections.abc import AsyncGenerator

from pgtui.domain.cluster import Cluster, ClusterFacts, Database, InventorySnapshot, Relation, Schema
from pgtui.domain.secret import Secret
from pgtui.hosts.base import Host


class Inventory:
    """Finds clusters on every engine, overlaid with the configuration's entries."""

    async def look(self) -> InventorySnapshot:
        """Look at every engine, concurrently, and return what is there now. Never raises."""
        raise NotImplementedError

    async def cluster(self, name: str) -> Cluster:
        """Return one cluster by name. Raises BadInput naming the nearest real one."""
        raise NotImplementedError

    async def host(self, name: str) -> Host:
        """Open the host of a cluster."""
        raise NotImplementedError

    async def facts(self, name: str) -> ClusterFacts:
        """Ask the server for its facts. Raises ConnectError (PasswordNeeded), QueryFailed, HostError."""
        raise NotImplementedError

    def use_password(self, name: str, password: Secret) -> None:
        """Keep a password that the user typed, in memory only."""
        raise NotImplementedError

    async def schemas(self, name: str, database: str) -> tuple[Schema, ...]:
        """Return the schemas of a database, sorted by name."""
        raise NotImplementedError

    async def relations(self, name: str, database: str, schema: str) -> tuple[Relation, ...]:
        """Return the relations of a schema, sorted by name (100,000 are fine)."""
        raise NotImplementedError

    async def databases(self, name: str) -> tuple[Database, ...]:
        """Return the databases, sorted by name."""
        raise NotImplementedError

    def server_log(self, name: str, *, last: int = 1000) -> AsyncGenerator[str, None]:
        """Yield lines of a cluster's server log: the last ones, then those that come."""
        raise NotImplementedError

    async def add(self, cluster: Cluster) -> None:
        """Write an entry for a cluster to the configuration file; the user's comments stay."""
        raise NotImplementedError

    async def hide(self, name: str) -> None:
        """Have a discovered cluster not shown any more (`hidden = true` in the configuration)."""
        raise NotImplementedError

    async def close(self) -> None:
        """Close every connection."""
