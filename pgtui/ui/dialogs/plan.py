"""The last look before something runs: a plan with its exact commands, to be run, copied, saved or left."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from pgtui.domain.plan import Plan
from pgtui.ui.dialogs.save_script import SaveScriptDialog
from pgtui.ui.text import content, plain
from pgtui.ui.widgets.plan_view import PlanView


class PlanDialog(ModalScreen[bool]):
    """Returns whether to run the plan. What it shows are the very steps and commands that will run."""

    HELP = "Read what will run. Nothing has been touched yet; Cancel and escape leave everything as it is."
    AUTO_FOCUS = "#plan-cancel"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Cancel", id="plan.cancel"),
        Binding("y,r", "run_plan", "Run", id="plan.run"),
        Binding("c", "copy_script", "Copy script", id="plan.copy"),
        Binding("s", "save_script", "Save script", id="plan.save"),
        Binding("up,k", "scroll_plan('up')", "Up", show=False),
        Binding("down,j", "scroll_plan('down')", "Down", show=False),
        Binding("pageup", "scroll_plan('page_up')", "Page up", show=False),
        Binding("pagedown", "scroll_plan('page_down')", "Page down", show=False),
        Binding("home", "scroll_plan('home')", "First", show=False),
        Binding("end", "scroll_plan('end')", "Last", show=False),
        Binding("left", "app.focus_previous", "Left", show=False),
        Binding("right", "app.focus_next", "Right", show=False),
    ]
    DEFAULT_CSS = """
    PlanDialog {
        align: center middle;
        & > Vertical {
            width: 100%; max-width: 120; height: 100%; max-height: 46;
            background: $surface; border: round $border; border-title-color: $primary;
            border-title-style: bold; border-subtitle-color: $dim; padding: 0 1;
        }
        #plan-cluster { height: 1; padding: 0 1; }
        #plan-view { margin-top: 1; background: $surface; }
        #plan-name-row { height: 3; padding: 0 1; }
        #plan-name-words { width: auto; max-width: 60%; padding: 1 1 0 0; color: $warning; }
        #plan-name { width: 1fr; }
        #plan-buttons { height: 3; align-horizontal: right; }
        #plan-buttons Button { margin-left: 2; }
        #plan-keys { width: 1fr; padding: 1 0 0 1; color: $dim; }
    }
    """

    def __init__(self, plan: Plan, commands: tuple[tuple[str, ...], ...], script: str) -> None:
        """Show a plan with the shell lines of each step, and the script that does the same."""
        super().__init__()
        self._plan = plan
        self._commands = commands
        self._script = script

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = content(self._plan.title)
            yield Static(self._cluster_line(), id="plan-cluster")
            yield PlanView(self._plan, self._commands, id="plan-view")
            if self._plan.is_destructive:
                with Horizontal(id="plan-name-row"):
                    yield Static(
                        Content.assemble("To run it, type ", content(self._plan.cluster, "bold")),
                        id="plan-name-words",
                    )
                    yield Input(id="plan-name", placeholder="the cluster's name")
            with Horizontal(id="plan-buttons"):
                yield Static("c copy script  s save script  ↑↓ scroll", id="plan-keys")
                yield Button("Cancel", id="plan-cancel")
                yield Button("Run", id="plan-run", variant="primary", disabled=self._plan.is_destructive)

    def _cluster_line(self) -> Content:
        return Content.assemble(
            ("Cluster  ", "$dim"),
            content(self._plan.cluster, "bold"),
            ("   Nothing has been touched yet.", "$dim"),
        )

    @property
    def _may_run(self) -> bool:
        if not self._plan.is_destructive:
            return True
        # A name with control characters cannot be typed as it is; what is shown of it can.
        typed = self.query_one("#plan-name", Input).value
        return typed in (self._plan.cluster, plain(self._plan.cluster))

    @on(Input.Changed, "#plan-name")
    def _name_typed(self) -> None:
        self.query_one("#plan-run", Button).disabled = not self._may_run

    @on(Input.Submitted, "#plan-name")
    def _name_given(self) -> None:
        self.action_run_plan()

    @on(Button.Pressed, "#plan-run")
    def action_run_plan(self) -> None:
        if self._may_run:
            self.dismiss(True)
        else:
            self.query_one("#plan-name", Input).focus()
            self.app.bell()

    @on(Button.Pressed, "#plan-cancel")
    def action_leave(self) -> None:
        self.dismiss(False)

    def action_copy_script(self) -> None:
        self.app.copy_to_clipboard(self._script)
        self.notify("The script was handed to the terminal's clipboard.", markup=False)

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
