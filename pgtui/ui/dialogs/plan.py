"""The last look before something runs: a plan with its exact commands, to be run, copied, saved or left."""

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Button, Input, Static

from pgtui.domain.plan import Plan
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.dialogs.confirm import word_to_type
from pgtui.ui.dialogs.save_script import SaveScriptDialog
from pgtui.ui.text import content
from pgtui.ui.widgets.plan_view import PlanView

if TYPE_CHECKING:
    from pgtui.services.jobs import Jobs


async def decide(app: App[None], jobs: "Jobs", plan: Plan) -> bool:
    """Show a plan and return whether to run it; to be awaited in a worker. Raises PgtuiError."""
    commands = await jobs.command_lines(plan)
    script = await jobs.script(plan)
    answer = await app.push_screen_wait(PlanDialog(plan, commands, script))
    return bool(answer)


async def show_only(app: App[None], jobs: "Jobs", plan: Plan) -> None:
    """Show a plan that is not to be run now, with its script. Raises PgtuiError."""
    commands = await jobs.command_lines(plan)
    script = await jobs.script(plan)
    await app.push_screen_wait(PlanDialog(plan, commands, script, can_run=False))


class PlanDialog(Dialog[bool]):
    """Answers whether to run the plan. What it shows are the very steps and commands that will run."""

    HELP = "Read what will run. Nothing of it has run yet; Cancel and escape leave everything as it is."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y,r", "run_plan", "Run", id="plan.run"),
        Binding("c", "copy_script", "Copy script", id="plan.copy"),
        Binding("s", "save_script", "Save script", id="plan.save"),
        Binding("up,k", "scroll_plan('up')", "Up", show=False),
        Binding("down,j", "scroll_plan('down')", "Down", show=False),
        Binding("pageup", "scroll_plan('page_up')", "Page up", show=False),
        Binding("pagedown,space", "scroll_plan('page_down')", "Page down", show=False),
        Binding("home", "scroll_plan('home')", "First", show=False),
        Binding("end", "scroll_plan('end')", "Last", show=False),
    ]
    CSS = """
    PlanDialog Vertical.dialog-frame {
        width: 100%; max-width: 124; height: 100%; max-height: 48; padding: 0 1;
        .dialog-title { margin: 0 1; }
        #plan-view {
            border-top: solid $rule; border-bottom: solid $rule; background: $surface;
        }
        #plan-cluster { height: 1; margin: 0 1; }
        #plan-name-row { height: 1; margin: 1 1 0 1; }
        #plan-name-words { width: auto; max-width: 60%; padding-right: 1; color: $warning; }
        #plan-name { width: 1fr; border-left: outer $warning; border-right: outer $warning; }
        .dialog-buttons { margin: 0 1; }
        #plan-keys { width: 1fr; color: $dim; }
    }
    """

    def __init__(
        self, plan: Plan, commands: tuple[tuple[str, ...], ...], script: str, *, can_run: bool = True
    ) -> None:
        """Show a plan with the shell lines of each step, and the script that does the same."""
        super().__init__(plan.title)
        self._can_run = can_run
        self._plan = plan
        self._commands = commands
        self._script = script
        self._word = word_to_type(plan.cluster) if plan.is_destructive and can_run else ""

    def compose_dialog(self) -> ComposeResult:
        yield Static(self._cluster_line(), id="plan-cluster")
        yield PlanView(self._plan, self._commands, id="plan-view")
        if self._word:
            with Horizontal(id="plan-name-row"):
                words = Content.assemble("To run it, type ", content(self._word, "bold"))
                yield Static(words, id="plan-name-words")
                is_name = self._word == self._plan.cluster
                meaning = "the cluster's name" if is_name else f"the word {self._word}"
                yield Input(placeholder=meaning, id="plan-name")

    def compose_buttons(self) -> ComposeResult:
        keys = "↑↓ scroll  tab, then c copy  s save" if self._word else "↑↓ scroll  c copy script  s save it"
        yield Static(keys, id="plan-keys")
        yield button("Cancel" if self._can_run else "Close", "plan-cancel", variant="primary")
        if self._can_run:
            variant = "error" if self._word else "default"
            yield button("Run", "plan-run", variant=variant, disabled=bool(self._word))

    def on_mount(self) -> None:
        # As safe as Cancel: Run is disabled, and letters are typed, until the word stands there.
        first = self.query_one("#plan-name", Input) if self._word else self.query_one("#plan-cancel", Button)
        self.set_focus(first)

    def _cluster_line(self) -> Content:
        note = " · nothing of this has run yet" if self._can_run else ""
        return Content.assemble(("Cluster ", "$dim"), content(self._plan.cluster, "bold"), (note, "$dim"))

    @property
    def _may_run(self) -> bool:
        return not self._word or self.query_one("#plan-name", Input).value == self._word

    @on(Input.Changed, "#plan-name")
    def _name_typed(self) -> None:
        self.query_one("#plan-run", Button).disabled = not self._may_run

    @on(Input.Submitted, "#plan-name")
    @on(Button.Pressed, "#plan-run")
    def action_run_plan(self) -> None:
        if not self._can_run:
            return
        if self._may_run:
            self.dismiss(True)
        else:
            self.set_focus(self.query_one("#plan-name", Input))
            self.app.bell()

    @on(Button.Pressed, "#plan-cancel")
    def action_leave(self) -> None:
        self.dismiss(False)

    def action_copy_script(self) -> None:
        self.app.copy_to_clipboard(self._script)
        self.app.notify("The script was handed to the terminal's clipboard.", markup=False)

    def action_save_script(self) -> None:
        self.app.push_screen(SaveScriptDialog(self._script, self._plan.title))

    def action_scroll_plan(self, way: str) -> None:
        view = self.query_one(PlanView)
        moves = {
            "up": view.scroll_up,
            "down": view.scroll_down,
            "page_up": view.scroll_page_up,
            "page_down": view.scroll_page_down,
            "home": view.scroll_home,
            "end": view.scroll_end,
        }
        moves[way](animate=False)
