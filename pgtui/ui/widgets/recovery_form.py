"""The choice of a target: what can be reached, a typed time, what it means, and a list to pick from."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Select, Static

from pgtui.domain.backup import BaseBackup
from pgtui.domain.cluster import Cluster
from pgtui.domain.errors import BadInput, PgtuiError
from pgtui.domain.preflight import Finding
from pgtui.domain.sandbox import Sandbox
from pgtui.domain.target_input import parse_target_time
from pgtui.services.recovery import RecoveryRange
from pgtui.ui.instants import ZoneChoice, Zones, local_zone_name, typed_text, usable_zone
from pgtui.ui.recovery_rows import COLUMNS, Entry, Moment, cluster_entries, entries
from pgtui.ui.target_words import instant_words, problem_words, range_words, start_words
from pgtui.ui.text import content
from pgtui.ui.widgets.plan_view import finding_content
from pgtui.ui.widgets.virtual_list import VirtualList


class ChoiceList(VirtualList[Entry]):
    """Moments, sandboxes, findings and base backups under one cursor."""

    HELP = (
        "Enter on a moment fills in a time just after it; on a sandbox opens it; on a base backup starts "
        "from that one instead of the newest that fits; on a warning shows all of it."
    )


class TargetInput(Input):
    """The target time."""

    HELP = (
        "Type date and time, such as 2026-11-22 11:59:57.25. It is meant in the zone beside it, unless "
        "an offset or a zone name follows it (+01, Z, Europe/Berlin). Enter shows the plan; nothing runs "
        "before you say so."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "submit", "Plan", id="target.plan"),
        Binding("down", "go_to_list", "Pick from the list", id="target.list"),
    ]

    def action_go_to_list(self) -> None:
        self.screen.set_focus(self.screen.query_one(ChoiceList))


class RecoveryForm(Vertical):
    """Knows what was typed and picked; asks its screen for everything else by messages."""

    class PlanWanted(Message):
        """The target was given: plan it."""

    class SandboxPicked(Message):
        """A sandbox is to be opened."""

        def __init__(self, sandbox: Sandbox) -> None:
            super().__init__()
            self.sandbox = sandbox

    class ClusterPicked(Message):
        """A cluster was picked from the list."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, clock: Callable[[], datetime], *, id: str | None = None) -> None:
        """Tell ages by this clock."""
        super().__init__(id=id)
        self._clock = clock
        self._zones = Zones("", local_zone_name(clock()))
        self._reach: RecoveryRange | None = None
        self._sandboxes: Sequence[Sandbox] = ()
        self._zone_picked = False
        self.pinned = ""
        """Path of the base backup that the user chose; "" leaves the choice to pgtui."""
        self.moment: datetime | None = None
        """The target as understood; None: nothing typed, or nothing that can be meant."""

    def compose(self) -> ComposeResult:
        yield Static("", id="range-words")
        with Horizontal(id="target-row"):
            yield Static("Target", id="target-label")
            yield TargetInput(id="target-time", placeholder="2026-11-22 11:59:57", select_on_focus=False)
            yield Static("in", id="zone-label")
            yield Select(
                self._zone_options(),
                value=ZoneChoice.TYPED,
                allow_blank=False,
                id="target-zone",
                compact=True,
            )
        yield Static("", id="target-words")
        yield Static("", id="start-words")
        yield Static("", id="target-findings")
        yield ChoiceList(COLUMNS, titles=False, empty="", id="recovery-list")

    # What is shown

    def show_busy(self, words: str) -> None:
        """Show that what is known is still being read."""
        self._reach = None
        self.query_one("#range-words", Static).update(content(words, "$dim"))
        self._show_target()

    def show_problem(self, error: PgtuiError) -> None:
        """Show why nothing can be told about the cluster."""
        self._reach = None
        self.query_one("#range-words", Static).update(problem_words(error))
        self._show_rows()
        self._show_target()

    def show_clusters(self, clusters: Sequence[Cluster]) -> None:
        """Offer clusters to pick from: none is chosen."""
        self._reach = None
        words = (
            "Which cluster's past?"
            if clusters
            else "No cluster was found. Clusters (key 1) tells where pgtui looks."
        )
        self.query_one("#range-words", Static).update(content(words))
        self.query_one(ChoiceList).show_rows(cluster_entries(clusters), cursor=0)

    def show_range(self, reach: RecoveryRange, sandboxes: Sequence[Sandbox]) -> None:
        """Show what can be reached, and the sandboxes that there are of the cluster."""
        self._reach, self._sandboxes = reach, sandboxes
        self._take_zones(Zones(usable_zone(reach.server_zone), self._zones.local))
        self.query_one("#range-words", Static).update(range_words(reach, self._zones))
        self._show_rows()
        self._show_target()

    def show_findings(self, findings: Sequence[Finding], note: str = "") -> None:
        """Show what stands against the target, until something else is typed."""
        parts = [finding_content(finding) for finding in findings]
        parts += [content(note, "$dim")] if note else []
        self._show("target-findings", Content("\n").join(parts))

    def show_refusal(self, error: PgtuiError) -> None:
        """Show why the target is not planned, until something else is typed."""
        self._show("target-findings", problem_words(error))

    def forget_target(self) -> None:
        """Begin anew, for another cluster."""
        self.pinned, self._zone_picked = "", False
        self.query_one(TargetInput).value = ""

    def type_target(self) -> None:
        """Give the focus to the target time."""
        # Not focus(): that waits its turn, and keys typed meanwhile would be taken as commands.
        self.screen.set_focus(self.query_one(TargetInput))

    @property
    def selected_sandbox(self) -> Sandbox | None:
        """The sandbox under the list's cursor."""
        row = self.query_one(ChoiceList).row
        return row.item if row and isinstance(row.item, Sandbox) else None

    # Zones

    def _zone_options(self) -> list[tuple[Content, ZoneChoice]]:
        words = {
            ZoneChoice.SERVER: f"server: {self._zones.server}",
            ZoneChoice.UTC: "UTC",
            ZoneChoice.LOCAL: f"local: {self._zones.local}",
            ZoneChoice.TYPED: "offset typed with it",
        }
        skipped = set() if self._zones.server else {ZoneChoice.SERVER}
        return [(content(words[choice]), choice) for choice in ZoneChoice if choice not in skipped]

    def _take_zones(self, zones: Zones) -> None:
        picked = self._choice
        if zones != self._zones:
            self._zones = zones
            self.query_one("#target-zone", Select).set_options(self._zone_options())
        preset = ZoneChoice.SERVER if zones.server else ZoneChoice.TYPED
        keeps = self._zone_picked and (picked is not ZoneChoice.SERVER or bool(zones.server))
        select = self.query_one("#target-zone", Select)
        with select.prevent(Select.Changed):
            select.value = picked if keeps else preset

    @property
    def _choice(self) -> ZoneChoice:
        return ZoneChoice(str(self.query_one("#target-zone", Select).value))

    @property
    def _shown_zone(self) -> str:
        return self._zones.name(self._choice) or self._zones.server or "UTC"

    # What the user does

    @on(Select.Changed, "#target-zone")
    def _zone_changed(self) -> None:
        self._zone_picked = True
        self._show_rows()
        self._show_target()

    @on(Input.Changed, "#target-time")
    def _typed(self) -> None:
        self._show_target()

    @on(Input.Submitted, "#target-time")
    def _submitted(self) -> None:
        self.post_message(self.PlanWanted())

    @on(VirtualList.Selected)
    def _picked(self, event: VirtualList.Selected) -> None:
        event.stop()
        match event.row.item:
            case Moment() as moment:
                field = self.query_one(TargetInput)
                field.value = typed_text(moment.after, self._zones.name(self._choice))
                field.action_end()
                self.type_target()
            case BaseBackup() as backup:
                self._pin(backup)
            case Sandbox() as sandbox:
                self.post_message(self.SandboxPicked(sandbox))
            case Finding() as finding:
                self.show_findings([finding])
            case Cluster() as cluster:
                self.post_message(self.ClusterPicked(cluster.name))

    def _pin(self, backup: BaseBackup) -> None:
        if backup.problem:
            self.app.bell()
            return
        self.pinned = "" if self.pinned == backup.path else backup.path
        self._show_rows()
        self._show_target()

    def _show_rows(self) -> None:
        rows: list[Entry] = []
        if self._reach is not None:
            rows = entries(self._reach, self._sandboxes, self._shown_zone, self.pinned, self._clock())
        self.query_one(ChoiceList).show_rows(rows)

    def _show_target(self) -> None:
        typed = self.query_one(TargetInput).value
        self.moment = None
        words, start = Content(""), Content("")
        if not typed.strip():
            words = content("Type a moment, or press ↓ and pick one.", "$dim")
        else:
            try:
                self.moment = parse_target_time(typed, self._zones.name(self._choice))
            except BadInput as error:
                words = problem_words(error)
            else:
                words = instant_words(self.moment, self._zones, self._clock())
        if self.moment is not None and self._reach is not None:
            start = start_words(self._reach, self.moment, self.pinned)
        self._show("target-words", words)
        self._show("start-words", start)
        self._show("target-findings", Content(""))

    def _show(self, name: str, words: Content) -> None:
        part = self.query_one(f"#{name}", Static)
        part.display = bool(words.plain)
        part.update(words)
