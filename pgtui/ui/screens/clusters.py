"""The Clusters mode."""

from textual.app import ComposeResult
from textual.widgets import Static

from pgtui.ui.commands import Mode, bindings_of
from pgtui.ui.screens.mode import ModeScreen


class ClustersScreen(ModeScreen):
    """Hosts, clusters and what lies in them."""

    mode = Mode.CLUSTERS
    BINDINGS = bindings_of(Mode.CLUSTERS)

    def compose_body(self) -> ComposeResult:
        yield Static("")
