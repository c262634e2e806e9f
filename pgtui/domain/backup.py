"""Base backups as `pg_basebackup` leaves them (manual: "Backup Manifest Format", backup_label)."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo

from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn
from pgtui.domain.server_version import ServerVersion
from pgtui.domain.target_input import parse_zone


@dataclass(frozen=True)
class BackupLabel:
    """The lines of a `backup_label` or of a `.backup` history file in the archive."""

    start_lsn: Lsn
    start_segment: str
    checkpoint_lsn: Lsn | None
    method: str
    taken_from: str
    """primary or standby."""
    start_time: str
    """As written: in the zone of log_timezone."""
    label: str
    timeline: int
    stop_lsn: Lsn | None = None
    """Only in the archive's history file."""
    stop_time: str = ""
    """Only in the archive's history file."""
    incremental_from: Lsn | None = None
    """Set for an incremental backup (17+)."""


@dataclass(frozen=True)
class BaseBackup:
    """A base backup that was found: plain format, one directory."""

    path: str
    """As its host sees it."""
    label: BackupLabel
    version: ServerVersion
    end_lsn: Lsn | None
    """Where consistency is reached: the manifest's End-LSN, or the history file's STOP WAL LOCATION."""
    stopped: datetime | None
    """When it ended, from the archive's history file; before it no target can be reached."""
    modified: datetime
    """When its manifest (or label) was last written: not before it ended."""
    size: int
    """Bytes on disk; 0 when not known."""
    tablespaces: tuple[tuple[str, str], ...] = ()
    """(OID, location) of the tablespaces that its links point to."""
    carried_segments: tuple[str, ...] = ()
    """Names of the WAL segments in the backup's own pg_wal."""
    problem: str = ""
    """Why it cannot be used: incomplete, incremental; "" when it can."""

    @property
    def ended(self) -> datetime:
        """The moment from which on targets can be reached, on the safe side.

        The history file tells the second in which the backup stopped; it is over one second later.
        """
        return self.stopped + timedelta(seconds=1) if self.stopped else self.modified


_LINE = re.compile(r"^([A-Z][A-Z ]+): (.*)$")
_LSN = "[0-9A-F]{1,8}/[0-9A-F]{1,8}"


def parse_label(text: str) -> BackupLabel:
    """Read a `backup_label` or `.backup` file. Raises ValueError when it is neither."""
    # Lines end at "\n" only: the label between them is free text.
    found = {m[1]: m[2] for m in map(_LINE.match, text.split("\n")) if m}
    start = re.match(rf"^({_LSN}) \(file ([0-9A-F]{{24}})\)", found.get("START WAL LOCATION", ""))
    if not start:
        raise ValueError("no START WAL LOCATION line")
    stop = found.get("STOP WAL LOCATION", "").partition(" ")[0]
    return BackupLabel(
        start_lsn=Lsn.parse(start[1]),
        start_segment=start[2],
        checkpoint_lsn=_lsn(found.get("CHECKPOINT LOCATION")),
        method=found.get("BACKUP METHOD", ""),
        taken_from=found.get("BACKUP FROM", ""),
        start_time=found.get("START TIME", ""),
        label=found.get("LABEL", ""),
        timeline=int(found.get("START TIMELINE") or start[2][:8], 10 if "START TIMELINE" in found else 16),
        stop_lsn=_lsn(stop),
        stop_time=found.get("STOP TIME", ""),
        incremental_from=_lsn(found.get("INCREMENTAL FROM LSN")),
    )


def history_file_name(label: BackupLabel, segment_size: int) -> str:
    """Return the name of the backup's history file in the archive: segment and offset of its start."""
    return f"{label.start_segment}.{label.start_lsn.value % segment_size:08X}.backup"


def manifest_end(tail: str) -> Lsn | None:
    """Return the last End-LSN of a manifest's WAL-Ranges, given the end of its text."""
    found = re.findall(rf'"End-LSN":\s*"({_LSN})"', tail)
    return max((Lsn.parse(text) for text in found), default=None)


def manifest_start(tail: str) -> tuple[int, Lsn] | None:
    """Return the timeline and the first Start-LSN of a manifest's WAL-Ranges, given the end of its text."""
    pairs = re.findall(rf'"Timeline":\s*(\d+),\s*"Start-LSN":\s*"({_LSN})"', tail)
    return min(
        ((int(timeline), Lsn.parse(text)) for timeline, text in pairs), default=None, key=lambda p: p[1]
    )


def parse_label_time(text: str, zone: tzinfo | None) -> datetime | None:
    """Read a label's time, such as `2026-11-22 11:57:03 UTC`; None when its zone cannot be known.

    Labels carry an abbreviation of log_timezone; `zone` is the server's, and used only when it has that
    abbreviation at that time.
    """
    match = re.match(r"^(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d) (\S+)$", text)
    if not match:
        return None
    try:
        naive, name = datetime.fromisoformat(match[1]), match[2]
    except ValueError:
        return None
    try:
        return naive.replace(tzinfo=parse_zone(name)).astimezone(UTC)
    except BadInput:
        pass
    except OverflowError:
        return None
    # The later of two candidates: a backup must never seem to have ended before it did.
    both = [naive.replace(tzinfo=zone, fold=fold) for fold in (1, 0)] if zone else []
    fitting = [moment.astimezone(UTC) for moment in both if moment.tzname() == name]
    return max(fitting, default=None)


def _lsn(text: str | None) -> Lsn | None:
    try:
        return Lsn.parse(text) if text else None
    except BadInput as error:
        raise ValueError(error.message) from None
