"""Which screen shows which mode."""

from textual.screen import Screen

from pgtui.ui.commands import Mode
from pgtui.ui.screens.clusters import ClustersScreen
from pgtui.ui.screens.jobs import JobsScreen
from pgtui.ui.screens.placeholders import ArchiveScreen, BackupsScreen, LearnScreen
from pgtui.ui.screens.recovery import RecoveryScreen

MODE_SCREENS: dict[str, type[Screen[None]]] = {
    Mode.CLUSTERS.value: ClustersScreen,
    Mode.ARCHIVE.value: ArchiveScreen,
    Mode.BACKUPS.value: BackupsScreen,
    Mode.RECOVERY.value: RecoveryScreen,
    Mode.JOBS.value: JobsScreen,
    Mode.LEARN.value: LearnScreen,
}
