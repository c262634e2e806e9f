"""Asks how archiving is to be set up, and shows all the while which settings that changes."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Button, Checkbox, Input, RadioSet, Static

from pgtui.domain.archive_draft import ArchiveDraft, DraftProblem, SettingRow, SettingsMethod, draft_problems
from pgtui.domain.errors import PgtuiError
from pgtui.domain.plan import Plan
from pgtui.domain.preflight import Finding
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.dialogs.choice import Choice, Tick
from pgtui.ui.text import content, lines, plain
from pgtui.ui.widgets.live_text import LiveText
from pgtui.ui.widgets.plan_view import finding_content

if TYPE_CHECKING:
    from pgtui.services.archive_setup import ArchiveSetup

_DEBOUNCE = 0.15
_PLACEHOLDER = "absolute path, as the server sees it"
_LOOKING = "looking for a good place …"
_METHODS = {
    SettingsMethod.ALTER_SYSTEM: "Writes postgresql.auto.conf, which wins over other files.",
    SettingsMethod.CONFIGURATION_FILE: "Edits the file itself, where people look; keeps comments.",
}
_NOT_A_NUMBER = DraftProblem(
    "timeout", "archive_timeout is a whole number of seconds.", "Empty leaves it as it is; 0 switches it off."
)


@dataclass(frozen=True)
class SetupAnswer:
    """What was chosen, and the plan that was made of it."""

    draft: ArchiveDraft
    plan: Plan


class _Settings(VerticalScroll, can_focus=True):
    HELP = "Every setting that archiving stands on, as it is and as it will be. Arrow keys scroll."


class _Directory(Input):
    """The directory's field; knows whether somebody has begun to fill it: no proposal comes in between."""

    is_touched = False

    def on_key(self, event: events.Key) -> None:
        # Keys that only go elsewhere leave the field to the proposal.
        if event.is_printable or event.key.startswith(("ctrl+", "backspace", "delete")):
            self.is_touched = True

    def on_paste(self) -> None:
        self.is_touched = True


class ArchiveSetupDialog(Dialog[SetupAnswer]):
    """Answers with a plan; what cannot be meant is told beside its field, and nothing runs from here."""

    HELP = (
        "Where the archive lies, as the server sees it; how settings are written; after how many seconds a "
        "segment is archived even if it is not full. Enter shows the plan; nothing runs before you say so."
    )
    CSS = """
    ArchiveSetupDialog Vertical.dialog-frame {
        width: 100%; max-width: 124; height: 100%; max-height: 30; padding: 0 1;
        .dialog-title { margin-bottom: 0; }
        .dialog-field-label { width: 17; }
        .setup-words { height: auto; padding-left: 17; color: $dim; }
        .setup-problem { height: auto; padding-left: 17; color: $error; display: none; }
        #setup-timeout { width: 16; max-width: 16; }
        #setup-timeout-words { width: 1fr; padding-left: 1; color: $dim; }
        Tick { border: none; padding: 0; background: $surface; width: auto; }
        #setup-settings {
            height: 1fr; min-height: 3; margin-top: 1; padding: 0 1; background: $surface;
            border-top: solid $rule; border-bottom: solid $rule; scrollbar-size-vertical: 1;
        }
        #setup-settings:focus { border-top: solid $primary; border-bottom: solid $primary; }
        .dialog-error { max-height: 4; }
        .dialog-buttons { margin-top: 0; }
    }
    """

    def __init__(self, setup: "ArchiveSetup", draft: ArchiveDraft) -> None:
        """Ask, beginning with a draft; without a directory in it, one is proposed."""
        super().__init__(f"Set up archiving of {plain(draft.cluster)}")
        self._setup = setup
        self._first = draft
        self._is_proposing = not draft.directory

    def compose_dialog(self) -> ComposeResult:
        first = self._first
        # What cannot be seen cannot be edited in a field either.
        directory = first.directory if first.directory == plain(first.directory, 4096) else ""
        with Horizontal(classes="dialog-field"):
            yield Static("Directory", classes="dialog-field-label")
            placeholder = _LOOKING if self._is_proposing else _PLACEHOLDER
            yield _Directory(directory, placeholder=placeholder, id="setup-directory")
        yield Static("", classes="setup-problem", id="setup-problem-directory")
        with Horizontal(classes="dialog-field"):
            yield Static("Settings by", classes="dialog-field-label")
            with RadioSet(id="setup-method", compact=True):
                for method, label in zip(SettingsMethod, ("ALTER SYSTEM", "postgresql.conf"), strict=True):
                    yield Choice(label, value=method is first.method, compact=True)
        yield Static("", classes="setup-words", id="setup-method-words")
        with Horizontal(classes="dialog-field"):
            yield Static("archive_timeout", classes="dialog-field-label")
            timeout = "" if first.timeout is None else str(first.timeout)
            yield Input(timeout, placeholder="as it is", id="setup-timeout")
            yield Static("seconds, the most a quiet server loses", id="setup-timeout-words")
        yield Static("", classes="setup-problem", id="setup-problem-timeout")
        with Horizontal(classes="dialog-field"):
            yield Static("Log", classes="dialog-field-label")
            yield Tick("keep it in files, to find the cause of a failure", value=first.keep_log)
        with _Settings(id="setup-settings"):
            yield LiveText(id="setup-table")
        yield Static("", classes="dialog-error", id="setup-error")

    def compose_buttons(self) -> ComposeResult:
        yield button("Cancel", "setup-cancel")
        yield button("Show the plan", "setup-go", variant="primary")

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#setup-directory", Input))
        self._table(content("Asking the server for its settings …", "$dim"))
        self._take()
        if self._is_proposing:
            self._propose()

    @work(group="propose")
    async def _propose(self) -> None:
        """Fill the field with a sensible directory, unless somebody has begun to fill it in the meantime."""
        proposed = ""
        try:
            proposed = await self._setup.propose_directory(self._first.cluster)
        except PgtuiError as error:
            self._table(lines(f"✕ {error}", "$error", 2000))
        self._is_proposing = False
        for field in self.query("#setup-directory").results(_Directory):
            field.placeholder = _PLACEHOLDER
            if not field.is_touched and not field.value and proposed == plain(proposed, 4096):
                field.value = proposed
                field.action_end()

    # What was chosen

    @property
    def _method(self) -> SettingsMethod:
        return list(SettingsMethod)[max(0, self.query_one(RadioSet).pressed_index)]

    def _draft(self) -> tuple[ArchiveDraft, tuple[DraftProblem, ...]]:
        typed = self.query_one("#setup-timeout", Input).value.strip()
        is_number = typed.isascii() and typed.removeprefix("-").isdigit() and len(typed) < 19
        draft = ArchiveDraft(
            self._first.cluster,
            self.query_one("#setup-directory", Input).value,
            self._method,
            int(typed) if is_number else None,
            self.query_one(Checkbox).value,
        )
        problems = draft_problems(draft)
        return draft, problems if is_number or not typed else (*problems, _NOT_A_NUMBER)

    @on(Input.Changed)
    @on(RadioSet.Changed)
    @on(Checkbox.Changed)
    def _take(self) -> None:
        """Show what is wrong at once, and what would change as soon as the typing rests."""
        if not self.is_mounted:
            return
        draft, problems = self._draft()
        self.query_one("#setup-method-words", Static).update(_METHODS[draft.method])
        self.query_one("#setup-error", Static).update("")
        for field in ("directory", "timeout"):
            part = self.query_one(f"#setup-problem-{field}", Static)
            is_awaited = field == "directory" and self._is_proposing and not draft.directory
            told = () if is_awaited else problems
            words = [f"✕ {each.message} {each.hint}" for each in told if each.field == field]
            part.update(content(" ".join(words)))
            part.display = bool(words)
        self._ask_rows(draft, frozenset(each.message for each in problems))

    @work(group="rows", exclusive=True)
    async def _ask_rows(self, draft: ArchiveDraft, told: frozenset[str]) -> None:
        await asyncio.sleep(_DEBOUNCE)
        try:
            rows, findings = await self._setup.rows(draft)
        except PgtuiError as error:
            self._table(lines(f"✕ {error}", "$error", 2000))
        else:
            others = [finding for finding in findings if finding.message not in told]
            self._table(settings_content(rows, others))

    def _table(self, words: Content) -> None:
        # An answer may come when the dialog is being taken down already.
        for table in self.query("#setup-table").results(LiveText):
            table.show(words)

    # The plan

    @on(Input.Submitted)
    @on(Button.Pressed, "#setup-go")
    def _go(self) -> None:
        draft, problems = self._draft()
        if problems:
            self.set_focus(self.query_one(f"#setup-{problems[0].field}", Input))
            self.app.bell()
        else:
            self._plan(draft)

    @work(group="plan", exclusive=True)
    async def _plan(self, draft: ArchiveDraft) -> None:
        problem = self.query_one("#setup-error", Static)
        problem.update(content("Making the plan …", "$dim"))
        try:
            plan = await self._setup.setup_plan(draft)
        except PgtuiError as error:
            problem.update(lines(f"✕ {error}", limit=1000))
        else:
            self.dismiss(SetupAnswer(draft, plan))

    @on(Button.Pressed, "#setup-cancel")
    def _cancel(self) -> None:
        self.dismiss(None)


def settings_content(rows: Sequence[SettingRow], findings: Sequence[Finding]) -> Content:
    """Return the settings, what changes marked by an arrow, and what was found below them."""
    width = max([len(row.name) for row in rows], default=0)
    now = min(30, max([len(plain(row.value)) for row in rows], default=0))
    parts = [_setting(row, width, now) for row in rows]
    if rows and not any(row.changes for row in rows):
        parts.append(Content.styled("✓ Every setting is as it should be.", "$success"))
    parts.extend(finding_content(finding) for finding in findings)
    return Content("\n").join(parts)


def _setting(row: SettingRow, width: int, now: int) -> Content:
    name = f"{plain(row.name):<{width}}"
    value = content(row.value or "(empty)", "$dim", 60).truncate(now, ellipsis=True, pad=True)
    if not row.changes:
        stays = Content.assemble((f"  {name}  ", "$dim"), value, ("  stays", "$dim"))
        return stays + content("  ! waits for a restart", "$warning") if row.pending_restart else stays
    changed = Content.assemble(
        ("→ ", "bold $primary"),
        (name, "bold"),
        "  ",
        value,
        "  ",
        content(row.wanted or "(empty)", "bold", 60),
    )
    return changed + content("  ↻ needs a restart", "$warning") if row.needs_restart else changed
