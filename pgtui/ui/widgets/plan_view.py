"""A plan to be read: what was noticed, its steps in words, what comes of it, then their exact commands."""

from collections.abc import Iterator

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Static

from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding
from pgtui.domain.words import describe_step
from pgtui.ui.present import severity_mark
from pgtui.ui.text import content, lines

_LONGEST_LINE = 8192


class PlanView(VerticalScroll):
    """Scrolls; long commands are wrapped, never cut."""

    HELP = (
        "Arrow keys and page up and down scroll. First come the steps in words, so that they are seen at one "
        "glance; below them stand, step by step, the very commands that will run."
    )
    DEFAULT_CSS = """
    PlanView {
        height: 1fr; padding: 0 1; scrollbar-size-vertical: 1;
        & > .plan-finding { padding-bottom: 1; }
        & > .plan-steps { height: auto; padding: 1 0 0 0; }
        .plan-step { height: auto; }
        & > .plan-heading { padding-top: 1; text-style: bold; }
        & > .plan-of { margin-top: 1; }
        .plan-number { width: 4; color: $primary; text-style: bold; }
        .plan-words { width: 1fr; }
        & > .plan-commands { padding: 0 1 0 4; color: $dim; }
        & > .plan-outcome { padding-top: 1; }
    }
    """

    def __init__(self, plan: Plan, commands: tuple[tuple[str, ...], ...], *, id: str | None = None) -> None:
        """Show a plan; `commands` holds the shell lines of each of its steps."""
        super().__init__(id=id)
        self._plan = plan
        self._commands = commands

    def compose(self) -> ComposeResult:
        for finding in self._plan.findings:
            yield Static(finding_content(finding), classes="plan-finding")
        yield Static(self._head())
        with Vertical(classes="plan-steps"):
            for number in range(1, len(self._plan.steps) + 1):
                yield self._step(number)
        if self._plan.outcome:
            words = Content.assemble(
                ("Afterwards  ", "bold"), content(self._plan.outcome, limit=_LONGEST_LINE)
            )
            yield Static(words, classes="plan-outcome")
        yield Static("What will be run", classes="plan-heading")
        yield from self._all_commands()

    def _head(self) -> Content:
        count = len(self._plan.steps)
        return Content.assemble(
            (f"{count} {'step' if count == 1 else 'steps'}", "bold"),
            (", run in this order; it stops at the first one that fails.", "$dim"),
        )

    def _step(self, number: int, classes: str = "plan-step") -> Widget:
        planned = self._plan.steps[number - 1]
        words = content(describe_step(planned.step), limit=_LONGEST_LINE)
        if planned.is_destructive:
            words += Content.styled("  ! takes something away", "$warning")
        return Horizontal(
            Static(f"{number:>2}", classes="plan-number"),
            Static(words, classes="plan-words"),
            classes=classes,
        )

    def _all_commands(self) -> Iterator[Widget]:
        pairs = zip(self._plan.steps, self._commands, strict=False)
        for number, (_, commands) in enumerate(pairs, start=1):
            if len(self._commands) > 1:
                yield self._step(number, "plan-step plan-of")
            text = "\n".join(commands)
            yield Static(lines(text, limit=len(text) + 1), classes="plan-commands")


def finding_content(finding: Finding) -> Content:
    """Return a finding as a symbol, a word, its sentence, and below it what to do."""
    mark = severity_mark(finding.severity)
    parts = [
        content(mark, f"bold {mark.tone.style}"),
        Content("  "),
        content(finding.message, limit=_LONGEST_LINE),
    ]
    if finding.hint:
        parts += [Content("\n"), content(finding.hint, "$dim", limit=_LONGEST_LINE)]
    return Content("").join(parts)
