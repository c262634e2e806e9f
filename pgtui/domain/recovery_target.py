"""Recovery targets: one value, whichever kind (manual: "Recovery Target")."""

from dataclasses import dataclass
from datetime import UTC, datetime

from pgtui.domain.errors import BadInput


@dataclass(frozen=True)
class TimeTarget:
    """Stop before the first transaction that committed after this instant."""

    time: datetime
    """Aware; microseconds count."""
    timeline: int
    """The timeline to recover along, always as a number."""

    def __post_init__(self) -> None:
        if self.time.tzinfo is None:
            raise BadInput("A recovery time needs a time zone.", "Write an offset behind it, such as +00.")


RecoveryTarget = TimeTarget


def server_time(time: datetime) -> str:
    """Return an instant as PostgreSQL reads it without doubt: in UTC with its offset as a number.

    `Z` and zone abbreviations are rejected in recovery_target_time, and a time without a zone is read in
    the restored server's TimeZone.
    """
    return time.astimezone(UTC).replace(tzinfo=None).isoformat(" ", "microseconds") + "+00"


def describe_target(target: RecoveryTarget) -> str:
    """Return the target in words."""
    return f"{server_time(target.time)} on timeline {target.timeline}"


def target_settings(target: RecoveryTarget) -> tuple[tuple[str, str], ...]:
    """Return the recovery settings: the four other targets emptied first, then the real one.

    Two targets at once are refused at start, and the check depends on the order: an empty one that
    follows the real one is refused as well.
    """
    return (
        ("recovery_target", ""),
        ("recovery_target_lsn", ""),
        ("recovery_target_xid", ""),
        ("recovery_target_name", ""),
        ("recovery_target_time", server_time(target.time)),
        ("recovery_target_inclusive", "on"),
        ("recovery_target_timeline", str(target.timeline)),
        ("recovery_target_action", "pause"),
    )
