"""What one look at a cluster's archiving tells (manual: "pg_stat_archiver", "Continuous Archiving").

A sample is what the server says of itself at one moment, by its own clock. A look at the archive directory
comes from the host, or from the server where its role may look, and has a moment of its own.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pgtui.domain.lsn import Lsn


@dataclass(frozen=True)
class ArchiverProcess:
    """The archiver in pg_stat_activity (14 and newer)."""

    pid: int
    started: datetime
    """A later one without a restart of the server means that the archiver has died in between."""
    wait_event: str
    """`ArchiveCommand` while the command runs (15 and newer); "" when it runs on the CPU or is not told."""


@dataclass(frozen=True)
class Slot:
    """A replication slot: it keeps WAL from `restart_lsn` on in pg_wal (manual: "pg_replication_slots")."""

    name: str
    is_active: bool
    restart_lsn: Lsn | None
    wal_status: str
    """reserved, extended, unreserved, lost; "" when not told."""
    held: int
    """Bytes of WAL between `restart_lsn` and the current position; 0 without a position."""


@dataclass(frozen=True)
class WalDirectory:
    """What lies in pg_wal and pg_wal/archive_status; looked at less often than a sample is taken."""

    taken: datetime
    """By the server's clock."""
    ready: int
    """Segments that wait to be archived: `.ready` files with a segment's name."""
    oldest_ready: datetime | None
    """When the oldest of them became ready."""
    ready_names: tuple[str, ...]
    """Names of the oldest of them (segments, at most 500), in the order they will be archived."""
    other_ready: int
    """`.ready` files of timeline histories, backup histories and `.partial` segments."""
    segments: int
    """Segment files in pg_wal, recycled ones included."""
    size: int
    """Bytes of all files in pg_wal."""
    names: tuple[str, ...]
    """Names of the newest segment files in pg_wal (at most 500), sorted."""


@dataclass(frozen=True)
class ArchiveSample:
    """What a server tells of its archiving at one moment."""

    taken: datetime
    """By the server's clock."""
    started: datetime
    """When the server was started."""
    version_num: int
    in_recovery: bool
    timeline: int | None
    """None when it cannot be known (a standby whose role may not ask)."""
    lsn: Lsn | None
    """Written position on a primary, replayed one on a standby."""
    segment_size: int
    mode: str
    """archive_mode: off, on, always."""
    command: str
    """archive_command as `SHOW` tells it: "(disabled)" when archive_mode is off."""
    library: str
    """archive_library; "" on 14 and older."""
    timeout: int
    """archive_timeout in seconds; 0 is off."""
    wal_level: str
    archived_count: int
    last_archived_wal: str | None
    last_archived_time: datetime | None
    failed_count: int
    last_failed_wal: str | None
    last_failed_time: datetime | None
    stats_reset: datetime | None
    archiver: ArchiverProcess | None
    """None: there is none, or it cannot be seen (`sees_archiver`)."""
    sees_archiver: bool
    """Whether role and version let us see the archiver's process, so that its absence means something."""
    slots: tuple[Slot, ...] = ()
    wal: WalDirectory | None = None
    """The newest look at pg_wal; None when the role may not look or none was taken yet."""
    unseen: tuple[str, ...] = ()
    """What the role may not see and which grant would show it, a sentence each."""

    @property
    def archives_here(self) -> bool:
        """Whether this server archives what it writes or receives, as its settings have it."""
        return self.mode == "always" or (self.mode == "on" and not self.in_recovery)

    @property
    def failed_last(self) -> bool:
        """Whether the newest thing that the statistics count is a failure."""
        failed, archived = self.last_failed_time, self.last_archived_time
        return failed is not None and (archived is None or failed > archived)


class DirectoryState(StrEnum):
    """What lies at the archive directory's path."""

    THERE = "there"
    MISSING = "missing"
    NOT_A_DIRECTORY = "not a directory"
    CLOSED = "closed"
    """It is there and the server's account may not write into it."""
    UNKNOWN = "unknown"
    """It could not be looked at, or it is not known where it is."""


@dataclass(frozen=True)
class ArchiveLook:
    """One look at the archive directory itself."""

    taken: datetime
    """By the clock of this machine."""
    directory: str
    """Empty when it is not known: archive_command or archive_library could not be recognised."""
    state: DirectoryState
    problem: str = ""
    """Why it could not be looked at, in a sentence."""
    free: int | None = None
    """Bytes free on its file system."""
    wal_free: int | None = None
    """Bytes free on the file system of pg_wal."""
    asked: tuple[str, ...] = ()
    """Segments that were looked for."""
    present: frozenset[str] = frozenset()
    """Those of `asked` that are there, compressed ones (.gz, .zst, .lz4, .bz2, .xz) included."""


COMPRESSED = (".gz", ".zst", ".lz4", ".bz2", ".xz")
"""Endings of compressed segments."""
