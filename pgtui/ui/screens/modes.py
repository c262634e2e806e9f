"""Which screen shows which mode.

Clusters comes first; the others are imported when they are first gone to, because the first frame would
wait for all that they stand on.
"""

from collections.abc import Callable
from typing import Any

from textual.screen import Screen

from pgtui.ui.commands import Mode
from pgtui.ui.screens.clusters import ClustersScreen


def _archive() -> Screen[Any]:
    from pgtui.ui.screens.archive import ArchiveScreen

    return ArchiveScreen()


def _backups() -> Screen[Any]:
    from pgtui.ui.screens.placeholders import BackupsScreen

    return BackupsScreen()


def _recovery() -> Screen[Any]:
    from pgtui.ui.screens.recovery import RecoveryScreen

    return RecoveryScreen()


def _jobs() -> Screen[Any]:
    from pgtui.ui.screens.jobs import JobsScreen

    return JobsScreen()


def _learn() -> Screen[Any]:
    from pgtui.ui.screens.placeholders import LearnScreen

    return LearnScreen()


MODE_SCREENS: dict[str, Callable[[], Screen[Any]]] = {
    Mode.CLUSTERS.value: ClustersScreen,
    Mode.ARCHIVE.value: _archive,
    Mode.BACKUPS.value: _backups,
    Mode.RECOVERY.value: _recovery,
    Mode.JOBS.value: _jobs,
    Mode.LEARN.value: _learn,
}
