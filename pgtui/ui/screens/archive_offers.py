"""Which commands of the Archive mode can be used now. Pure."""

from dataclasses import dataclass

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from pgtui.domain.cluster import Cluster, ServerState
from pgtui.ui import commands
from pgtui.ui.commands import Command

_ABOUT_TIME = (
    *(commands.PauseArchive, commands.ZoomIn, commands.ZoomOut),
    *(commands.GoEarlier, commands.GoLater, commands.FollowNow),
)
_NEEDS_SERVER = (
    *(commands.SetUpArchiving, commands.SwitchSegment, commands.MakeRestorePoint),
    *(commands.SetArchiveTimeout, commands.TurnArchivingOff, commands.KeepLog),
)
_NEEDS_ARCHIVING = (commands.SwitchSegment, commands.SetArchiveTimeout, commands.TurnArchivingOff)


@dataclass(frozen=True)
class ArchiveSituation:
    """What there is to be commanded."""

    in_overview: bool
    target: Cluster | None
    status: ArchiveStatus | None
    needs_password: bool


def offered(command: type[Command], now: ArchiveSituation) -> bool | None:
    """Return whether a command can be used: None shows it dimmed, False hides it."""
    if command is commands.AllClusters:
        return True
    if now.target is None:
        return False
    if command is commands.GivePassword:
        return now.needs_password
    if command in _ABOUT_TIME:
        return not now.in_overview
    if command is commands.KeepLog and now.in_overview:
        # There its key goes to the first cluster.
        return False
    if command in _NEEDS_SERVER and now.target.state is not ServerState.RUNNING:
        return None
    is_off = now.status is not None and now.status.verdict.state is ArchiveState.OFF
    return None if is_off and command in _NEEDS_ARCHIVING else True
