"""The Clusters mode: the tree of what there is, and the details of what has the cursor."""

from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Input

from pgtui.domain.cluster import Cluster, Relation, ServerState
from pgtui.domain.errors import ConnectError
from pgtui.ui import commands
from pgtui.ui.commands import Command, Mode, bindings_of
from pgtui.ui.messages import ClusterChosen, FactsChanged, InventoryChanged
from pgtui.ui.outline import Key, Loading, Outline, OutlineRow, RowKind, index_of
from pgtui.ui.screens.cluster_details import details_of
from pgtui.ui.screens.mode import ModeScreen
from pgtui.ui.widgets.details_pane import DetailsPane
from pgtui.ui.widgets.outline_list import OutlineList
from pgtui.ui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from pgtui.ui.screens.cluster_actions import ClusterActions


class ClustersScreen(ModeScreen):
    """Moving the cursor chooses the cluster that the header and the other modes are about."""

    mode = Mode.CLUSTERS
    HELP = (
        "Every host with its clusters, and what lies in them. The cluster under the cursor is the chosen: "
        "Recovery and the other modes are about it. Whatever changes something shows its plan first."
    )
    AUTO_FOCUS = "#outline"
    BINDINGS: ClassVar[list[BindingType]] = bindings_of(Mode.CLUSTERS)

    def __init__(self) -> None:
        super().__init__()
        self._outline = Outline()
        self._at: Key = ()

    @cached_property
    def _actions(self) -> "ClusterActions":
        # Late: dialogs and plans are not needed for the first frame.
        from pgtui.ui.screens.cluster_actions import ClusterActions

        return ClusterActions(self)

    def compose_body(self) -> ComposeResult:
        with Horizontal(id="clusters-body"):
            with Vertical(id="clusters-left"):
                yield OutlineList(id="outline")
                yield Input(placeholder="filter by name", id="name-filter")
            yield DetailsPane(id="details")

    @property
    def _list(self) -> OutlineList:
        return self.query_one("#outline", OutlineList)

    @property
    def _row(self) -> OutlineRow | None:
        return self._list.row

    # What is shown

    def on_mount(self) -> None:
        self._show()

    def on_inventory_changed(self, message: InventoryChanged) -> None:
        for cluster in message.snapshot.clusters:
            if cluster.state is not ServerState.RUNNING:
                self._outline.forget((cluster.place.kind.value, cluster.name))
        self._show()

    def on_facts_changed(self, _: FactsChanged) -> None:
        self._show_details()
        self.refresh_bindings()

    def on_cluster_chosen(self, message: ClusterChosen) -> None:
        row = self._row
        if message.name is not None and (row is None or row.cluster != message.name):
            self._at = self._key_of(message.name)
            self._show()

    def _key_of(self, name: str) -> Key:
        snapshot = self.console.inventory_snapshot
        found = (c for c in (snapshot.clusters if snapshot else ()) if c.name == name)
        return next(((c.place.kind.value, c.name) for c in found), ())

    def _show(self) -> None:
        snapshot = self.console.inventory_snapshot
        if snapshot is None:
            return
        if not self._at and self.console.chosen_name is not None:
            self._at = self._key_of(self.console.chosen_name)
        wanted = self.query_one("#name-filter", Input).value
        rows = self._outline.rows(snapshot, wanted)
        empty = "Nothing that has been opened has this in its name." if wanted else "No host was found."
        self._list.show_rows(rows, cursor=index_of(rows, self._at), empty=empty)
        self._show_details()
        self.refresh_bindings()

    def _show_details(self, *, from_top: bool = False) -> None:
        pane = self.query_one("#details", DetailsPane)
        pane.show_details(details_of(self._row, self._outline, self.console), from_top=from_top)

    @on(VirtualList.Highlighted, "#outline")
    def _cursor_moved(self, event: VirtualList.Highlighted) -> None:
        row: OutlineRow | None = event.row
        if row is None or event.index != self._list.cursor:
            return
        moved = row.key != self._at
        self._at = row.key
        if row.cluster:
            self.console.choose(row.cluster)
        self._show_details(from_top=moved)
        self.refresh_bindings()

    # The tree

    @on(OutlineList.Toggled)
    def _toggled(self, event: OutlineList.Toggled) -> None:
        key = event.row.key
        if event.expand:
            self._outline.expanded.add(key)
            if event.row.kind is not RowKind.HOST and not isinstance(self._outline.children.get(key), tuple):
                self._load(key)
        else:
            self._outline.expanded.discard(key)
        self._show()

    @on(VirtualList.Selected, "#outline")
    def _selected(self, event: VirtualList.Selected) -> None:
        if event.row.kind is RowKind.MORE:
            self._open_relations(event.row.key[:-1])

    def _load(self, key: Key) -> None:
        if self._outline.children.get(key) is None:
            self._outline.children[key] = Loading()
        self._actions.load(key)

    def loaded(self, key: Key, children: object) -> None:
        """Take over what the server answered for a row."""
        if key in self._outline.children:
            self._outline.children[key] = children  # type: ignore[assignment]
            self._show()

    def load_again(self, cluster: str) -> None:
        """Ask anew for all that is open in a cluster."""
        for key in [key for key in self._outline.children if key[1] == cluster]:
            if key in self._outline.expanded:
                self._load(key)
            else:
                del self._outline.children[key]

    # Commands

    @property
    def target(self) -> Cluster | None:
        """The cluster that a command is about: the one that the cursor is in."""
        row = self._row
        return self.chosen if row is not None and row.cluster and self.chosen is not None else None

    def available(self, command: type[Command]) -> bool | None:
        target = self.target
        state = target.state if target else None
        if command is commands.StartServer:
            return state is ServerState.STOPPED
        if command in (commands.StopServer, commands.RestartServer, commands.ReloadServer):
            return state is ServerState.RUNNING
        if command is commands.EnterPassword:
            return isinstance(self.console.facts, ConnectError)
        if command in (commands.ServerLog, commands.RecoverHere, commands.HideCluster):
            return target is not None and state is not ServerState.MISSING
        return True

    def action_filter_names(self) -> None:
        row = self._row
        schema = row.key[:4] if row is not None and len(row.key) >= 4 else None
        if schema and isinstance(self._outline.children.get(schema), tuple):
            self._open_relations(schema)
        else:
            field = self.query_one("#name-filter", Input)
            field.add_class("-shown")
            field.focus()

    def _open_relations(self, key: Key) -> None:
        found = self._outline.children.get(key)
        if isinstance(found, tuple):
            relations = tuple(each for each in found if isinstance(each, Relation))
            from pgtui.ui.screens.relations import RelationsSheet

            self.app.push_screen(RelationsSheet(" › ".join(key[1:]), relations))

    @on(Input.Changed, "#name-filter")
    def _filter_changed(self) -> None:
        self._show()

    @on(Input.Submitted, "#name-filter")
    def _filter_done(self) -> None:
        self._list.focus()

    def on_key(self, event: object) -> None:
        if getattr(event, "key", "") == "escape":
            field = self.query_one("#name-filter", Input)
            field.value = ""
            field.remove_class("-shown")
            self._list.focus()

    def action_refresh(self) -> None:
        self.console.look_now()
        if self.target:
            self.load_again(self.target.name)

    def action_server_log(self) -> None:
        self._actions.follow_log()

    def action_start_server(self) -> None:
        self._actions.start()

    def action_stop_server(self) -> None:
        self._actions.stop()

    def action_restart_server(self) -> None:
        self._actions.restart()

    def action_reload_server(self) -> None:
        self._actions.reload()

    def action_recover_here(self) -> None:
        self.app.switch_mode(Mode.RECOVERY.value)

    def action_enter_password(self) -> None:
        self._actions.enter_password()

    def action_add_cluster(self) -> None:
        self._actions.add()

    def action_hide_cluster(self) -> None:
        self._actions.hide()
