"""Why a recovery did not get to its target, from the server's own log (messages as of lc_messages=C)."""

import re
from dataclasses import dataclass

from pgtui.domain.lsn import Lsn

REACHED = "pausing at the end of recovery"
"""What the server logs when it pauses at its target, and only then."""
PAUSED_EARLY = "recovery has paused"
"""What it logs when it pauses elsewhere: on request, or because a setting is too low."""

_KNOWN: tuple[tuple[str, str, str], ...] = (
    # Causes first: the server goes on after them, and ends with one of the sentences further down.
    (
        r"No space left on device",
        "The disk is full.",
        "Make room, or set sandbox_directory to another file system.",
    ),
    (
        r"WAL file is from different database system",
        "The archive holds segments of another database system.",
        "Point `archive` at this cluster's own archive.",
    ),
    (
        r"archive file \"[^\"]*\" has wrong size",
        "A segment in the archive has the wrong size.",
        "It was cut off, or is compressed; a good copy has to take its place.",
    ),
    (
        r"recovery ended before configured recovery target was reached",
        "The archive ended before the target: no transaction that ended after it was found.",
        "Choose an earlier time, or have the server archive its current segment first (pg_switch_wal()).",
    ),
    (
        r"requested recovery stop point is before consistent recovery point",
        "The target lies before the end of the base backup.",
        "Choose a later time, or an older base backup.",
    ),
    (
        r"requested timeline \d+ is not a child of this server's history",
        "The base backup does not lie on the path of the chosen timeline.",
        "Choose another timeline, or another base backup.",
    ),
    (
        r"recovery target timeline \d+ does not exist",
        "The archive does not hold the history file of the chosen timeline.",
        "Bring the .history file into the archive, or choose another timeline.",
    ),
    (
        r"could not locate required checkpoint record|invalid checkpoint record",
        "The first WAL segment that the base backup needs could not be had from the archive.",
        "See whether the archive holds it and the server's account may read it.",
    ),
    (
        r"could not restore file \"[^\"]*\" from archive",
        "The restore command failed in a way that is not `file absent`.",
        "See whether the archive can be read by the server's account.",
    ),
    (
        r"insufficient parameter settings|is a lower setting than on the (?:primary|master) server",
        "A setting was raised on the primary later than the base backup, and the sandbox has it lower.",
        "Take a base backup that is newer than that change.",
    ),
    (
        r"this is an incremental backup, not a data directory",
        "The base backup is an incremental one.",
        "Combine it with its chain first (pg_combinebackup).",
    ),
    (
        r"database files are incompatible with server",
        "The base backup was made by another major version.",
        "It needs the server programs of its own version.",
    ),
    (
        r"could not access file \"[^\"]*\": No such file or directory",
        "A library that the cluster preloads is not installed here.",
        "Install the extension's package for this server version.",
    ),
)
_SEVERE = re.compile(r"^.*?\b(?:FATAL|PANIC|ERROR): +(.*)$", re.MULTILINE)
_RESTORED = re.compile(r'restored log file "[0-9A-F]{8}([0-9A-F]{8})([0-9A-F]{8})" from archive')
_REDO = re.compile(r"redo in progress, .*?current LSN: ([0-9A-F]{1,8}/[0-9A-F]{1,8})\b")
_TOLD = re.compile(
    r"(?:LOG|WARNING|FATAL|PANIC|ERROR|HINT|DETAIL): +((?:recovery stopping|last completed|redo|consistent|"
    r"pausing|starting (?:point-in-time|archive|backup) recovery|restored log file|recovery has paused).*)$"
)


@dataclass(frozen=True)
class Explanation:
    """What happened, in plain words, with what to do about it."""

    message: str
    hint: str


def explain(log: str) -> Explanation:
    """Return why the recovery failed. Unknown reasons are told in the server's own words."""
    for pattern, message, hint in _KNOWN:
        if re.search(pattern, log):
            return Explanation(f"{message} {_words(log)}".strip(), hint)
    words = _words(log)
    return Explanation(words or "The server ended without a word on why.", "The sandbox's log tells more.")


def _words(log: str) -> str:
    severe = _SEVERE.findall(log)
    return f'The server says: "{severe[-1]}".' if severe else ""


def replayed_position(log: str, segment_size: int) -> Lsn | None:
    """Return how far replay has come, as far as the log tells before connections are accepted."""
    found: list[Lsn] = [Lsn.parse(text) for text in _REDO.findall(log)]
    per_id = 2**32 // segment_size
    for high, low in _RESTORED.findall(log):
        if int(low, 16) < per_id:
            found.append(Lsn((int(high, 16) * per_id + int(low, 16)) * segment_size))
    return max(found, default=None)


def told_lines(log: str) -> tuple[str, ...]:
    """Return the log's lines that tell of the recovery's course, without their prefixes."""
    return tuple(match[1] for line in log.splitlines() if (match := _TOLD.search(line)))
