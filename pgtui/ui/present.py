"""Values as text: sizes, durations, times. Pure; nothing here looks at a clock."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from pgtui.domain.amounts import duration_in_words
from pgtui.domain.cluster import ArchiverState, ServerState
from pgtui.domain.job import JobState, StepState
from pgtui.domain.preflight import Severity

UNKNOWN = "unknown"


class Tone(StrEnum):
    """How a piece of text is meant; never the only thing that tells it."""

    PLAIN = ""
    DIM = "dim"
    GOOD = "good"
    WARN = "warn"
    BAD = "bad"
    ACCENT = "accent"
    STRONG = "strong"

    @property
    def style(self) -> str:
        """The style for `pgtui.ui.text.content`."""
        return _STYLES[self]


_STYLES = {
    Tone.PLAIN: "",
    Tone.DIM: "$dim",
    Tone.GOOD: "$success",
    Tone.WARN: "$warning",
    Tone.BAD: "$error",
    Tone.ACCENT: "$primary",
    Tone.STRONG: "bold",
}


@dataclass(frozen=True)
class Cell:
    """A piece of text with its tone."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Mark:
    """A state as a symbol and a word: either alone tells it, without colour."""

    symbol: str
    word: str
    tone: Tone

    def __str__(self) -> str:
        return f"{self.symbol} {self.word}"


_SERVER = {
    ServerState.RUNNING: Mark("●", "running", Tone.GOOD),
    ServerState.STOPPED: Mark("○", "stopped", Tone.DIM),
    ServerState.PAUSED: Mark("◐", "paused", Tone.WARN),
    ServerState.MISSING: Mark("✕", "missing", Tone.BAD),
    ServerState.UNKNOWN: Mark("?", "unknown", Tone.WARN),
}
_JOB = {
    JobState.RUNNING: Mark("▶", "running", Tone.ACCENT),
    JobState.DONE: Mark("✓", "done", Tone.GOOD),
    JobState.FAILED: Mark("✕", "failed", Tone.BAD),
    JobState.CANCELLED: Mark("■", "cancelled", Tone.WARN),
    JobState.INTERRUPTED: Mark("!", "interrupted", Tone.WARN),
    JobState.UNDONE: Mark("↶", "undone", Tone.DIM),
}
_STEP = {
    StepState.WAITING: Mark("·", "waiting", Tone.DIM),
    StepState.RUNNING: Mark("▶", "running", Tone.ACCENT),
    StepState.DONE: Mark("✓", "done", Tone.GOOD),
    StepState.FAILED: Mark("✕", "failed", Tone.BAD),
    StepState.UNDONE: Mark("↶", "undone", Tone.DIM),
}
_SEVERITY = {
    Severity.REFUSE: Mark("✕", "refused", Tone.BAD),
    Severity.WARN: Mark("!", "warning", Tone.WARN),
    Severity.NOTE: Mark("i", "note", Tone.ACCENT),
}


def server_mark(state: ServerState) -> Mark:
    return _SERVER[state]


def job_mark(state: JobState) -> Mark:
    return _JOB[state]


def step_mark(state: StepState) -> Mark:
    return _STEP[state]


def severity_mark(severity: Severity) -> Mark:
    return _SEVERITY[severity]


def archiving_mark(archiver: ArchiverState) -> Mark:
    """Whether archiving works: judged by its settings and its last attempt, since nothing else is known."""
    if archiver.mode == "off":
        return Mark("○", "archiving off", Tone.WARN)
    if not archiver.command and not archiver.library:
        return Mark("!", "archiving has no command", Tone.WARN)
    failed, archived = archiver.last_failed_time, archiver.last_archived_time
    if failed and (archived is None or failed > archived):
        return Mark("✕", "archiving fails", Tone.BAD)
    if archived is None:
        return Mark("●", "archiving on, nothing archived yet", Tone.PLAIN)
    return Mark("●", "archiving works", Tone.GOOD)


def size_text(size: int | None) -> str:
    """Bytes as PostgreSQL's pg_size_pretty writes them, with one decimal below ten: `7.6 MB`."""
    if size is None:
        return UNKNOWN
    amount = float(size)
    for unit in ("bytes", "kB", "MB", "GB", "TB"):
        if amount < 1024 or unit == "TB":
            break
        amount /= 1024
    if unit == "bytes":
        return f"{size} {'byte' if size == 1 else 'bytes'}"
    return f"{amount:.1f} {unit}" if amount < 9.95 else f"{amount:.0f} {unit}"


def count_text(count: int, one: str, many: str = "") -> str:
    """A number with its noun: `1 table`, `12,000 tables`."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def duration_text(span: timedelta | float) -> str:
    """How long something took, with tenths below ten seconds: `3 d 4 h`, `2 min 5 s`, `0.4 s`."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    if seconds < 0:
        return f"-{duration_text(-seconds)}"
    return f"{seconds:.1f} s" if seconds < 10 else duration_in_words(seconds)


def age_text(moment: datetime, now: datetime) -> str:
    """How long ago: `just now`, `12 min ago`, `3 d ago`; a moment to come is `in 5 min`."""
    seconds = (now - moment).total_seconds()
    if abs(seconds) < 5:
        return "just now"
    largest = _largest_unit(abs(seconds))
    return f"{largest} ago" if seconds > 0 else f"in {largest}"


def _largest_unit(seconds: float) -> str:
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def time_text(moment: datetime, *, fraction: bool = False) -> str:
    """A moment with its offset, always: `2026-11-22 11:59:57+00:00`."""
    return moment.isoformat(" ", "microseconds" if fraction else "seconds")
