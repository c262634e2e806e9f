"""One job: its steps with their states, how far the present one is, what it said, and why it failed."""

from collections.abc import Callable
from datetime import datetime

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from pgtui.domain.job import JobSnapshot, JobState, StepState, StepStatus
from pgtui.domain.words import describe_step
from pgtui.ui.present import Mark, Tone, duration_text, job_mark, step_mark
from pgtui.ui.text import content, plain
from pgtui.ui.widgets.virtual_list import Column, VirtualList

_LONG = 4096
_STATE_WIDTH = 11
_TIME_WIDTH = 10
_ROOMY = 18
"""Lines from which on steps are shown in full, with room between the parts."""
_CUT_OFF = Mark("!", "cut off", Tone.WARN)
"""A step that was running when its job ended."""


class _Output(VirtualList[str]):
    HELP = "The last lines that the job's programs wrote. Arrow keys scroll, left and right too."

    def show_lines(self, output: tuple[str, ...], *, follow: bool) -> None:
        self._total_width = max((Content(plain(line, _LONG)).cell_length for line in output), default=0)
        self.show_rows(output, cursor=len(output) - 1 if follow else None)


class JobView(VerticalScroll):
    """Shows whichever snapshot it was given last; the clock only counts the time of a running job."""

    DEFAULT_CSS = """
    JobView {
        height: 1fr; scrollbar-size-vertical: 1;
        & > .job-part { height: auto; padding: 0 1; }
        & > #job-steps { margin-top: 1; }
        & > #job-progress { margin-top: 1; }
        & > #job-outcome { margin-top: 1; max-height: 10; overflow-y: auto; scrollbar-size-vertical: 1; }
        & > #job-output-title { color: $primary; margin-top: 1; }
        & > #job-output { height: 1fr; min-height: 3; margin: 0 1; }
        &.-tight > #job-output-title { display: none; }
    }
    """

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        """Tell elapsed times by this clock."""
        super().__init__(id=id)
        self._clock = clock
        self._timer: Timer | None = None
        self.snapshot: JobSnapshot | None = None

    def compose(self) -> ComposeResult:
        for part in ("job-head", "job-steps", "job-progress", "job-outcome"):
            yield Static("", id=part, classes="job-part")
        yield Static("Output", id="job-output-title", classes="job-part")
        yield _Output(
            [Column[str]("", lambda line: line)],
            titles=False,
            empty="No output.",
            id="job-output",
        )

    def on_mount(self) -> None:
        self._timer = self.set_interval(1.0, self._show_head, pause=True)
        self._show()

    def on_resize(self) -> None:
        self.set_class(self._is_tight, "-tight")
        self._show()

    def show(self, snapshot: JobSnapshot | None) -> None:
        """Show a job, or none."""
        is_other = snapshot is None or self.snapshot is None or snapshot.id != self.snapshot.id
        self.snapshot = snapshot
        self._show(from_the_end=is_other)

    def _show(self, *, from_the_end: bool = False) -> None:
        job = self.snapshot
        if self._timer is not None:
            is_running = job is not None and job.state is JobState.RUNNING
            (self._timer.resume if is_running else self._timer.pause)()
        if not self.is_mounted:
            return
        with self.app.batch_update():
            self._show_head()
            self._part("job-steps", _steps(job, self._width, one_line=self._is_tight) if job else Content(""))
            self._part("job-progress", _progress(job, self._width) if job else Content(""))
            self._part("job-outcome", _outcome(job) if job else Content(""))
            self._show_output(job.output if job else (), from_the_end)

    def _show_head(self) -> None:
        job = self.snapshot
        self._part("job-head", _head(job, self._clock()) if job else Content.styled("No job.", "$dim"))

    def _show_output(self, output: tuple[str, ...], from_the_end: bool) -> None:
        shown = self.query_one(_Output)
        if from_the_end or tuple(shown.rows) != output:
            shown.show_lines(output, follow=from_the_end or shown.is_at_end)

    def _part(self, name: str, words: Content) -> None:
        part = self.query_one(f"#{name}", Static)
        part.display = bool(words.plain)
        part.update(words)

    @property
    def _is_tight(self) -> bool:
        return self.size.height < _ROOMY

    @property
    def _width(self) -> int:
        return max(30, self.size.width - 2)


def _head(job: JobSnapshot, now: datetime) -> Content:
    mark = job_mark(job.state)
    span = (job.ended or now) - job.started
    return Content.assemble(
        content(mark, f"bold {mark.tone.style}"),
        "  ",
        content(job.plan.title, "bold"),
        ("\nCluster ", "$dim"),
        content(job.plan.cluster),
        (f" · {duration_text(max(0.0, span.total_seconds()))}", "$dim"),
    )


def _steps(job: JobSnapshot, width: int, *, one_line: bool) -> Content:
    rows: list[Content] = []
    for number, planned in enumerate(job.plan.steps):
        status = job.steps[number] if number < len(job.steps) else StepStatus()
        mark = step_mark(status.state)
        if status.state is StepState.RUNNING and job.state.is_final:
            mark = _CUT_OFF
        style = "$dim" if status.state is StepState.WAITING else ""
        words = content(describe_step(planned.step), style, _LONG)
        if one_line:
            words = words.truncate(max(10, width - 4 - _STATE_WIDTH - _TIME_WIDTH), ellipsis=True)
        rows.extend(_step(number + 1, words, status, mark, width))
    return Content("\n").join(rows)


def _step(number: int, words: Content, status: StepStatus, mark: Mark, width: int) -> list[Content]:
    took = "" if status.seconds is None else duration_text(status.seconds)
    state = content(f"{mark!s:<{_STATE_WIDTH}}", mark.tone.style)
    label = Content.assemble((f"{number:>2}  ", "$dim"), state)
    indent = label.cell_length
    first, *others = (line.rstrip() for line in words.wrap(max(10, width - indent - _TIME_WIDTH)))
    gap = max(0, width - indent - first.cell_length - len(took))
    rest = [Content(" " * indent) + line for line in others]
    return [label + first + Content.styled(" " * gap + took, "$dim"), *rest]


def _progress(job: JobSnapshot, width: int) -> Content:
    progress = job.progress
    if progress is None or job.state is not JobState.RUNNING:
        return Content("")
    words = content(progress.text, limit=_LONG)
    if progress.fraction is None:
        return words
    return progress_bar(progress.fraction, width) + Content("\n") + words


def progress_bar(fraction: float, width: int) -> Content:
    """Return a bar with its percentage, exactly `width` cells."""
    share = min(1.0, max(0.0, fraction))
    figure = f" {int(share * 100):>3} %"
    room = max(4, width - len(figure))
    full = int(share * room)
    return Content.assemble(("█" * full, "$primary"), ("░" * (room - full), "$dim"), figure)


def _outcome(job: JobSnapshot) -> Content:
    parts: list[Content] = []
    if job.error:
        parts.append(Content.assemble(("✕ ", "$error bold"), content(job.error, limit=_LONG)))
    if job.hint:
        parts.append(content(job.hint, "$dim", _LONG))
    if job.state is JobState.DONE and job.plan.outcome:
        parts.append(content(job.plan.outcome, limit=_LONG))
    ways = [words for words, can in (("undone", job.can_undo), ("finished", job.can_finish)) if can]
    if ways and job.state is not JobState.DONE:
        parts.append(Content.styled(f"It can be {' or '.join(ways)}.", "$warning"))
    return Content("\n").join(parts)
