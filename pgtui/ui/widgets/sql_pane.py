"""A look into a sandbox: its databases, its tables, a statement, and the rows. Read-only."""

from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Select, Static, TextArea

from pgtui.domain.errors import PgtuiError
from pgtui.domain.sandbox import SandboxSpec
from pgtui.services.sandboxes import QueryResult
from pgtui.ui.dialogs.row import RowDialog
from pgtui.ui.text import content, lines
from pgtui.ui.widgets.result_table import ResultTable, result_words
from pgtui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from pgtui.services.sandboxes import Sandboxes

_LISTED_ROWS = 100


class SqlInput(TextArea):
    """A statement of one or several lines."""

    HELP = "Type a statement; enter runs it, ctrl+j begins a new line. Only reading is possible in a sandbox."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Run", id="statement.run"),
        Binding("ctrl+j", "new_line", "New line", id="statement.new_line"),
        Binding("tab", "app.focus_next", "Rows", id="statement.rows"),
    ]

    class Submitted(Message):
        """Enter was pressed."""

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.action_submit()
        else:
            await super()._on_key(event)

    def action_submit(self) -> None:
        self.post_message(self.Submitted())

    def action_new_line(self) -> None:
        self.insert("\n")


class SqlPane(Vertical):
    """Asks one sandbox at a time; an answer for another one, or for an older statement, is never shown."""

    def __init__(self, *, id: str | None = None) -> None:
        """Begin without a sandbox."""
        super().__init__(id=id)
        self._sandboxes: Sandboxes | None = None
        self._result: QueryResult | None = None
        self._lists_tables = False
        self.spec: SandboxSpec | None = None
        """The sandbox that is open."""

    def compose(self) -> ComposeResult:
        yield Static("", id="sandbox-words")
        with Horizontal(id="sql-database-row"):
            yield Static("Database", classes="sql-label")
            yield Select[str]((), prompt="…", id="sql-database", compact=True)
        with Horizontal(id="sql-input-row"):
            yield Static("Statement", classes="sql-label")
            yield SqlInput(
                placeholder="select … (enter runs it; read-only)",
                id="sql-input",
                compact=True,
                highlight_cursor_line=False,
            )
        yield Static("", id="sql-status")
        yield ResultTable(id="results")

    def open(self, sandboxes: "Sandboxes", spec: SandboxSpec) -> None:
        """Look into a sandbox."""
        self._sandboxes, self.spec = sandboxes, spec
        self.query_one("#sandbox-words", Static).update(
            Content.assemble(
                ("Sandbox ", "$dim"),
                content(spec.name, "bold"),
                (" of ", "$dim"),
                content(spec.cluster, "bold"),
                ("\nAs of ", "$dim"),
                content(spec.target),
                (" · read-only", "$dim"),
            )
        )
        self.query_one("#sql-database", Select).set_options(())
        self.query_one(SqlInput).text = ""
        self._clear(Content.styled("Asking for the databases …", "$dim"))
        self._load_databases(sandboxes, spec)

    def close(self) -> None:
        """Forget the sandbox; statements that still run are ended."""
        self.workers.cancel_node(self)
        self.spec = None

    def type_statement(self) -> None:
        """Give the focus to the statement."""
        # Not focus(): that waits its turn, and keys typed meanwhile would be taken as commands.
        self.screen.set_focus(self.query_one(SqlInput))

    @work(group="sql", exclusive=True)
    async def _load_databases(self, sandboxes: "Sandboxes", spec: SandboxSpec) -> None:
        try:
            names = await sandboxes.databases(spec.name)
        except PgtuiError as error:
            self._show_error(error)
            return
        select = self.query_one("#sql-database", Select)
        select.set_options([(content(name), name) for name in names])
        if names:
            select.value = names[0]
        else:
            self._clear(Content("There is no database to connect to."))

    @on(Select.Changed, "#sql-database")
    def _database_chosen(self) -> None:
        self._begin("", "Asking for the tables …")

    @on(SqlInput.Submitted)
    def _submitted(self) -> None:
        statement = self.query_one(SqlInput).text
        if statement.strip():
            self._begin(statement, "Running …")

    def _begin(self, statement: str, words: str) -> None:
        """Run a statement, or list the tables for an empty one."""
        database = self.query_one("#sql-database", Select).value
        if self._sandboxes is not None and self.spec is not None and isinstance(database, str):
            self._clear(Content.styled(words, "$dim"))
            self._run(self._sandboxes, self.spec, database, statement)

    @work(group="sql", exclusive=True)
    async def _run(self, sandboxes: "Sandboxes", spec: SandboxSpec, database: str, statement: str) -> None:
        try:
            if statement:
                result = await sandboxes.query(spec.name, database, statement)
            else:
                result = await sandboxes.tables(spec.name, database)
        except PgtuiError as error:
            self._show_error(error)
            return
        self._result, self._lists_tables = result, not statement
        words = result_words(result)
        if self._lists_tables:
            words = Content.assemble(
                "Tables of ", content(database, "bold"), (" · enter on one reads it", "$dim")
            )
        self.query_one("#sql-status", Static).update(words)
        self.query_one(ResultTable).show_result(result)

    def _clear(self, words: Content) -> None:
        self._result, self._lists_tables = None, False
        self.query_one("#sql-status", Static).update(words)
        self.query_one(ResultTable).clear()

    def _show_error(self, error: PgtuiError) -> None:
        words = Content.assemble(("✕ ", "$error bold"), lines(error.message))
        if error.hint:
            words += Content("\n") + lines(error.hint, "$dim")
        self._clear(words)

    @on(VirtualList.Selected, "#results")
    def _row_selected(self, event: VirtualList.Selected) -> None:
        event.stop()
        if self._lists_tables:
            statement = f"select * from {event.row[0]} limit {_LISTED_ROWS}"
            self.query_one(SqlInput).text = statement
            self._begin(statement, "Running …")
        elif self._result is not None:
            self.app.push_screen(RowDialog(self._result.columns, event.row))
