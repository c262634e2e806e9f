"""All clusters' archiving at one glance, on services with fixed answers."""

from dataclasses import replace

import pytest
from textual.geometry import Region

from pgtui.domain.archive_status import ArchiveState
from pgtui.domain.cluster import Cluster, InventorySnapshot, ServerState
from pgtui.domain.place import HostKind, Place
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.widgets.archive_overview import ClusterTable
from tests.ui.archive_values import FAILING, OK, state
from tests.ui.console import LARGE, SMALL, console, screen_lines, shows, until
from tests.ui.fakes import FACTS, HOSTS, NOW, FakeInventory
from tests.ui.fakes_archive import FakeMonitor, FakeSetup, archive_services
from tests.ui.test_archive_screen import go_to_archive


def sixty() -> tuple[FakeInventory, FakeMonitor]:
    clusters = tuple(
        Cluster(
            f"prod-{number:02d}",
            Place(HostKind.DOCKER, f"prod-{number:02d}"),
            ServerState.STOPPED if number == 7 else ServerState.RUNNING,
        )
        for number in range(60)
    )
    known = {
        cluster.name: replace(OK, cluster=cluster.name) for cluster in clusters if cluster.name != "prod-07"
    }
    known["prod-42"] = replace(FAILING, cluster="prod-42")
    known["prod-50"] = replace(
        state(ArchiveState.LAGGING, "More is written than archived."), cluster="prod-50"
    )
    inventory = FakeInventory(
        snapshot=InventorySnapshot(HOSTS, clusters, NOW),
        answers={cluster.name: FACTS for cluster in clusters},
    )
    return inventory, FakeMonitor(known, {})


async def test_sixty_clusters_are_shown_the_worst_first_and_enter_looks_at_one() -> None:
    inventory, monitor = sixty()
    async with console(archive_services(monitor, inventory=inventory), chosen="prod-00") as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters   ✕ 1 failing  ! 1 lagging  ● 57 ok  ○ 1 not running")
        lines = screen_lines(pilot.app)
        first = next(index for index, line in enumerate(lines) if "prod-42" in line)
        assert "✕ FAILING" in lines[first]
        assert "prod-50" in lines[first + 1]
        assert "pg" not in lines[first]
        # The cursor is on the cluster that was looked at in depth.
        await shows(pilot.app, "prod-00  ● OK  Every full segment")
        await pilot.press("home", "down")
        await shows(pilot.app, "prod-50  ! LAGGING  More is written than archived.")
        await pilot.press("end")
        await shows(pilot.app, "prod-07  ○ not running  Its server is stopped.")
        await pilot.press("home", "enter")
        await shows(pilot.app, "sh: 1: pgbackrest: not found")
        assert monitor.watched[-1] == ("prod-42", False)


async def test_the_cursor_stays_on_its_cluster_when_the_order_changes() -> None:
    inventory, monitor = sixty()
    async with console(archive_services(monitor, inventory=inventory), chosen="prod-00") as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        await pilot.press("home", "down")
        monitor.known["prod-59"] = replace(FAILING, cluster="prod-59")
        pilot.app.screen._show()  # type: ignore[attr-defined] # noqa: SLF001
        await shows(pilot.app, "✕ 2 failing")
        row = pilot.app.screen.query_one(ClusterTable).row
        assert row is not None
        assert row.name == "prod-50"


async def test_of_sixty_clusters_only_lines_that_changed_are_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    inventory, monitor = sixty()
    async with console(archive_services(monitor, inventory=inventory), chosen="prod-00", size=LARGE) as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        await pilot.pause()
        painted: list[tuple[Region, ...]] = []
        monkeypatch.setattr(ClusterTable, "refresh", lambda _, *regions, **__: painted.append(regions))
        pilot.app.screen._show()  # type: ignore[attr-defined] # noqa: SLF001
        assert painted == []
        monitor.known["prod-03"] = replace(
            monitor.known["prod-03"], figures=replace(OK.figures, written_per_second=7.7e6)
        )
        pilot.app.screen._show()  # type: ignore[attr-defined] # noqa: SLF001
        assert [region.height for regions in painted for region in regions] == [1]


async def test_commands_of_the_overview_are_about_the_cluster_under_the_cursor() -> None:
    inventory, monitor = sixty()
    setup = FakeSetup()
    async with console(archive_services(monitor, setup, inventory=inventory), chosen="prod-00") as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        await pilot.press("home", "w")
        await until(lambda: isinstance(pilot.app.screen, PlanDialog))
        # The dialog only lies over them: they are watched on.
        assert monitor.watched[-1] == ("prod-00", True)
        await pilot.press("escape", "1")
        await until(lambda: monitor.watched[-1] == ("prod-00", False))
    assert setup.asked == [("switch", "prod-42")]


async def test_escape_goes_from_all_clusters_back_to_the_one() -> None:
    inventory, monitor = sixty()
    async with console(archive_services(monitor, inventory=inventory), chosen="prod-00") as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        await pilot.press("escape")
        await shows(pilot.app, "WAL a second")


async def test_the_cursor_begins_on_the_chosen_cluster_and_enter_opens_what_is_under_it() -> None:
    inventory, monitor = sixty()
    async with console(archive_services(monitor, inventory=inventory), chosen="prod-55") as pilot:
        await go_to_archive(pilot)
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        table = pilot.app.screen.query_one(ClusterTable)
        await until(lambda: table.row and table.row.name == "prod-55")
        await until(lambda: any("prod-55" in line for line in screen_lines(pilot.app)[5:19]))
        await pilot.press("up", "enter")
        await until(lambda: monitor.watched[-1] == ("prod-54", False))
        await pilot.press("o")
        await until(lambda: table.row and table.row.name == "prod-54")


@pytest.mark.parametrize("size", [SMALL, LARGE])
async def test_a_long_name_hides_neither_the_verdict_in_the_head_nor_the_reason(
    size: tuple[int, int],
) -> None:
    inventory, monitor = sixty()
    long = "a-very-long-name-of-a-cluster-" * 3
    clusters = inventory.snapshot.clusters
    renamed = replace(clusters[0], name=long)
    inventory.snapshot = replace(inventory.snapshot, clusters=(renamed, *clusters[1:]))
    inventory.answers[long] = FACTS
    monitor.known = {long: replace(FAILING, cluster=long)}
    async with console(archive_services(monitor, inventory=inventory), chosen=long, size=size) as pilot:
        await go_to_archive(pilot)
        await shows(pilot.app, "✕ archiving fails")
        head = screen_lines(pilot.app)[1]
        assert "● running" in head
        assert "…" in head or long in head
        await pilot.press("o")
        await shows(pilot.app, "60 clusters")
        await shows(pilot.app, "…  ✕ FAILING  3 segments (48 MB) wait")
        row = next(line for line in screen_lines(pilot.app)[4:] if line.lstrip().startswith("a-very"))
        assert "…" in row
        assert "✕ FAILING" in row
