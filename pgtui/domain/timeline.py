"""Timelines and their history files (manual: "Timelines")."""

import re
from dataclasses import dataclass

from pgtui.domain.lsn import Lsn

_LINE = re.compile(r"^\s*(\d+)\s+([0-9A-Fa-f]{1,8}/[0-9A-Fa-f]{1,8})(?:\s+(.*))?$")


@dataclass(frozen=True)
class Switch:
    """Where a timeline left its parent."""

    parent: int
    at: Lsn
    reason: str = ""


@dataclass(frozen=True)
class TimelineHistory:
    """A timeline with its whole ancestry, oldest first; timeline 1 has none."""

    timeline: int
    switches: tuple[Switch, ...] = ()

    def begins(self) -> tuple[tuple[int, Lsn], ...]:
        """Return (timeline, LSN of its begin) along the path, newest first; the oldest begins at 0/0."""
        ids = [*(switch.parent for switch in self.switches), self.timeline]
        starts = [Lsn(0), *(switch.at for switch in self.switches)]
        return tuple(reversed(list(zip(ids, starts, strict=True))))

    def timeline_at(self, lsn: Lsn) -> int:
        """Return which timeline of the path holds this position."""
        return next(timeline for timeline, begin in self.begins() if begin <= lsn)

    def holds(self, timeline: int, lsn: Lsn) -> bool:
        """Return whether this position of that timeline lies on the path: a backup there can follow it."""
        return self.timeline_at(lsn) == timeline


def parse_history(timeline: int, text: str) -> TimelineHistory:
    """Read a `.history` file: `parent<TAB>switch LSN<TAB>reason` a line, oldest first.

    Raises ValueError when the ancestry does not increase or a line is not one.
    """
    switches: list[Switch] = []
    # Only here a line ends for PostgreSQL: the name of a restore point may hold all other line separators.
    for line in text.split("\n"):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.match(line)
        if not match:
            raise ValueError(f"syntax error in history file: {line!r}")
        switches.append(Switch(int(match[1]), Lsn.parse(match[2]), match[3] or ""))
    ids = [*(s.parent for s in switches), timeline]
    if any(a >= b for a, b in zip(ids, ids[1:], strict=False)):
        raise ValueError("invalid data in history file: timeline IDs must increase")
    return TimelineHistory(timeline, tuple(switches))


def required_timeline(history: TimelineHistory, number: int, segment_size: int) -> int:
    """Return the timeline whose file of segment `number` is needed on this path.

    That is the newest timeline that begins in or before the segment: in the segment of a fork only the
    child's file is right, although PostgreSQL would take the parent's file when it is absent and follow
    the abandoned timeline.
    """
    return next(t for t, begin in history.begins() if begin.value // segment_size <= number)
