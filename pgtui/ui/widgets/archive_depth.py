"""One cluster's archiving in depth: verdict and cause, figures, curves, segments, events."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content

from pgtui.domain.archive_sample import DirectoryState
from pgtui.domain.archive_status import ArchiveState, ArchiveStatus, CellState, Point, SegmentCell
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.ui.archive_curve import TimeWindow
from pgtui.ui.archive_words import (
    Figure,
    FigureTable,
    cell_mark,
    event_lines,
    failure_head,
    figure_table,
    note_lines,
    state_mark,
    unseen_lines,
)
from pgtui.ui.present import Tone, duration_text, job_mark, time_text
from pgtui.ui.text import content, lines, plain
from pgtui.ui.widgets.live_text import LiveText
from pgtui.ui.widgets.wal_chart import WalChart

_LABEL = 15
_MOMENT = 16
_RIGHT_LABEL, _RIGHT = 9, 20
_TWO_COLUMNS = 76
WIDE = 136
"""Cells from which on figures and curves stand beside each other."""
LEFT_WIDTH = 80
_EDGE = 2
"""Cells of the edge beside a failure."""
_SHORTEST = 8
"""What a name that gives way keeps."""
_MOST_WORDS = 600
_LONG = 4096


@dataclass(frozen=True)
class Sight:
    """What there is to be seen of a cluster at one moment: kept while the view is paused."""

    status: ArchiveStatus
    points: Sequence[Point]
    strip: Callable[[int], Sequence[SegmentCell]]
    """The newest so many segments."""
    now: datetime


class ArchiveDepth(VerticalScroll, can_focus=True, inherit_bindings=False):
    """Shows what it is given; knows neither services nor clock."""

    HELP = (
        "The first line is the verdict: whether WAL is safe now. Below stand the figures, then WAL written "
        "above WAL archived on one scale, what waits, and the newest segments, one sign each. "
        "Arrow keys left and right move the curves in time, + and - zoom; up and down scroll where the "
        "terminal is too small for all of it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "scroll_up", "Up", show=False),
        Binding("down,j", "scroll_down", "Down", show=False),
        Binding("pageup", "page_up", "Page up", show=False),
        Binding("pagedown", "page_down", "Page down", show=False),
        Binding("home", "scroll_home", "First", show=False),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty."""
        super().__init__(id=id)
        self._sight: Sight | None = None

    def compose(self) -> ComposeResult:
        yield LiveText(id="archive-verdict")
        yield LiveText(id="archive-failure")
        yield LiveText(id="archive-notes")
        with Vertical(id="archive-body"):
            with Vertical(id="archive-left"):
                yield LiveText(id="archive-figures")
                yield LiveText(id="archive-unseen")
                yield LiveText(id="archive-events")
            with Vertical(id="archive-right"):
                yield WalChart(id="archive-chart")
                yield LiveText(id="archive-strip")

    def _part(self, name: str) -> LiveText:
        return self.query_one(f"#archive-{name}", LiveText)

    def show_words(self, head: Content) -> None:
        """Show only a few words: there is nothing to look at."""
        self._sight = None
        self.query_one("#archive-body").display = False
        self._part("verdict").show(head)
        for name in ("failure", "notes"):
            self._part(name).show(Content(""))

    def show(
        self,
        live: ArchiveStatus,
        sight: Sight,
        window: TimeWindow,
        *,
        paused: bool,
        job: JobSnapshot | None,
        now: datetime,
    ) -> None:
        """Show a cluster. Verdict and cause are always those of now; all else is what `sight` holds."""
        self._sight = sight
        with self.app.batch_update():
            # A server that was never asked has no figures, and an empty chart would look like a quiet one.
            self.query_one("#archive-body").display = sight.status.sample is not None or bool(sight.points)
            self._part("verdict").show(verdict_content(live))
            room = self.scrollable_content_region.width - _EDGE
            self._part("failure").show(failure_content(live, now, with_clock=self.is_wide, width=room))
            self._part("notes").show(_notes(live, sight, paused=paused, job=job, now=now))
            self.query_one(WalChart).show(sight.points, window, sight.now)
            self._show_sized(sight)

    def _show_sized(self, sight: Sight) -> None:
        """Show what depends on the room there is; it is called again when that changes."""
        if not self.size.width:
            return
        is_tall = self.size.height >= 36
        table = figure_table(sight.status, most_slots=8 if is_tall else 1)
        figures = self._part("figures")
        # Without the gutter of the scrollbar, which text must not count on.
        width, is_old = self.scrollable_content_region.width, not sight.status.is_current
        left, right = (LEFT_WIDTH, width - LEFT_WIDTH - 3) if self.is_wide else (width, width)
        figures.show(figures_content(table, left) if table else Content(""))
        unseen = [content(f"i Not seen: {words}", "$dim", _LONG) for words in unseen_lines(sight.status)]
        self._part("unseen").show(Content("\n").join(unseen))
        # In a small terminal the cause of a failure needs the line.
        most_events = 12 if is_tall else 0 if sight.status.failure else 1
        self._part("events").show(_events(sight.status, most_events, left if is_tall else 0))
        self._part("strip").show(strip_content(sight.strip(max(1, right)), right, is_old=is_old))

    @property
    def is_wide(self) -> bool:
        """Whether figures and curves stand beside each other."""
        return self.size.width >= WIDE

    def on_resize(self) -> None:
        if self._sight is not None:
            self._show_sized(self._sight)


def verdict_content(status: ArchiveStatus) -> Content:
    """Return the verdict, its reason, and below it what to do."""
    mark = state_mark(status.verdict.state)
    head = Content.assemble(
        content(mark, f"bold {mark.tone.style}"), "  ", content(status.verdict.reason, limit=_LONG)
    )
    hint = status.verdict.hint
    if status.verdict.state is ArchiveState.OFF:
        hint = f"{hint} Press s to set it up.".strip()
    return head + Content("\n") + content(hint, "$dim", _LONG) if hint else head


def failure_content(
    status: ArchiveStatus, now: datetime, *, with_clock: bool = False, width: int = 200
) -> Content:
    """Return why a segment fails: how the command ended, the server's own words, what to do."""
    failure = status.failure
    if failure is None:
        if status.verdict.state is ArchiveState.FAILING and status.log_problem:
            words = f"The cause is not known: {status.log_problem} Press g to keep the log in files."
            return content(words, "$warning", _LONG)
        return Content("")
    segment = content(failure.segment or "A segment", "bold")
    head = failure_head(failure, now, with_clock=with_clock)
    if failure.cause and segment.cell_length + 2 + len(head) > width:
        # The cause says more than an exit code means.
        head = failure_head(failure, now, with_clock=with_clock, with_meaning=False)
    parts = [Content.assemble(segment, "  ", content(head, "$error"))]
    if failure.words:
        parts.append(lines(failure.words.strip(), limit=_MOST_WORDS))
    # What the verdict says above is not said again; nor is the log's word on a directory that was looked at.
    is_told = f"{status.verdict.reason} {status.verdict.hint}"
    told = " ".join(words for words in (failure.cause, failure.hint) if _adds(words, is_told))
    if told and not _is_directory_fault(status):
        parts.append(Content.assemble(("→ ", "bold"), content(told, limit=_LONG)))
    return Content("\n").join(parts)


def _adds(words: str, told: str) -> bool:
    # What seems mended is told as past in the verdict, and once more in the failure.
    words, told = words.casefold().removeprefix("it seems mended. it was: "), told.casefold()
    return bool(words) and words.rstrip(".") not in told


def _is_directory_fault(status: ArchiveStatus) -> bool:
    look = status.look
    is_wrong = look is not None and look.state not in (DirectoryState.THERE, DirectoryState.UNKNOWN)
    return is_wrong and look is not None and look.directory in status.verdict.reason


def _notes(
    live: ArchiveStatus, sight: Sight, *, paused: bool, job: JobSnapshot | None, now: datetime
) -> Content:
    rows: list[Content] = []
    if paused:
        moment = time_text(sight.now)[11:]
        words = f"‖ PAUSED  Figures and curves are those of {moment}; the verdict is of now. Space goes on."
        rows.append(content(words, "bold $warning"))
    if job is not None:
        rows.append(_job_line(job, now))
    rows.extend(
        Content.assemble(content(mark.symbol, f"bold {mark.tone.style}"), " ", content(words, limit=_LONG))
        for mark, words in note_lines(live, now)
    )
    return Content("\n").join(rows)


def _job_line(job: JobSnapshot, now: datetime) -> Content:
    mark = job_mark(job.state)
    took = duration_text(max(0.0, ((job.ended or now) - job.started).total_seconds()))
    words = f"{job.plan.title}, {took}"
    if job.state is JobState.RUNNING:
        words = f"{job.plan.title}: step {min(job.steps_done + 1, len(job.steps))} of {len(job.steps)}"
        if job.progress is not None:
            words += f" · {job.progress.text}"
    elif job.error:
        words = " ".join(filter(None, (f"{job.plan.title}: {job.error}", job.hint, "5 shows it in Jobs.")))
    return Content.assemble(content(mark, f"bold {mark.tone.style}"), "  ", content(words, limit=_LONG))


def figures_content(table: FigureTable, width: int) -> Content:
    """Return the figures in two columns where they have room, in one where not."""
    rows: list[Content] = []
    if width >= _TWO_COLUMNS:
        room = width - _RIGHT - 1
        for left, right in zip(table.left, table.right, strict=True):
            first = _figure(left, _LABEL, room)
            gap = Content(" " * (room + 1 - first.cell_length))
            rows.append((first + gap + _figure(right, _RIGHT_LABEL, _RIGHT)).truncate(width, ellipsis=True))
    else:
        rows.extend(_figure(figure, _LABEL, width) for figure in (*table.left, *table.right))
    rows.extend(_figure(figure, _LABEL, width) for figure in table.lines)
    return Content("\n").join(rows)


def _figure(figure: Figure, label: int, width: int) -> Content:
    cells = [content(cell.text, cell.tone.style) for cell in figure.cells]
    over = label + sum(cell.cell_length for cell in cells) - width
    if figure.gives_way and over > 0:
        cells[0] = cells[0].truncate(max(_SHORTEST, cells[0].cell_length - over), ellipsis=True)
    return Content.assemble((f"{figure.label:<{label}}", "$dim"), *cells).truncate(width, ellipsis=True)


def strip_content(cells: Sequence[SegmentCell], width: int, *, is_old: bool = False) -> Content:
    """Return one sign for each segment, and below them what the signs mean, with numbers; dimmed when old."""
    if not cells:
        return Content("")
    signs: list[Content] = []
    start = 0
    for index in range(1, len(cells) + 1):
        if index == len(cells) or cells[index].state is not cells[start].state:
            mark = cell_mark(cells[start].state)
            style = Tone.DIM.style if is_old else mark.tone.style
            signs.append(Content.styled(mark.symbol * (index - start), style))
            start = index
    legend = _legend(cells, is_old=is_old)
    whole = legend + content(f"  {cells[0].name} to {cells[-1].name}", "$dim")
    return Content("").join(signs) + Content("\n") + (whole if whole.cell_length <= width else legend)


def _legend(cells: Sequence[SegmentCell], *, is_old: bool) -> Content:
    parts: list[Content] = []
    for state in CellState:
        count = sum(cell.state is state for cell in cells)
        if not count:
            continue
        mark = cell_mark(state)
        is_bad = state is CellState.MISSING and not is_old
        parts.append(
            Content.assemble(
                (mark.symbol, Tone.DIM.style if is_old else mark.tone.style),
                (f" {count:,} {state}", "bold $error" if is_bad else "$dim"),
            )
        )
    return Content("  ").join(parts)


def _events(status: ArchiveStatus, most: int, width: int) -> Content:
    """The newest events under a title, wrapped; without a width a line each."""
    rows: list[Content] = []
    for when, words in event_lines(status, most):
        told = plain(words, _LONG)
        first, *others = (wrap(told, max(_SHORTEST, width - _MOMENT)) if width else []) or [told]
        rows.append(Content.assemble((f"{when:<{_MOMENT - 2}}  ", "$dim"), first))
        rows.extend(Content(" " * _MOMENT + other) for other in others)
    if rows and width:
        rows.insert(0, Content.styled("What happened", "bold $primary"))
    return Content("\n").join(rows)
