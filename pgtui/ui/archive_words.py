"""A cluster's archiving in words: verdict, cause, figures, notes. Pure; nothing here looks at a clock."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from pgtui.domain.amounts import duration_in_words, size_in_words
from pgtui.domain.archive_position import SLACK
from pgtui.domain.archive_sample import ArchiveSample, DirectoryState, Slot
from pgtui.domain.archive_status import ArchiveFailure, ArchiveState, ArchiveStatus, CellState
from pgtui.ui.present import UNKNOWN, Cell, Mark, Tone, count_text, time_text

_STATES = {
    ArchiveState.OK: Mark("●", "OK", Tone.GOOD),
    ArchiveState.IDLE: Mark("◌", "IDLE", Tone.GOOD),
    ArchiveState.CATCHING_UP: Mark("↗", "CATCHING UP", Tone.ACCENT),
    ArchiveState.LAGGING: Mark("!", "LAGGING", Tone.WARN),
    ArchiveState.FAILING: Mark("✕", "FAILING", Tone.BAD),
    ArchiveState.STOPPED: Mark("■", "STOPPED", Tone.BAD),
    ArchiveState.OFF: Mark("○", "OFF", Tone.WARN),
    ArchiveState.UNKNOWN: Mark("?", "UNKNOWN", Tone.WARN),
}
_HEADER = {
    ArchiveState.OK: "archiving works",
    ArchiveState.IDLE: "archiving works",
    ArchiveState.CATCHING_UP: "archiving catches up",
    ArchiveState.LAGGING: "archiving lags",
    ArchiveState.FAILING: "archiving fails",
    ArchiveState.STOPPED: "archiving has stopped",
    ArchiveState.OFF: "archiving off",
    ArchiveState.UNKNOWN: "archiving unknown",
}
_CELLS = {
    CellState.ARCHIVED: Mark("█", "archived", Tone.GOOD),
    CellState.READY: Mark("▒", "ready", Tone.WARN),
    CellState.WRITING: Mark("▶", "being written", Tone.ACCENT),
    CellState.RECYCLED: Mark("·", "recycled", Tone.DIM),
    CellState.MISSING: Mark("✕", "missing", Tone.BAD),
}
_DIRECTORIES = {DirectoryState.CLOSED: "not writable"}
_SKEW_TOLD = 2.0
_SOON, _NOT_FAR, _FAR = 3600.0, 86_400.0, 30 * 86_400.0


def state_mark(state: ArchiveState) -> Mark:
    return _STATES[state]


def header_mark(state: ArchiveState) -> Mark:
    """A verdict for the line on the chosen cluster."""
    mark = _STATES[state]
    return Mark("●" if mark.tone is Tone.GOOD else mark.symbol, _HEADER[state], mark.tone)


def cell_mark(state: CellState) -> Mark:
    return _CELLS[state]


def span_text(seconds: float | None) -> str:
    """A duration as it stands in the verdict beside it: `4 s`, `2 min 5 s`."""
    return UNKNOWN if seconds is None else duration_in_words(seconds)


def ago_text(seconds: float) -> str:
    return f"{span_text(seconds)} ago"


def clock_text(moment: datetime, now: datetime) -> str:
    """A moment in the zone of `now`, with its day when that is another: `12:03:44+00:00`."""
    here = moment.astimezone(now.tzinfo)
    return time_text(here)[11 if here.date() == now.date() else 0 :]


def size_text(size: float | None) -> str:
    """Bytes as they stand in the verdict beside it: `4 kB`, `7.6 MB`."""
    return UNKNOWN if size is None else size_in_words(size)


def rate_text(rate: float | None) -> str:
    """Bytes a second: `4.2 MB/s`."""
    if rate is None:
        return UNKNOWN
    return "0" if rate < 1 else f"{size_text(round(rate))}/s".replace(" bytes/s", " B/s")


def loss_text(status: ArchiveStatus) -> str:
    """What would be lost, short: `12 s, 3.1 MB`, `nothing`."""
    exposure = status.figures.exposure
    if exposure.seconds == 0.0 and (exposure.bytes or 0) <= SLACK:
        return "nothing"
    known = []
    if exposure.seconds is not None:
        known.append(span_text(exposure.seconds))
    if exposure.bytes is not None:
        known.append(size_text(exposure.bytes))
    if not known:
        return UNKNOWN
    return ", ".join(known)


@dataclass(frozen=True)
class Figure:
    """One labelled value."""

    label: str
    cells: tuple[Cell, ...]
    gives_way: bool = False
    """Whether its first cell, a name, is shortened before anything behind it is."""


def _figure(label: str, *cells: Cell | str, gives_way: bool = False) -> Figure:
    made = tuple(Cell(cell) if isinstance(cell, str) else cell for cell in cells)
    return Figure(label, made, gives_way)


@dataclass(frozen=True)
class FigureTable:
    """The figures of one cluster: pairs beside each other where there is room, then whole lines."""

    left: tuple[Figure, ...]
    right: tuple[Figure, ...]
    lines: tuple[Figure, ...]


def figure_table(status: ArchiveStatus, *, most_slots: int = 3) -> FigureTable | None:
    """Return what is known in figures; None: nothing was sampled yet.

    Of an old sample only what it said itself is shown, dimmed: rates and the like are about a present.
    """
    sample = status.sample
    if sample is None:
        return None
    last = _last_archived(status, sample)
    lines = (_loss(status), _wal_directory(status, sample), *_archive(status), *_slots(sample, most_slots))
    if not status.is_current:
        return FigureTable((), (), tuple(_faded(figure) for figure in (last, *lines)))
    return FigureTable(
        (last, _current(status), _waiting(status, sample)),
        _rates(status, sample),
        lines,
    )


def _faded(figure: Figure) -> Figure:
    return replace(figure, cells=tuple(replace(cell, tone=Tone.DIM) for cell in figure.cells))


def _last_archived(status: ArchiveStatus, sample: ArchiveSample) -> Figure:
    if sample.last_archived_wal is None:
        return _figure("Last archived", Cell("nothing in the statistics", Tone.DIM))
    cells = [Cell(sample.last_archived_wal)]
    moment = sample.last_archived_time
    if moment is not None and status.is_current:
        cells.append(Cell(f"  {ago_text((sample.taken - moment).total_seconds())}", Tone.STRONG))
    elif moment is not None:
        # No sample comes: its age would stand still.
        cells.append(Cell(f"  at {clock_text(moment, status.taken)}", Tone.STRONG))
    return _figure("Last archived", *cells)


def _current(status: ArchiveStatus) -> Figure:
    name, fill = status.figures.current_segment, status.figures.segment_fill
    if not name:
        return _figure("Being written", Cell(UNKNOWN, Tone.DIM))
    full = [] if fill is None else [Cell(f"  {int(fill * 100)} % full", Tone.STRONG)]
    return _figure("Being written", name, *full)


def _waiting(status: ArchiveStatus, sample: ArchiveSample) -> Figure:
    figures = status.figures
    if figures.backlog_segments is None:
        return _figure("Waiting", Cell(UNKNOWN, Tone.DIM))
    other = sample.wal.other_ready if sample.wal else 0
    more = [Cell(f", and {count_text(other, 'other file')}", Tone.DIM)] if other else []
    if not figures.backlog_segments:
        return _figure("Waiting", "no segment", *more)
    tone = Tone.STRONG if status.verdict.state in (ArchiveState.OK, ArchiveState.IDLE) else Tone.WARN
    cells = [Cell(count_text(figures.backlog_segments, "segment"), tone)]
    if figures.backlog_bytes is not None:
        cells.append(Cell(f", {size_text(figures.backlog_bytes)}"))
    if figures.oldest_waiting is not None:
        least = "at least " if figures.oldest_is_least else ""
        cells.append(Cell(f", oldest {least}{span_text(figures.oldest_waiting)}"))
    return _figure("Waiting", *cells)


def _rates(status: ArchiveStatus, sample: ArchiveSample) -> tuple[Figure, ...]:
    figures = status.figures
    failures = figures.failures_since_success
    failed = Cell(UNKNOWN, Tone.DIM) if failures is None else Cell("none")
    if failures:
        # So many as have no room for words need none.
        failed = Cell(f"{failures:,}" if failures > 99 else f"{failures} in a row", Tone.BAD)
    return (
        _figure("Written", Cell(rate_text(figures.written_per_second), Tone.ACCENT)),
        _figure("Archived", Cell(rate_text(figures.archived_per_second), Tone.GOOD)),
        _figure("Failures", failed) if failures or not sample.timeout else _timeout(sample),
    )


def _timeout(sample: ArchiveSample) -> Figure:
    return _figure("Timeout", span_text(sample.timeout))


def _loss(status: ArchiveStatus) -> Figure:
    text = loss_text(status)
    if text == UNKNOWN:
        return _figure("Would be lost", Cell(UNKNOWN, Tone.DIM))
    bad = status.verdict.state in (ArchiveState.FAILING, ArchiveState.STOPPED, ArchiveState.LAGGING)
    tone = Tone.WARN if bad and text != "nothing" else Tone.STRONG
    return _figure("Would be lost", Cell(text, tone), Cell(" if the server burned down now", Tone.DIM))


def _wal_directory(status: ArchiveStatus, sample: ArchiveSample) -> Figure:
    size = sample.wal.size if sample.wal else None
    cells = [Cell(size_text(size), Tone.DIM if size is None else Tone.PLAIN)]
    free = status.look.wal_free if status.look else None
    if free is not None:
        cells.append(Cell(f", {size_text(free)} free"))
    return _figure("pg_wal", *cells, *_until_full(status.figures.until_full))


def _until_full(seconds: float | None) -> tuple[Cell, ...]:
    # A month ahead, the rate of one minute tells nothing.
    if seconds is None or seconds > _FAR:
        return ()
    tone = Tone.BAD if seconds < _SOON else Tone.WARN if seconds < _NOT_FAR else Tone.PLAIN
    return (Cell(f", full in {span_text(seconds)}", tone),)


def _archive(status: ArchiveStatus) -> Iterator[Figure]:
    look = status.look
    if look is None or not look.directory:
        return
    cells = [Cell(look.directory)]
    if look.state is DirectoryState.UNKNOWN:
        cells.append(Cell(f", {look.problem or 'not looked at'}", Tone.DIM))
    elif look.state is not DirectoryState.THERE:
        cells.append(Cell(f"  ✕ {_DIRECTORIES.get(look.state, look.state)}", Tone.BAD))
    elif look.free is not None:
        cells.append(Cell(f", {size_text(look.free)} free"))
    yield _figure("Archive", *cells, *_until_full(status.figures.until_archive_full), gives_way=True)


def _slots(sample: ArchiveSample, most: int) -> Iterator[Figure]:
    holding = sorted((s for s in sample.slots if _holds_back(s, sample)), key=lambda s: -s.held)
    for number, slot in enumerate(holding[:most]):
        cells = [Cell(slot.name), Cell(f" holds {size_text(slot.held)}")]
        if slot.wal_status in ("lost", "unreserved"):
            cells.append(Cell(f", {slot.wal_status}", Tone.BAD))
        if not slot.is_active:
            cells.append(Cell(", inactive", Tone.WARN))
        if number == most - 1 and len(holding) > most:
            cells.append(Cell(f"; {len(holding) - most:,} more", Tone.DIM))
        yield _figure("" if number else "Slots", *cells, gives_way=True)


def _holds_back(slot: Slot, sample: ArchiveSample) -> bool:
    # An active one that is in the present segment keeps nothing that would not be there anyway.
    return not slot.is_active or slot.held >= sample.segment_size or slot.wal_status in ("lost", "unreserved")


def failure_head(
    failure: ArchiveFailure, now: datetime, *, with_clock: bool = False, with_meaning: bool = True
) -> str:
    """How the command ended, and when: `exit code 127: the program was not found, 8 s ago`."""
    ended = failure.meaning
    meaning = f": {ended}" if ended and with_meaning else ""
    if failure.exit_code is not None:
        ended = f"exit code {failure.exit_code}{meaning}"
    elif failure.signal is not None:
        ended = f"signal {failure.signal}{meaning}"
    when = failure.when
    if when is None:
        return ended
    logged = ago_text((now - when).total_seconds())
    if with_clock:
        logged += f" ({clock_text(when, now)})"
    return f"{ended}, {logged}" if ended else logged


def note_lines(status: ArchiveStatus, now: datetime) -> Iterator[tuple[Mark, str]]:
    """What must be known to read the rest: how old it is, whose clock it is, what could not be asked."""
    told = f"{status.verdict.reason} {status.verdict.hint}"
    problem = " ".join(
        words for words in (status.problem, status.problem_hint) if words and words not in told
    )
    if problem:
        yield Mark("!", "", Tone.WARN), problem
    if status.sample is not None and not status.is_current:
        sampled = status.sampled or status.sample.taken
        age = ago_text((now - sampled).total_seconds())
        words = f"The figures below are old: they are those of {clock_text(sampled, now)}, {age}."
        yield Mark("◷", "", Tone.WARN), words
    if abs(status.clock_skew) > _SKEW_TOLD:
        way = "ahead of" if status.clock_skew > 0 else "behind"
        words = f"The server's clock is {span_text(abs(status.clock_skew))} {way} this machine's."
        yield Mark("!", "", Tone.WARN), words


def unseen_lines(status: ArchiveStatus) -> tuple[str, ...]:
    """What the role may not see, with what to grant."""
    return status.sample.unseen if status.sample else ()


def event_lines(status: ArchiveStatus, most: int) -> tuple[tuple[str, str], ...]:
    """The newest events, newest first: when and what."""
    events = status.events[-most:] if most else ()
    return tuple((clock_text(event.when, status.taken), event.words) for event in reversed(events))
