"""What all modes have in common: head, body, footer, and the way to services and chosen cluster."""

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget

from pgtui.domain.cluster import Cluster
from pgtui.ui.commands import COMMANDS, Command, Mode
from pgtui.ui.messages import ClusterChosen, FactsChanged, InventoryChanged, JobChanged, ServicesReady
from pgtui.ui.widgets.footer_line import FooterLine
from pgtui.ui.widgets.header_line import ClusterLine, ModeLine

if TYPE_CHECKING:
    from pgtui.services.bundle import Services
    from pgtui.ui.app import PgtuiApp


class ModeScreen(Screen[None]):
    """The base of every mode's screen. A mode sets `mode` and `HELP` and writes `compose_body`.

    Handlers may be written for ServicesReady, InventoryChanged, ClusterChosen, FactsChanged, JobChanged
    (`on_services_ready(self, message)`, ...): the app sends them to every mode that was ever shown.
    Textual calls this class's handlers too, without super(). Never await anything slow in them; use
    `@work(group=...)`.
    """

    mode: ClassVar[Mode]
    HELP: ClassVar[str] = ""
    """What this mode is for, a few sentences for the help."""
    AUTO_FOCUS: ClassVar[str | None] = None

    def compose(self) -> ComposeResult:
        yield ModeLine(self.mode)
        yield ClusterLine()
        yield from self.compose_body()
        yield FooterLine()

    def compose_body(self) -> ComposeResult:
        """Return the mode's own widgets."""
        raise NotImplementedError

    @property
    def console(self) -> "PgtuiApp":
        """The app, with its type."""
        return cast("PgtuiApp", self.app)

    @property
    def services(self) -> "Services | None":
        """The services; None until they are loaded."""
        return self.console.services

    @property
    def chosen(self) -> Cluster | None:
        """The chosen cluster, as last seen; None when there is none."""
        return self.console.chosen_cluster

    def available(self, command: type[Command]) -> bool | None:  # noqa: ARG002
        """Return whether a command of this mode can be used now: None shows it dimmed, False hides it.

        Call `refresh_bindings()` when the answer changes.
        """
        return True

    def is_watching(self, job_id: str) -> bool:  # noqa: ARG002
        """Return whether this job's state is in sight here, so that no notice of its end is needed."""
        return False

    def focus_home(self) -> None:
        """Give the focus to where keys are commands: called when escape leaves a field."""
        for widget in self.focus_chain:
            if not is_field(widget):
                widget.focus()
                return

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:  # noqa: ARG002
        for command in COMMANDS:
            if command.id == action and command.mode is self.mode:
                return self.available(command)
        return True

    def key_escape(self) -> None:
        if is_field(self.focused):
            self.focus_home()

    def show_head(self) -> None:
        """Bring the head lines up to date."""
        app = self.console
        looked = app.inventory_snapshot is not None
        self.query_one(ClusterLine).show(self.chosen, app.facts, looked, app.archiving)
        self.query_one(ModeLine).show_running(app.running_jobs)

    def on_mount(self) -> None:
        self.console.mode_screens[self.mode] = self
        self.show_head()
        if self.services is not None:
            self.post_message(ServicesReady())

    def on_inventory_changed(self, _: InventoryChanged) -> None:
        self.show_head()

    def on_cluster_chosen(self, _: ClusterChosen) -> None:
        self.show_head()

    def on_facts_changed(self, _: FactsChanged) -> None:
        self.show_head()

    def on_job_changed(self, _: JobChanged) -> None:
        self.show_head()


def is_field(widget: Widget | None) -> bool:
    """Return whether keys are typed into this widget."""
    # Late: the text area takes longer to import than all that the first frame shows.
    from textual.widgets import Input, TextArea

    return isinstance(widget, Input | TextArea)
