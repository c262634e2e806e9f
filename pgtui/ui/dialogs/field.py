"""Asks for one value, and stays open with the reason while it cannot be used."""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Generic, TypeVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.widgets import Button, Input, Static
from textual.worker import WorkType

from pgtui.domain.errors import PgtuiError
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.text import content, lines

AnswerT = TypeVar("AnswerT")


class FieldDialog(Dialog[AnswerT], Generic[AnswerT]):
    """Answers with what `answer` makes of the typed value; its PgtuiError is shown beside the field."""

    def __init__(
        self,
        heading: str,
        words: str,
        label: str,
        answer: Callable[[str], Awaitable[AnswerT]],
        *,
        value: str = "",
        placeholder: str = "",
        go: str = "Show the plan",
    ) -> None:
        """Ask for a value; `go` stands on the button."""
        super().__init__(heading)
        self._words = words
        self._label = label
        self._answer = answer
        self._value = value
        self._placeholder = placeholder
        self._go = go
        self.typed = value
        """What the answer was made of."""

    def compose_dialog(self) -> ComposeResult:
        yield Static(content(self._words, limit=2000), classes="dialog-body")
        with Horizontal(classes="dialog-field dialog-label"):
            yield Static(content(self._label), classes="dialog-field-label")
            yield Input(self._value, placeholder=self._placeholder, id="field-value")
        yield Static("", classes="dialog-error", id="field-problem")

    def compose_buttons(self) -> ComposeResult:
        yield button("Cancel", "field-cancel")
        yield button(self._go, "field-go", variant="primary")

    def on_mount(self) -> None:
        self.set_focus(self.query_one(Input))

    @on(Input.Changed)
    def _typed(self) -> None:
        self._show("")

    @on(Input.Submitted)
    @on(Button.Pressed, "#field-go")
    def _submitted(self) -> None:
        # A function, not its coroutine: one that is overtaken before it begins would never be awaited.
        ask: WorkType[None] = partial(self._ask, self.query_one(Input).value)
        self.run_worker(ask, group="answer", exclusive=True)

    async def _ask(self, value: str) -> None:
        self._show("")
        try:
            answer = await self._answer(value)
        except PgtuiError as error:
            self._show(f"✕ {error}")
        else:
            self.typed = value
            self.dismiss(answer)

    def _show(self, problem: str) -> None:
        self.query_one("#field-problem", Static).update(lines(problem, limit=1000))

    @on(Button.Pressed, "#field-cancel")
    def _cancel(self) -> None:
        self.dismiss(None)
