"""Clusters: what is known of them without and with a connection."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pgtui.domain.lsn import Lsn
from pgtui.domain.place import HostKind, Place
from pgtui.domain.server_version import ServerVersion


class ServerState(StrEnum):
    """Whether a server runs, as its host sees it."""

    RUNNING = "running"
    STOPPED = "stopped"
    PAUSED = "paused"
    MISSING = "missing"
    """The configuration names it and the host does not have it."""
    UNKNOWN = "unknown"

    @property
    def is_down(self) -> bool:
        """Whether the host tells that nothing answers there."""
        return self in (ServerState.STOPPED, ServerState.PAUSED, ServerState.MISSING)


@dataclass(frozen=True)
class Cluster:
    """A cluster in the inventory: what its host and the configuration tell, without a connection."""

    name: str
    """Unique; what every command calls it."""
    place: Place
    state: ServerState
    version: ServerVersion | None = None
    """As far as it can be known from outside (image, PG_VERSION)."""
    data_directory: str | None = None
    image: str | None = None
    """The container's image."""
    user: str = "postgres"
    """The database user that pgtui connects as."""
    database: str = "postgres"
    """The database that pgtui connects to first."""
    backups: tuple[str, ...] = ()
    """Directories that hold base backups, as the cluster's host sees them."""
    archive: str | None = None
    """Directory of archived WAL; None: to be read from archive_command."""
    from_config: bool = False
    """Whether the configuration has an entry for it."""
    problem: str = ""
    """Why it cannot be used, in a sentence."""
    container_id: str | None = None
    """The container's full id, so that the configuration can name it by id."""


@dataclass(frozen=True)
class HostStatus:
    """One host and whether it can be used."""

    kind: HostKind
    title: str
    """For people: "Docker", "This machine"."""
    version: str = ""
    problem: str = ""
    """Why it cannot be used, in a sentence; "" when it can."""
    hint: str = ""


@dataclass(frozen=True)
class InventorySnapshot:
    """Everything found in one look: hosts with their state, clusters sorted by host and name."""

    hosts: tuple[HostStatus, ...]
    clusters: tuple[Cluster, ...]
    taken: datetime


@dataclass(frozen=True)
class ArchiverState:
    """Archiving: its settings, and `pg_stat_archiver` (manual: "pg_stat_archiver")."""

    mode: str
    """archive_mode: off, on, always."""
    command: str
    """archive_command, as `SHOW` tells it."""
    library: str
    """archive_library; "" on 14 and older."""
    timeout: int
    """archive_timeout in seconds; 0 is off."""
    archived_count: int
    last_archived_wal: str | None
    last_archived_time: datetime | None
    failed_count: int
    last_failed_wal: str | None
    last_failed_time: datetime | None


@dataclass(frozen=True)
class ChangedSetting:
    """A setting whose value is not the built-in default."""

    name: str
    value: str
    unit: str
    source: str
    """Where the value comes from: a file with its line, or the source's name."""
    pending_restart: bool


@dataclass(frozen=True)
class Tablespace:
    """A tablespace: its location is "" for the two built-in ones."""

    oid: int
    name: str
    location: str
    size: int | None


@dataclass(frozen=True)
class Role:
    """A role with the attributes that matter for backups."""

    name: str
    can_login: bool
    is_superuser: bool
    can_replicate: bool
    valid_until: datetime | None


@dataclass(frozen=True)
class Database:
    """A database; size in bytes, None when the role may not know it."""

    oid: int
    name: str
    owner: str
    encoding: str
    collation: str
    size: int | None
    allows_connections: bool
    is_template: bool


@dataclass(frozen=True)
class Extension:
    """An installed extension of the database that pgtui is connected to."""

    name: str
    version: str
    schema: str


@dataclass(frozen=True)
class Schema:
    """A schema; the number of relations in it."""

    oid: int
    name: str
    owner: str
    relations: int


@dataclass(frozen=True)
class Relation:
    """A table, index, view, sequence or materialized view; size in bytes with its TOAST table."""

    oid: int
    name: str
    kind: str
    """In words: table, partitioned table, view, materialized view, sequence, foreign table, index."""
    owner: str
    size: int
    rows: int | None
    """The planner's estimate; None when never analyzed."""


@dataclass(frozen=True)
class ClusterFacts:
    """What the server itself tells. None: this role may not know it, or this version does not tell."""

    taken: datetime
    """By the server's clock."""
    version: ServerVersion
    version_text: str
    system_identifier: str | None
    in_recovery: bool
    """Whether it is a standby or still recovering."""
    timeline: int | None
    current_lsn: Lsn | None
    """Written position on a primary, replayed one on a standby."""
    wal_level: str
    wal_segment_size: int
    time_zone: str
    """The server's TimeZone setting."""
    archiver: ArchiverState
    data_directory: str | None
    started: datetime
    size: int | None
    """Bytes in all databases."""
    tablespaces: tuple[Tablespace, ...]
    databases: tuple[Database, ...]
    roles: tuple[Role, ...]
    extensions: tuple[Extension, ...]
    changed_settings: tuple[ChangedSetting, ...]
    missing_privileges: tuple[str, ...] = ()
    """What could not be seen and which grant would show it, a sentence each."""

    @property
    def pending_restart(self) -> tuple[str, ...]:
        """Names of settings that wait for a restart."""
        return tuple(s.name for s in self.changed_settings if s.pending_restart)
