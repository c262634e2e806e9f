"""The head of every mode: the modes with their keys, and one line on the chosen cluster."""

from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from pgtui.domain.cluster import Cluster, ClusterFacts
from pgtui.domain.errors import PasswordNeeded, PgtuiError
from pgtui.ui.commands import Mode
from pgtui.ui.present import Cell, Tone, archiving_mark, server_mark
from pgtui.ui.text import content


class ModeLine(Widget):
    """The modes with their keys; the present one stands out; the number of running jobs beside Jobs."""

    DEFAULT_CSS = """
    ModeLine { height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self, mode: Mode) -> None:
        super().__init__()
        self._mode = mode
        self._jobs = 0

    def show_running(self, running: int) -> None:
        if running != self._jobs:
            self._jobs = running
            self.refresh()

    def render(self) -> Content:
        parts = [Content.styled("pgtui", "bold $primary")]
        for mode in Mode:
            title = f"{mode.label} ▶{self._jobs}" if mode is Mode.JOBS and self._jobs else mode.label
            # The brackets tell the present mode where neither colour nor bold can be seen.
            words = f"[{mode.key} {title}]" if mode is self._mode else f" {mode.key} {title} "
            style = "bold $foreground" if mode is self._mode else "$dim"
            click = Style.from_meta({"@click": f"app.simulate_key({mode.key!r})"})
            parts.append(Content.styled(words, style).stylize(click))
        return Content(" ").join(parts)


class ClusterLine(Widget):
    """One line on the chosen cluster: name, place, version, state, role, archiving, or what is wrong."""

    DEFAULT_CSS = """
    ClusterLine { height: 1; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._shown = Content.styled("Looking for clusters …", "$dim")

    def show(self, cluster: Cluster | None, facts: ClusterFacts | PgtuiError | None, looked: bool) -> None:
        """Show what is known; repaints only when that has changed."""
        line = _line(cluster, facts, looked)
        if line != self._shown or line.spans != self._shown.spans:
            self._shown = line
            self.refresh()

    def render(self) -> Content:
        return self._shown.truncate(self.content_size.width, ellipsis=True)


def _line(cluster: Cluster | None, facts: ClusterFacts | PgtuiError | None, looked: bool) -> Content:
    if cluster is None:
        return Content.styled("No cluster chosen" if looked else "Looking for clusters …", "$dim")
    parts = [content(cluster.name, "bold"), content(cluster.place, "$dim")]
    parts += [content(cell.text, cell.tone.style) for cell in cluster_cells(cluster, facts)]
    return Content("  ").join(parts)


def cluster_cells(cluster: Cluster, facts: ClusterFacts | PgtuiError | None) -> list[Cell]:
    """Return what is known of a cluster in a few words each."""
    mark = server_mark(cluster.state)
    version = facts.version if isinstance(facts, ClusterFacts) else cluster.version
    cells = [Cell(f"PostgreSQL {version}" if version else "version unknown"), Cell(str(mark), mark.tone)]
    if cluster.problem:
        cells.append(Cell(cluster.problem, Tone.BAD))
    elif isinstance(facts, PasswordNeeded):
        cells.append(Cell("! password needed: press p in Clusters", Tone.WARN))
    elif isinstance(facts, PgtuiError):
        cells.append(Cell(f"✕ {facts.message}", Tone.BAD))
    elif facts is not None:
        cells.append(Cell("standby" if facts.in_recovery else "primary"))
        archiving = archiving_mark(facts.archiver)
        cells.append(Cell(str(archiving), archiving.tone))
    return cells
