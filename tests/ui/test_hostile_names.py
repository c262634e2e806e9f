"""Hostile names on every screen: nothing crashes, nothing is executed, nothing reaches the terminal."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from typing import Any

import pytest
from textual.app import App

from pgtui.domain.cluster import (
    ChangedSetting,
    Cluster,
    ClusterFacts,
    Database,
    Extension,
    HostStatus,
    InventorySnapshot,
    Relation,
    Role,
    Schema,
    ServerState,
    Tablespace,
)
from pgtui.domain.errors import ConnectError
from pgtui.domain.job import JobSnapshot, JobState
from pgtui.domain.place import HostKind, Place
from pgtui.services.bundle import Services
from pgtui.services.server_control import stop_plan
from pgtui.ui.app import PgtuiApp
from pgtui.ui.commands import Mode
from pgtui.ui.dialogs.add_cluster import AddClusterDialog
from pgtui.ui.dialogs.base import Dialog
from pgtui.ui.dialogs.confirm import ConfirmDialog, word_to_type
from pgtui.ui.dialogs.help import HelpDialog
from pgtui.ui.dialogs.password import PasswordDialog
from pgtui.ui.dialogs.plan import PlanDialog
from pgtui.ui.screens.relations import RelationsSheet
from pgtui.ui.screens.server_log import ServerLogSheet
from tests.ui.console import LARGE, console, go_to, lies_on_top, screen_text, shows, until
from tests.ui.fakes import FACTS, NOW, FakeInventory, FakeJobs, fake_services
from tests.ui.hostile import HOSTILE, is_control


def _facts(names: Iterator[str]) -> ClusterFacts:
    archiver = replace(
        FACTS.archiver, command=next(names), last_failed_wal=next(names), last_failed_time=NOW, failed_count=1
    )
    database = Database(1, next(names), next(names), next(names), next(names), 1, True, False)
    return replace(
        FACTS,
        version_text=next(names),
        data_directory=next(names),
        time_zone=next(names),
        archiver=archiver,
        databases=(database,),
        tablespaces=(Tablespace(1, next(names), next(names), 1),),
        roles=(Role(next(names), True, True, True, None),),
        extensions=(Extension(next(names), next(names), next(names)),),
        changed_settings=(ChangedSetting(next(names), next(names), next(names), next(names), True),),
        missing_privileges=(next(names),),
    )


def _services(names: Iterator[str]) -> Services:
    first, second, place, image = (next(names) for _ in range(4))
    cluster = Cluster(
        first,
        Place(HostKind.DOCKER, place),
        ServerState.RUNNING,
        data_directory=place,
        image=image,
        user=second,
    )
    broken = replace(
        cluster, name=f"{second}2", state=ServerState.MISSING, problem=next(names), backups=(image,)
    )
    hosts = (
        HostStatus(HostKind.DOCKER, next(names), next(names)),
        HostStatus(HostKind.LOCAL, next(names), "", next(names), next(names)),
    )
    facts = _facts(names)
    relation = Relation(1, next(names), next(names), next(names), 1, 1)
    inventory = FakeInventory(
        snapshot=InventorySnapshot(hosts, (cluster, broken), NOW),
        answers={first: facts, f"{second}2": ConnectError(next(names), next(names))},
        database_answer=facts.databases,
        schema_answer=(Schema(1, next(names), next(names), 1),),
        relation_answer=(relation,),
        log_lines=(next(names),),
    )
    job = JobSnapshot(
        first,
        stop_plan(cluster),
        JobState.FAILED,
        NOW,
        output=(next(names),),
        error=next(names),
        hint=next(names),
    )
    return fake_services(inventory, FakeJobs(past=(job,)))


def _assert_safe(app: App[None]) -> None:
    shown = screen_text(app)
    assert not [char for char in shown if is_control(char) and char != "\n"], ascii(shown)


@pytest.mark.parametrize("shift", range(0, len(HOSTILE), 4))
async def test_hostile_names_are_only_shown_on_every_screen(shift: int) -> None:
    names = [*HOSTILE[shift:], *HOSTILE[:shift]]
    async with console(_services(cycle(names)), size=LARGE, chosen=names[0]) as pilot:
        app = pilot.app
        assert isinstance(app, PgtuiApp)
        await until(lambda: app.facts is not None)
        for key in ("right", "down", "right", "down", "right", "down"):
            await pilot.press(key)
            await pilot.pause()
            _assert_safe(app)

        await pilot.press("slash")
        await until(lambda: isinstance(app.screen, RelationsSheet))
        await pilot.pause()
        _assert_safe(app)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, RelationsSheet))

        await pilot.press("l")
        await shows(app, "1 line ")
        assert isinstance(app.screen, ServerLogSheet)
        _assert_safe(app)
        await pilot.press("escape")
        await until(lambda: not isinstance(app.screen, ServerLogSheet))

        for name in names[:3]:
            app.notify(name, title=name)
            app.show_error(ConnectError(name, name))
        for mode in Mode:
            await go_to(pilot, mode)
            _assert_safe(app)

        await pilot.press("ctrl+p")
        await pilot.press(*"choose")
        await shows(app, "Choose")
        _assert_safe(app)
        assert app.return_code is None


@pytest.mark.parametrize("name", HOSTILE, ids=ascii)
async def test_a_hostile_name_is_only_shown_in_dialogs(name: str) -> None:
    cluster = Cluster(name, Place(HostKind.LOCAL, name), ServerState.RUNNING, backups=(name,), archive=name)

    async def add(_: Cluster) -> None:
        raise ConnectError(name, name)

    async with console() as pilot:
        app = pilot.app
        below = app.screen
        dialogs: tuple[Dialog[Any], ...] = (
            ConfirmDialog(name, name, yes=name, no=name, typed=word_to_type(name)),
            PasswordDialog(name, name, name),
            AddClusterDialog(add, cluster),
            PlanDialog(stop_plan(cluster), ((name, name),), name),
            HelpDialog(app.screen, app.focused),
        )
        for dialog in dialogs:
            app.push_screen(dialog)
            await lies_on_top(app, dialog)
            await pilot.pause()
            _assert_safe(app)
            dialog.dismiss(None)
            await lies_on_top(app, below)


def test_a_name_that_nobody_can_type_is_confirmed_by_yes() -> None:
    assert word_to_type("student") == "student"
    assert word_to_type("a b'c\"; $(x)") == "a b'c\"; $(x)"
    for name in ("", " ", "a\nb", "長い", "x\x1b", "trailing "):
        assert word_to_type(name) == "yes"
