"""What stands in the list of the recovery mode: moments, base backups, sandboxes, and what was noticed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath

from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster
from pgtui.domain.preflight import Finding
from pgtui.domain.sandbox import Sandbox
from pgtui.services.recovery import RecoveryRange
from pgtui.ui.instants import between, instant_text, zoned
from pgtui.ui.present import Cell, Tone, age_text, server_mark, severity_mark, size_text
from pgtui.ui.widgets.virtual_list import Column


@dataclass(frozen=True)
class Moment:
    """Something known to have happened, and a time after it and before whatever came next."""

    happened: datetime
    words: str
    after: datetime


Item = Moment | BaseBackup | Sandbox | Finding | Cluster


@dataclass(frozen=True)
class Entry:
    """One row: the group's name on its first row only."""

    group: str
    when: Cell
    what: Cell
    item: Item


COLUMNS: tuple[Column[Entry], ...] = (
    Column("", lambda entry: Cell(entry.group, Tone.ACCENT), width=9),
    Column("", lambda entry: entry.when, width=29),
    Column("", lambda entry: entry.what),
)


def entries(
    reach: RecoveryRange, sandboxes: Sequence[Sandbox], zone: str, pinned: str, now: datetime
) -> list[Entry]:
    """Return all rows, grouped; `zone` is the one that times are shown in."""
    rows = _grouped("Moments", [_moment_row(moment, zone) for moment in moments(reach)])
    rows += _grouped("Sandboxes", [_sandbox_row(sandbox, now) for sandbox in sandboxes])
    rows += _grouped("Noticed", [_finding_row(finding) for finding in reach.findings])
    rows += _grouped("Backups", [_backup_row(backup, zone, pinned) for backup in reach.backups])
    return rows


def moments(reach: RecoveryRange) -> list[Moment]:
    """Return the known moments in order of time, each with the target that keeps it and nothing later."""
    known = sorted(reach.suggestions)
    following = [when for when, _ in known[1:]] + [reach.latest]
    return [
        Moment(when, words, between(when, after))
        for (when, words), after in zip(known, following, strict=False)
    ]


def cluster_entries(clusters: Sequence[Cluster]) -> list[Entry]:
    """Return the rows of which a cluster is picked."""
    rows = []
    for cluster in clusters:
        mark = server_mark(cluster.state)
        rows.append(Entry("", Cell(str(mark), mark.tone), Cell(f"{cluster.name}  {cluster.place}"), cluster))
    return _grouped("Clusters", rows)


def backup_name(backup: BaseBackup) -> str:
    """Return the last part of a backup's path, which is what people call it."""
    return PurePosixPath(backup.path).name or backup.path


def _grouped(group: str, rows: list[Entry]) -> list[Entry]:
    return [
        Entry(group if index == 0 else "", row.when, row.what, row.item) for index, row in enumerate(rows)
    ]


def _moment_row(moment: Moment, zone: str) -> Entry:
    return Entry(
        "", Cell(zoned(moment.happened, zone).isoformat(" ", "milliseconds")), Cell(moment.words), moment
    )


def _backup_row(backup: BaseBackup, zone: str, pinned: str) -> Entry:
    when = instant_text(backup.ended.replace(microsecond=0), zone)
    name = backup_name(backup)
    if backup.problem:
        return Entry(
            "", Cell(when, Tone.DIM), Cell(f"✕ {name} cannot be used: {backup.problem}", Tone.WARN), backup
        )
    mark = "→ chosen  " if backup.path == pinned else ""
    size = f", {size_text(backup.size)}" if backup.size else ""
    label = f" ({backup.label.label})" if backup.label.label not in ("", name) else ""
    what = f"{mark}{name}{label}, from {backup.label.start_lsn}, PostgreSQL {backup.version}{size}"
    return Entry("", Cell(when), Cell(what, Tone.STRONG if mark else Tone.PLAIN), backup)


def _sandbox_row(sandbox: Sandbox, now: datetime) -> Entry:
    state = "● running" if sandbox.running else "○ stopped"
    tone = Tone.GOOD if sandbox.running else Tone.DIM
    return Entry(
        "",
        Cell(f"{state}, {_age(sandbox, now)}", tone),
        Cell(f"{sandbox.spec.target}  {sandbox.spec.name}"),
        sandbox,
    )


def _age(sandbox: Sandbox, now: datetime) -> str:
    try:
        return age_text(datetime.fromisoformat(sandbox.spec.created), now)
    except (ValueError, TypeError):
        return "of unknown age"


def _finding_row(finding: Finding) -> Entry:
    mark = severity_mark(finding.severity)
    words = f"{finding.message} {finding.hint}".rstrip()
    return Entry("", Cell(str(mark), mark.tone), Cell(words), finding)
