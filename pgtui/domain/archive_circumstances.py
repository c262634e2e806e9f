"""What decides a verdict on archiving before its figures do: the server is there, and archiving is set up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.archive_command import keeps_nothing
from pgtui.domain.archive_sample import ArchiveSample
from pgtui.domain.archive_status import ArchiveFailure, ArchiveState, Verdict
from pgtui.domain.cluster import ServerState
from pgtui.domain.masked import masked

FRESH = 5.0
"""Seconds after which a sample is not the present any more."""
_BOTH_SET = 160_000
"""From this version on the server refuses a command beside a library."""


@dataclass(frozen=True)
class Circumstances:
    """What is known beside samples."""

    now: datetime
    """By this machine's clock."""
    server: ServerState = ServerState.RUNNING
    sampled: datetime | None = None
    """When the newest sample came, by this machine's clock; None: just now."""
    failure: ArchiveFailure | None = None
    """The newest failure in the server log."""
    mended: str = ""
    """Why what failed last seems mended, as `Mending` tells; "" when nothing tells so."""
    clock_skew: float = 0.0
    """Seconds by which the server's clock is ahead of this machine's."""
    archiving_takes: float = 0.0
    """Seconds that a segment has taken lately, as `Milestones` tell; 0.0: not known."""
    problem: str = ""
    """Why the server could not be asked the last time, in a sentence."""
    problem_hint: str = ""


def is_fresh(sampled: datetime | None, now: datetime) -> bool:
    """Whether a sample that came then still tells of the present."""
    return sampled is not None and (now - sampled).total_seconds() <= FRESH


def not_there(samples: Sequence[ArchiveSample], known: Circumstances) -> Verdict | None:
    """The verdict when the server is down, or does not answer."""
    match known.server:
        case ServerState.STOPPED:
            return Verdict(
                ArchiveState.STOPPED, "The server is stopped: nothing is archived.", "Start the server."
            )
        case ServerState.PAUSED:
            return Verdict(
                ArchiveState.STOPPED,
                "The server's container is paused: nothing is archived.",
                "Unpause the container.",
            )
        case ServerState.MISSING:
            return Verdict(
                ArchiveState.STOPPED,
                "The server is not there any more: nothing is archived.",
                "Was its container or data directory removed?",
            )
        case ServerState.RUNNING | ServerState.UNKNOWN:
            pass
        case _:
            assert_never(known.server)
    if not samples:
        return Verdict(
            ArchiveState.UNKNOWN, known.problem or "The server has not answered yet.", known.problem_hint
        )
    if known.sampled is not None and not is_fresh(known.sampled, known.now):
        silence = duration_in_words((known.now - known.sampled).total_seconds())
        words = f"The server has not answered for {silence}"
        reason = f"{words}: {known.problem}" if known.problem else f"{words}."
        return Verdict(ArchiveState.UNKNOWN, reason, known.problem_hint)
    return None


def not_set_up(sample: ArchiveSample) -> Verdict | None:
    """The verdict when archiving is off, or not configured."""
    if sample.mode == "off":
        where = " on this standby: once promoted, it will archive nothing" if sample.in_recovery else ""
        reason = f"archive_mode is off{where}."
        return Verdict(ArchiveState.OFF, reason, "Set up archiving; the server needs a restart for it.")
    if not sample.archives_here:
        return Verdict(
            ArchiveState.IDLE,
            "This is a standby with archive_mode = on: it archives nothing, its primary does.",
            "archive_mode = always would have the standby archive as well.",
        )
    if sample.library:
        if sample.command and sample.version_num >= _BOTH_SET:
            return Verdict(
                ArchiveState.FAILING,
                "archive_command and archive_library are both set, so that the server runs neither.",
                "Set one of them to an empty string, then reload.",
            )
        return None
    if not sample.command or sample.command == "(disabled)":
        return Verdict(
            ArchiveState.STOPPED,
            "archive_mode is on, and archive_command is empty: WAL is kept in pg_wal and not archived.",
            "Set up archive_command, or pg_wal will fill its file system.",
        )
    if keeps_nothing(sample.command):
        return Verdict(
            ArchiveState.OFF,
            f"archive_command reports success and keeps nothing: {masked(sample.command)}",
            "Set up an archive_command that copies WAL; until then no backup can be rolled forward.",
        )
    return None
