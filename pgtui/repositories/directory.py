"""A repository of plain directories: results of `pg_basebackup`, and a directory of WAL segments."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, tzinfo

from pgtui.domain.archive import Archive, likely_segment_size
from pgtui.domain.backup import (
    BackupLabel,
    BaseBackup,
    history_file_name,
    manifest_end,
    manifest_start,
    parse_label,
    parse_label_time,
)
from pgtui.domain.command import Command
from pgtui.domain.control_data import ControlData, parse_control_data
from pgtui.domain.errors import FileProblem, HostError
from pgtui.domain.server_version import ServerVersion
from pgtui.domain.timeline import TimelineHistory
from pgtui.domain.wal import SEGMENT_NAME
from pgtui.hosts.base import Host, check
from pgtui.repositories.archive_directory import ArchiveDirectory, archived

# One call for all: each candidate's facts, every field ended by NUL, so that any name can be read back.
_LOOK = r"""
for top; do
  for d in "$top" "$top"/*; do
    [ -f "$d/backup_label" ] || [ -f "$d/backup_manifest" ] || continue
    printf '%s\0' "$d"
    cat "$d/PG_VERSION" 2>/dev/null; printf '\0'
    cat "$d/backup_label" 2>/dev/null; printf '\0'
    tail -c 4096 "$d/backup_manifest" 2>/dev/null; printf '\0'
    stat -c %Y "$d/backup_manifest" 2>/dev/null || stat -c %Y "$d/backup_label"; printf '\0'
    du -sk "$d" 2>/dev/null; printf '\0'
    ls "$d/pg_wal" 2>/dev/null; printf '\0'
    for l in "$d"/pg_tblspc/*; do
      [ -L "$l" ] && { printf '%s\0' "${l##*/}"; readlink -n "$l"; printf '\0'; }
    done
    printf '\0'
  done
done
"""


class DirectoryRepository:
    """Reads a cluster's backups and archive through its host."""

    def __init__(self, host: Host, backups: tuple[str, ...], archive: str) -> None:
        """Take the directories, as the host sees them; `archive` may be "" when there is none."""
        self._host = host
        self._backups = backups
        self._archive = archive

    async def archive(self) -> Archive:
        """Read what WAL there is. Raises HostError."""
        if not self._archive:
            return Archive("", (), (TimelineHistory(1),), likely_segment_size(()))
        directory = ArchiveDirectory(self._host, self._archive)
        tally = await directory.tally(None)
        names = (file.name for file in tally.odd if file.kind != "d")
        histories, problems = await directory.histories(names)
        segments = await asyncio.to_thread(archived, tally)
        told = tuple(problems.values())
        return Archive(self._archive, segments, tuple(histories.values()), tally.segment_size, told)

    async def backups(self, archive: Archive, zone: tzinfo | None) -> tuple[BaseBackup, ...]:
        """Find base backups, newest first, unusable ones with their problem. Raises HostError."""
        if not self._backups:
            return ()
        command = Command(("sh", "-c", _LOOK, "sh", *self._backups), user=self._host.widest_account)
        output = await check(self._host.run(command, deadline=120), "Looking for base backups")
        found = {backup.path: backup for backup in _read_all(output.decode(errors="surrogateescape"))}
        dated = [await self._dated(backup, archive, zone) for backup in found.values()]
        return tuple(sorted(dated, key=lambda backup: backup.ended, reverse=True))

    async def control_data(self, backup: BaseBackup) -> ControlData:
        """Read the control file of a base backup. Raises HostError."""
        program = f"{self._host.bindir}/pg_controldata" if self._host.bindir else "pg_controldata"
        command = Command((program, "-D", backup.path), self._host.widest_account, (("LC_ALL", "C"),))
        output = await check(self._host.run(command, deadline=60), "Reading the backup's control file")
        try:
            return parse_control_data(output.decode(errors="replace"))
        except ValueError as error:
            raise HostError(
                f"The control file of {backup.path} cannot be used: {error}.",
                "The backup may be damaged; pg_verifybackup tells.",
            ) from None

    async def _dated(self, backup: BaseBackup, archive: Archive, zone: tzinfo | None) -> BaseBackup:
        """Add when the backup stopped: only its history file in the archive tells that."""
        if not self._archive or backup.problem:
            return backup
        name = history_file_name(backup.label, archive.segment_size)
        try:
            text = (await self._host.read(f"{self._archive}/{name}")).decode(errors="replace")
            told = parse_label(text)
        except (FileProblem, ValueError):
            return backup
        # Another cluster's archive may hold a file of this name: it must be about this very backup.
        if told.start_lsn != backup.label.start_lsn or told.label != backup.label.label:
            return backup
        stopped = parse_label_time(told.stop_time, zone)
        return replace(backup, stopped=stopped, end_lsn=backup.end_lsn or told.stop_lsn)


def _read_all(output: str) -> Iterator[BaseBackup]:
    fields = iter(output.split("\0"))
    for path in fields:
        if not path:
            return
        version, label, manifest, modified, size, wal = (next(fields) for _ in range(6))
        tablespaces: list[tuple[str, str]] = []
        while oid := next(fields):
            tablespaces.append((oid, next(fields)))
        yield _backup(path, version, label, manifest, modified, size, wal, tuple(tablespaces))


def _backup(
    path: str,
    version: str,
    label: str,
    manifest: str,
    modified: str,
    size: str,
    wal: str,
    tablespaces: tuple[tuple[str, str], ...],
) -> BaseBackup:
    try:
        read = parse_label(label)
        problem = ""
    except ValueError:
        read, problem = (
            _label_of(manifest),
            "It has no readable backup_label: it may have been started already.",
        )
    if not version.strip().isdigit():
        problem = problem or "It has no PG_VERSION: it is not a whole data directory."
    elif not manifest:
        problem = problem or "It has no backup_manifest: it did not finish, or was made without one."
    elif read.incremental_from:
        problem = (
            problem or "It is an incremental backup: combine it with its chain first (pg_combinebackup)."
        )
    return BaseBackup(
        path=path,
        label=read,
        version=ServerVersion.of_major(int(version)) if version.strip().isdigit() else ServerVersion(0),
        end_lsn=manifest_end(manifest),
        stopped=None,
        modified=datetime.fromtimestamp(int(modified or 0), UTC),
        size=int((size.split() or ["0"])[0]) * 1024,
        tablespaces=tablespaces,
        carried_segments=tuple(name for name in wal.splitlines() if SEGMENT_NAME.match(name)),
        problem=problem,
    )


def _label_of(manifest: str) -> BackupLabel:
    """Say as much of a backup without a label as its manifest tells: where it starts, else 0/0."""
    start = manifest_start(manifest)
    return replace(_NO_LABEL, timeline=start[0], start_lsn=start[1]) if start else _NO_LABEL


_NO_LABEL = parse_label("START WAL LOCATION: 0/0 (file 000000010000000000000000)\nSTART TIMELINE: 1\n")
