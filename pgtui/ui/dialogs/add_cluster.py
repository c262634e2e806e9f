"""Writes an entry for a cluster to the configuration file."""

from collections.abc import Awaitable, Callable

from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, RadioSet, Static

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.errors import PgtuiError
from pgtui.domain.place import HostKind, Place
from pgtui.ui.dialogs.base import Dialog, button
from pgtui.ui.dialogs.choice import Choice
from pgtui.ui.text import lines, plain

_FIELDS = (
    ("name", "Name", "what every command will call it"),
    ("place", "Where", "container name, or absolute data directory"),
    ("user", "User", "postgres"),
    ("database", "Database", "postgres"),
    ("backups", "Base backups", "directory, as the cluster's host sees it"),
    ("archive", "WAL archive", "directory; empty: read from archive_command"),
)


class AddClusterDialog(Dialog[str]):
    """Answers with the name that was written; stays open with the reason when it could not be written."""

    HELP = (
        "Clusters that run here are found by themselves; an entry gives one a name of your choice, and says "
        "where its backups and its archive lie. Discovered clusters need none."
    )

    def __init__(self, add: Callable[[Cluster], Awaitable[None]], proposed: Cluster | None) -> None:
        """Ask for an entry; `proposed` fills the fields."""
        super().__init__("Add a cluster to the configuration")
        self._add = add
        self._proposed = proposed

    def compose_dialog(self) -> ComposeResult:
        values = _values(self._proposed)
        local = self._proposed is not None and self._proposed.place.kind is HostKind.LOCAL
        with VerticalScroll(classes="dialog-body", can_focus=False):
            with Horizontal(classes="dialog-field"):
                yield Static("Host", classes="dialog-field-label")
                with RadioSet(id="kind", compact=True):
                    yield Choice("Docker container", value=not local, compact=True)
                    yield Choice("local directory", value=local, compact=True)
            for id, label, hint in _FIELDS:
                with Horizontal(classes="dialog-field"):
                    yield Static(label, classes="dialog-field-label")
                    yield Input(values.get(id, ""), placeholder=hint, id=id)
        yield Static("", classes="dialog-error", id="problem")

    def compose_buttons(self) -> ComposeResult:
        yield button("Cancel", "cancel")
        yield button("Write the entry", "write", variant="primary")

    def on_mount(self) -> None:
        self.set_focus(self.query_one("#name", Input))

    @on(Input.Submitted)
    def _next(self) -> None:
        self.focus_next()

    @on(Button.Pressed, "#cancel")
    def _cancel(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#write")
    def _write(self) -> None:
        cluster, problem = self._cluster()
        if cluster is None:
            self._show_problem(problem)
        else:
            self._write_entry(cluster)

    @work(group="write", exclusive=True)
    async def _write_entry(self, cluster: Cluster) -> None:
        try:
            await self._add(cluster)
        except PgtuiError as error:
            self._show_problem(str(error))
        else:
            self.dismiss(cluster.name)

    def _show_problem(self, problem: str) -> None:
        self.query_one("#problem", Static).update(lines(problem, limit=1000))

    def _cluster(self) -> tuple[Cluster | None, str]:
        typed = {id: self.query_one(f"#{id}", Input).value.strip() for id, _, _ in _FIELDS}
        kind = HostKind.LOCAL if self.query_one(RadioSet).pressed_index == 1 else HostKind.DOCKER
        if not typed["name"]:
            return None, "A cluster needs a name."
        if not typed["place"]:
            return None, "Name its container or its data directory."
        if kind is HostKind.LOCAL and not typed["place"].startswith("/"):
            return None, "A data directory is an absolute path: it begins with a slash."
        cluster = Cluster(
            name=typed["name"],
            place=Place(kind, typed["place"]),
            state=ServerState.UNKNOWN,
            user=typed["user"] or "postgres",
            database=typed["database"] or "postgres",
            backups=(typed["backups"],) if typed["backups"] else (),
            archive=typed["archive"] or None,
            from_config=True,
        )
        return cluster, ""


def _values(proposed: Cluster | None) -> dict[str, str]:
    if proposed is None:
        return {}
    values = {
        "name": proposed.name,
        "place": proposed.place.name,
        "user": proposed.user,
        "database": proposed.database,
        "backups": proposed.backups[0] if proposed.backups else "",
        "archive": proposed.archive or "",
    }
    # What cannot be seen cannot be edited in a field either.
    return {field: value for field, value in values.items() if value == plain(value)}
