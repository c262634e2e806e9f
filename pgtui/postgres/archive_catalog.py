"""What a server tells of its archiving, as values: asked again and again, so each question is cheap.

Imports psycopg: whatever the console needs before its first frame must not import this module.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from psycopg import errors
from psycopg.rows import class_row

from pgtui.domain.archive_sample import (
    COMPRESSED,
    ArchiveLook,
    ArchiverProcess,
    ArchiveSample,
    DirectoryState,
    Slot,
    WalDirectory,
)
from pgtui.domain.lsn import Lsn
from pgtui.postgres.catalog import query
from pgtui.postgres.connection import Connection

MOST_NAMES = 500
"""Names of segments that are fetched, however many there are."""
_ARCHIVER_IS_SHOWN = 140_000


@dataclass(frozen=True)
class _Sample:
    taken: datetime
    started: datetime
    version_num: int
    in_recovery: bool
    timeline: int | None
    lsn: str | None
    segment_size: int
    mode: str
    command: str
    library: str
    timeout: int
    wal_level: str
    archived_count: int
    last_archived_wal: str | None
    last_archived_time: datetime | None
    failed_count: int
    last_failed_wal: str | None
    last_failed_time: datetime | None
    stats_reset: datetime | None
    archiver_pid: int | None
    archiver_started: datetime | None
    archiver_wait_event: str | None
    role: str
    sees_processes: bool
    sees_wal: bool
    sees_control: bool
    slots: list[tuple[str, bool, str | None, str, int]]


async def read_archive_sample(connection: Connection) -> ArchiveSample:
    """Take a sample: one query, and on a standby a second one for its timeline."""
    async with connection.cursor(row_factory=class_row(_Sample)) as cursor:
        await cursor.execute(query("archive_sample"))
        row = await cursor.fetchone()
    assert row is not None, "the query has always one row"
    timeline = row.timeline
    if row.in_recovery and row.sees_control:
        timeline = await _standby_timeline(connection)
    sees_archiver = row.sees_processes and row.version_num >= _ARCHIVER_IS_SHOWN
    archiver = None
    if row.archiver_pid is not None and row.archiver_started is not None:
        archiver = ArchiverProcess(row.archiver_pid, row.archiver_started, row.archiver_wait_event or "")
    return ArchiveSample(
        taken=row.taken,
        started=row.started,
        version_num=row.version_num,
        in_recovery=row.in_recovery,
        timeline=timeline,
        lsn=Lsn.parse(row.lsn) if row.lsn else None,
        segment_size=row.segment_size,
        mode=row.mode,
        command=row.command,
        library=row.library,
        timeout=row.timeout,
        wal_level=row.wal_level,
        archived_count=row.archived_count,
        last_archived_wal=row.last_archived_wal,
        last_archived_time=row.last_archived_time,
        failed_count=row.failed_count,
        last_failed_wal=row.last_failed_wal,
        last_failed_time=row.last_failed_time,
        stats_reset=row.stats_reset,
        archiver=archiver,
        sees_archiver=sees_archiver,
        slots=tuple(
            Slot(name, active, Lsn.parse(position) if position else None, status, int(held))
            for name, active, position, status, held in row.slots
        ),
        unseen=_unseen(row, timeline),
    )


async def _standby_timeline(connection: Connection) -> int | None:
    cursor = await connection.execute(query("timeline_standby"))
    found = await cursor.fetchone()
    return cast("int | None", found[0]) if found else None


def _unseen(row: _Sample, timeline: int | None) -> tuple[str, ...]:
    """Say what the role may not see, and which grant would show it."""
    sentences = []
    grant = f"GRANT pg_monitor TO {row.role} shows"
    if not row.sees_wal:
        sentences.append(f"Which segments wait, and how much lies in pg_wal, is hidden: {grant} it.")
    if not row.sees_processes and row.version_num >= _ARCHIVER_IS_SHOWN:
        sentences.append(f"Whether the archiver runs is hidden: {grant} it.")
    if row.in_recovery and timeline is None:
        functions = "pg_control_checkpoint(), pg_control_recovery()"
        sentences.append(
            f"The timeline is hidden: GRANT EXECUTE ON FUNCTION {functions} TO {row.role} shows it."
        )
    return tuple(sentences)


async def read_wal_directory(connection: Connection) -> WalDirectory | None:
    """Look into pg_wal and its archive_status; None when the role may not."""
    if not await _may(connection, "wal_directory_privilege"):
        return None
    row = await _wal_row(connection)
    return WalDirectory(
        taken=row.taken,
        ready=row.ready,
        oldest_ready=row.oldest_ready,
        ready_names=tuple(row.ready_names),
        other_ready=row.other_ready,
        segments=row.segments,
        size=row.size,
        names=tuple(reversed(row.names)),
    )


async def _wal_row(connection: Connection, tries: int = 3) -> "_WalRow":
    try:
        async with connection.cursor(row_factory=class_row(_WalRow)) as cursor:
            await cursor.execute(query("wal_directory"), {"most": MOST_NAMES})
            row = await cursor.fetchone()
    except errors.UndefinedFile:
        # Older servers trip over a file that vanishes while they list.
        if tries == 1:
            raise
        return await _wal_row(connection, tries - 1)
    assert row is not None, "the query has always one row"
    return row


@dataclass(frozen=True)
class _WalRow:
    taken: datetime
    ready: int
    oldest_ready: datetime | None
    ready_names: list[str]
    other_ready: int
    segments: int
    size: int
    names: list[str]


async def read_archive_look(
    connection: Connection, directory: str, names: Sequence[str], taken: datetime
) -> ArchiveLook | None:
    """Look for segments in a directory of the server's host; None when the role may not.

    The server does not tell how much space is free, nor whether it may write there.
    """
    if not await _may(connection, "archive_look_privilege"):
        return None
    asked = tuple(names)
    try:
        cursor = await connection.execute(query("archive_directory"), (directory,))
        found = await cursor.fetchone()
        is_directory = found[0] if found else None
        if not is_directory:
            state = DirectoryState.MISSING if is_directory is None else DirectoryState.NOT_A_DIRECTORY
            return ArchiveLook(taken, directory, state, asked=asked)
        values = {"names": list(asked), "suffixes": ["", *COMPRESSED], "directory": directory}
        cursor = await connection.execute(query("archive_files"), values)
        present = frozenset(cast(str, name) for (name,) in await cursor.fetchall())
    except errors.InsufficientPrivilege as error:
        # The role may look: it is the server's account that may not.
        return ArchiveLook(
            taken, directory, DirectoryState.CLOSED, error.diag.message_primary or "", asked=asked
        )
    except errors.WrongObjectType:
        # A part of its path is a file.
        return ArchiveLook(taken, directory, DirectoryState.NOT_A_DIRECTORY, asked=asked)
    return ArchiveLook(taken, directory, DirectoryState.THERE, asked=asked, present=present)


async def _may(connection: Connection, name: str) -> bool:
    cursor = await connection.execute(query(name))
    found = await cursor.fetchone()
    return bool(found and found[0])
