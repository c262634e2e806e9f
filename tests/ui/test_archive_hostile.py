"""Hostile names all over the Archive mode: nothing crashes, nothing acts, nothing reaches the terminal."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle

import pytest
from textual.app import App

from pgtui.domain.archive_draft import SettingRow
from pgtui.domain.archive_sample import Slot
from pgtui.domain.archive_status import ArchiveEvent, ArchiveStatus, Verdict
from pgtui.domain.cluster import Cluster, InventorySnapshot, ServerState
from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn
from pgtui.domain.place import HostKind, Place
from pgtui.domain.preflight import Finding, Severity
from pgtui.services.bundle import Services
from pgtui.ui.dialogs.archive_setup import ArchiveSetupDialog
from pgtui.ui.screens.archive import ArchiveScreen
from pgtui.ui.screens.archive_sheets import ArchiveReportSheet, PruneSheet
from tests.ui.archive_values import FAILING, FAILURE, HOLE, LOOK, PROPOSAL, REPORT, SAMPLE, curve
from tests.ui.console import LARGE, console, screen_text, until
from tests.ui.fakes import FACTS, HOSTS, MB, NOW, FakeInventory
from tests.ui.fakes_archive import FakeCheck, FakeMonitor, FakeSetup, archive_services
from tests.ui.hostile import HOSTILE, is_control


def _status(names: Iterator[str], cluster: str) -> ArchiveStatus:
    sample = replace(
        SAMPLE,
        last_archived_wal=next(names),
        slots=(Slot(next(names), False, Lsn(0), next(names), 99 * MB),),
        unseen=(next(names),),
    )
    return replace(
        FAILING,
        cluster=cluster,
        verdict=Verdict(FAILING.verdict.state, next(names), next(names)),
        sample=sample,
        figures=replace(FAILING.figures, current_segment=next(names)),
        failure=replace(
            FAILURE,
            segment=next(names),
            words=next(names),
            meaning=next(names),
            cause=next(names),
            hint=next(names),
        ),
        look=replace(LOOK, directory=next(names)),
        events=(ArchiveEvent(NOW, next(names)),),
        problem=next(names),
        problem_hint=next(names),
    )


def _services(names: Iterator[str]) -> tuple[Services, str]:
    first, second = next(names), next(names)
    clusters = tuple(
        Cluster(name, Place(HostKind.DOCKER, name), state, problem=next(names))
        for name, state in ((first, ServerState.RUNNING), (f"{second}2", ServerState.STOPPED))
    )
    setup = FakeSetup(
        refusal=BadInput(next(names), next(names)),
        found=(
            (SettingRow(next(names), next(names), next(names), True, True, next(names)),),
            (Finding(Severity.WARN, next(names), next(names)),),
        ),
        proposed=f"/{next(names)}",
    )
    hole = replace(HOLE, cost=(next(names), next(names)), first=next(names))
    problem = replace(REPORT.problems[0], name=next(names), words=next(names))
    check = FakeCheck(
        replace(
            REPORT,
            directory=next(names),
            spans=(replace(REPORT.spans[0], holes=(hole,)),),
            problems=(problem,),
            notes=(next(names),),
            system_identifier=next(names),
        ),
        replace(PROPOSAL, cut=next(names), goes=(next(names), next(names)), why=(next(names),)),
    )
    inventory = FakeInventory(
        snapshot=InventorySnapshot(HOSTS, clusters, NOW), answers={each.name: FACTS for each in clusters}
    )
    monitor = FakeMonitor({first: _status(names, first)}, {first: curve()})
    return archive_services(monitor, setup, check, inventory=inventory), first


def _assert_safe(app: App[None]) -> None:
    shown = screen_text(app)
    assert not [char for char in shown if is_control(char) and char != "\n"], ascii(shown)


@pytest.mark.parametrize("shift", range(0, len(HOSTILE), 5))
async def test_hostile_names_are_only_shown(shift: int) -> None:
    services, chosen = _services(cycle([*HOSTILE[shift:], *HOSTILE[:shift]]))
    async with console(services, size=LARGE, chosen=chosen) as pilot:
        app = pilot.app
        await pilot.press("2")
        await until(lambda: isinstance(app.screen, ArchiveScreen))
        await pilot.pause()
        assert "FAILING" in screen_text(app)
        _assert_safe(app)
        await pilot.press("o")
        await pilot.pause()
        assert "2 clusters" in screen_text(app)
        _assert_safe(app)
        await pilot.press("o")
        for key, sheet in (("c", ArchiveReportSheet), ("d", PruneSheet), ("s", ArchiveSetupDialog)):
            await pilot.press(key)
            await until(lambda: not isinstance(app.screen, ArchiveScreen))
            await until(lambda: not any(words in screen_text(app) for words in ("looking …", "Asking the")))
            assert isinstance(app.screen, sheet)
            _assert_safe(app)
            if key == "s":
                await pilot.press("enter")
                await pilot.pause()
                _assert_safe(app)
            await pilot.press("escape")
            await until(lambda: isinstance(app.screen, ArchiveScreen))
        await pilot.press("space", "w")
        await pilot.pause()
        _assert_safe(app)
