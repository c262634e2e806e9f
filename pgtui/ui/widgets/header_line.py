"""The head of every mode: the modes with their keys, and one line on the chosen cluster."""

from textual import events
from textual.content import Content
from textual.style import Style
from textual.widget import Widget

from pgtui.domain.cluster import Cluster, ClusterFacts
from pgtui.domain.errors import PasswordNeeded, PgtuiError
from pgtui.ui.commands import Mode
from pgtui.ui.present import Cell, Mark, Tone, archiving_mark, server_mark
from pgtui.ui.text import content

Answer = ClusterFacts | PgtuiError
_SHORTEST = 12
"""What a name that gives way keeps."""
_Known = tuple[Cluster | None, Answer | None, bool, Mark | None]


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

    def on_click(self, event: events.Click) -> None:
        key = event.style.meta.get("key")
        if key:
            self.app.simulate_key(key)

    def render(self) -> Content:
        parts = [Content.styled("pgtui", "bold $primary")]
        for mode in Mode:
            title = f"{mode.label} ▶{self._jobs}" if mode is Mode.JOBS and self._jobs else mode.label
            # The brackets tell the present mode where neither colour nor bold can be seen.
            words = f"[{mode.key} {title}]" if mode is self._mode else f" {mode.key} {title} "
            style = "bold $foreground" if mode is self._mode else "$dim"
            parts.append(Content.styled(words, style).stylize(Style.from_meta({"key": mode.key})))
        return Content(" ").join(parts)


class ClusterLine(Widget):
    """One line on the chosen cluster: name, place, version, state, role, archiving, or what is wrong."""

    DEFAULT_CSS = """
    ClusterLine { height: 1; padding: 0 1; background: $surface; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._known: _Known = (None, None, False, None)

    def show(
        self, cluster: Cluster | None, facts: Answer | None, looked: bool, archiving: Mark | None = None
    ) -> None:
        """Show what is known, `archiving` as the monitor judges it; repaints only when that has changed."""
        known = (cluster, facts, looked, archiving)
        if _cells(*known) != _cells(*self._known):
            self.refresh()
        self._known = known

    def render(self) -> Content:
        width = self.content_size.width
        line = _line(_cells(*self._known))
        if line.cell_length > width:
            line = _line(_cells(*self._known, short=True), width)
        return line.truncate(width, ellipsis=True)


def _line(cells: list[Cell], width: int | None = None) -> Content:
    """Join the cells; where they are too wide, the first one, a name, gives way before the state does."""
    parts = [content(cell.text, cell.tone.style) for cell in cells]
    line = Content("  ").join(parts)
    if width is None or line.cell_length <= width or len(parts) < 2:
        return line
    room = parts[0].cell_length - (line.cell_length - width)
    return Content("  ").join([parts[0].truncate(max(_SHORTEST, room), ellipsis=True), *parts[1:]])


def _cells(
    cluster: Cluster | None,
    facts: Answer | None,
    looked: bool,
    verdict: Mark | None,
    *,
    short: bool = False,
) -> list[Cell]:
    if cluster is None:
        return [Cell("No cluster chosen" if looked else "Looking for clusters …", Tone.DIM)]
    mark = server_mark(cluster.state)
    version = facts.version if isinstance(facts, ClusterFacts) else cluster.version
    product = "PG" if short else "PostgreSQL"
    cells = [Cell(cluster.name, Tone.STRONG)]
    if not short:
        cells.append(Cell(str(cluster.place), Tone.DIM))
    cells.append(Cell(f"{product} {version}" if version else "version unknown"))
    cells.append(Cell(str(mark), mark.tone))
    if cluster.problem:
        cells.append(Cell(cluster.problem, Tone.BAD))
    elif isinstance(facts, PasswordNeeded):
        cells.append(Cell("! password needed: press p in Clusters", Tone.WARN))
    elif isinstance(facts, PgtuiError):
        cells.append(Cell(f"✕ {facts.message}", Tone.BAD))
    elif facts is not None:
        cells.append(Cell("standby" if facts.in_recovery else "primary"))
        archiving = verdict or archiving_mark(facts.archiver)
        cells.append(Cell(str(archiving), archiving.tone))
    return cells
