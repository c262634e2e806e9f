"""Which base backup and timeline a recovery to a moment uses, and why it cannot be done when it cannot."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.archive import Archive, Reach, reach
from pgtui.domain.backup import BaseBackup
from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn
from pgtui.domain.preflight import Finding, Severity
from pgtui.domain.recovery_target import server_time
from pgtui.domain.timeline import TimelineHistory


@dataclass(frozen=True)
class Choice:
    """A base backup, and how far it can be rolled forward along the chosen timeline."""

    backup: BaseBackup
    reach: Reach
    findings: tuple[Finding, ...]


def usable(backups: Sequence[BaseBackup]) -> tuple[BaseBackup, ...]:
    """Return the backups without a problem, newest first."""
    return tuple(sorted((b for b in backups if not b.problem), key=lambda b: b.ended, reverse=True))


def earliest(backups: Sequence[BaseBackup]) -> datetime | None:
    """Return the moment before which nothing can be reached."""
    return min((backup.ended for backup in usable(backups)), default=None)


def lies_on(backup: BaseBackup, history: TimelineHistory) -> bool:
    """Return whether a timeline can be followed from a backup: the path holds it up to its end."""
    last = Lsn(backup.end_lsn.value - 1) if backup.end_lsn else backup.label.start_lsn
    return history.holds(backup.label.timeline, last)


def choose_backup(
    backups: Sequence[BaseBackup], target: datetime, path: str, history: TimelineHistory | None = None
) -> BaseBackup:
    """Return the named backup, or the newest one that ended before the target. Raises BadInput.

    Backups from which `history` can be followed come first: a newer one may lie on a past left behind.
    """
    good = usable(backups)
    if path:
        return _named(backups, target, path)
    fitting = [backup for backup in good if backup.ended <= target]
    if fitting:
        return next((backup for backup in fitting if history and lies_on(backup, history)), fitting[0])
    if good:
        first = server_time(good[-1].ended)
        raise BadInput(
            f"{server_time(target)} lies before the end of the first base backup, {first}.",
            "No earlier moment can be reached. Choose a time after the end of a base backup.",
        )
    reasons = "; ".join(f"{backup.path}: {backup.problem}" for backup in backups)
    raise BadInput(
        "There is no base backup to start from." + (f" {reasons}" if reasons else ""),
        "Take one with pg_basebackup, and name its directory under `backups` in the configuration.",
    )


def _named(backups: Sequence[BaseBackup], target: datetime, path: str) -> BaseBackup:
    found = next((backup for backup in backups if backup.path == path), None)
    if found is None:
        raise BadInput(
            f"There is no base backup {path!r}.",
            f"These are there: {', '.join(repr(b.path) for b in backups) or 'none'}.",
        )
    if found.problem:
        raise BadInput(f"The base backup {path!r} cannot be used: {found.problem}", "Choose another one.")
    if found.ended > target:
        raise BadInput(
            f"{server_time(target)} lies before the end of this base backup, {server_time(found.ended)}.",
            "Choose an older base backup, or a later time.",
        )
    return found


def choose_timeline(
    archive: Archive, backup: BaseBackup, *, wanted: int | None, current: int | None
) -> tuple[TimelineHistory, tuple[Finding, ...]]:
    """Return the timeline to follow: the wanted one, else the server's present one, else the newest.

    Only timelines on whose path the backup lies can be followed. Never "latest": PostgreSQL would find
    that by probing, and may take one that the backup does not lie on. Raises BadInput.
    """
    known = {h.timeline: h for h in archive.histories if lies_on(backup, h)}
    if backup.label.timeline not in known:
        raise BadInput(
            f"The archive does not hold the history of timeline {backup.label.timeline}, "
            "which the base backup lies on.",
            f"Bring {backup.label.timeline:08X}.history into the archive.",
        )
    if wanted is not None:
        if wanted not in known:
            raise BadInput(
                f"Timeline {wanted} cannot be followed from the base backup {backup.path!r}.",
                f"These can: {', '.join(map(str, sorted(known)))}.",
            )
        return known[wanted], ()
    chosen = known[current] if current in known else known[max(known)]
    if current is not None and current not in known:
        left_behind = Finding(
            Severity.WARN,
            f"The server is on timeline {current}, which cannot be followed from the base backup "
            f"{backup.path!r}; timeline {chosen.timeline} is taken.",
            f"Choose a base backup that lies on timeline {current} if that is the past you mean.",
        )
        return chosen, (left_behind,)
    if len(known) == 1:
        return chosen, ()
    note = Finding(
        Severity.WARN,
        f"Several timelines can be followed from this backup ({', '.join(map(str, sorted(known)))}); "
        f"timeline {chosen.timeline} is taken.",
        "Name another one to see the past that was left behind.",
    )
    return chosen, (note,)


def follow(archive: Archive, backup: BaseBackup, history: TimelineHistory, target: datetime) -> Choice:
    """See how far the WAL goes and whether the target lies within. Raises BadInput."""
    far = reach(archive, history, backup)
    if backup.end_lsn is not None and far.end < backup.end_lsn:
        raise BadInput(
            f"The archive lacks the WAL that the base backup {backup.path!r} needs to become consistent "
            f"(up to {backup.end_lsn}; it ends at {far.end}).",
            "Bring the missing segments into the archive, or use another base backup.",
        )
    if far.until is None or target > far.until:
        raise BadInput(_too_late(target, far), _way_out(far))
    findings = _hole_note(far) if far.is_broken else ()
    return Choice(backup, far, findings)


def _too_late(target: datetime, far: Reach) -> str:
    if far.is_broken:
        return (
            f"{server_time(target)} cannot be reached: the archive has a hole, {far.missing} is missing or "
            "of the wrong size."
        )
    until = f"its last segment was archived at {server_time(far.until)}" if far.until else "it holds no WAL"
    return f"{server_time(target)} cannot be reached: the archive does not go that far; {until}."


def _way_out(far: Reach) -> str:
    if far.is_broken:
        before = f" What lies before it was archived until {server_time(far.until)}." if far.until else ""
        return f"Bring {far.missing} into the archive, or choose an earlier time.{before}"
    return "Choose an earlier time, or have the server archive what it still holds: select pg_switch_wal();"


def _hole_note(far: Reach) -> tuple[Finding, ...]:
    return (
        Finding(
            Severity.NOTE,
            f"The archive has a hole later on: {far.missing} is missing or of the wrong size.",
            "Nothing behind it can be reached from this base backup.",
        ),
    )
