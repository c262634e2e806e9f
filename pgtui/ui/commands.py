"""Every command of the console: one class each. Bindings, footer, palette, help and README come from here.

A command named `StopServer` has the id `stop_server`; the method `action_stop_server` of its mode's screen
(or of the app, for a command without a mode) carries it out.
"""

import re
from enum import StrEnum
from typing import ClassVar

from textual.binding import Binding, BindingType


class Mode(StrEnum):
    """The modes of the console."""

    CLUSTERS = "clusters"
    ARCHIVE = "archive"
    BACKUPS = "backups"
    RECOVERY = "recovery"
    JOBS = "jobs"
    LEARN = "learn"

    @property
    def label(self) -> str:
        return self.value.capitalize()

    @property
    def key(self) -> str:
        return str(list(Mode).index(self) + 1)


class Command:
    """A thing the user can do. Subclasses are declarations; nobody makes an object of one."""

    id: ClassVar[str]
    """Its action's name, and the name by which a user can give it another key."""
    key: ClassVar[str] = ""
    """Textual's names of its keys, by comma; "": palette only."""
    footer: ClassVar[str] = ""
    """The word or two in the footer; "": not there."""
    title: ClassVar[str]
    """What the palette and the help call it."""
    help: ClassVar[str]
    """What it does, one sentence."""
    mode: ClassVar[Mode | None] = None
    """Where it can be used; None: everywhere."""

    def __init_subclass__(
        cls, *, title: str, key: str = "", footer: str = "", mode: Mode | None = None
    ) -> None:
        cls.id = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()
        cls.title, cls.key, cls.footer, cls.mode = title, key, footer, mode
        COMMANDS.append(cls)

    @classmethod
    def binding(cls) -> Binding:
        return Binding(
            cls.key,
            cls.id,
            cls.footer or cls.title,
            show=bool(cls.footer),
            key_display=shown_key(cls.key.split(",")[0]),
            # In a field, too: a field takes keys before what is not a priority binding.
            priority=cls.key == "ctrl+p",
            tooltip=cls.help,
            id=f"{cls.mode or 'app'}.{cls.id}",
        )


_KEY_NAMES = {
    "question_mark": "?",
    "slash": "/",
    "plus": "+",
    "equals_sign": "=",
    "minus": "-",
    "left": "←",
    "right": "→",
}


def shown_key(key: str) -> str:
    """Return a key as people write it: `/`, `^p`, `F1`."""
    if key.startswith("ctrl+"):
        return f"^{key.removeprefix('ctrl+')}"
    if key.startswith("f") and key[1:].isdigit():
        return key.upper()
    return _KEY_NAMES.get(key, key)


COMMANDS: list[type[Command]] = []
"""All of them, in the order of their classes below: the order of footer, palette and help."""


def commands_of(mode: Mode | None) -> list[type[Command]]:
    """Return the commands of one mode; of the whole app for None."""
    return [command for command in COMMANDS if command.mode is mode]


def bindings_of(mode: Mode | None) -> list[BindingType]:
    """Return the key bindings of one mode's screen, or of the app for None."""
    return [command.binding() for command in commands_of(mode) if command.key]


# Everywhere. The function keys also work while a field has the focus, which takes digits for itself.


class ShowClusters(Command, key="1,f1", title="Clusters"):
    help = "See every host, its clusters, and what lies in them."


class ShowArchive(Command, key="2,f2", title="Archive"):
    help = "Watch archiving: is WAL safe now, and if not, why."


class ShowBackups(Command, key="3,f3", title="Backups"):
    help = "Will list, take and verify base backups; not built yet."


class ShowRecovery(Command, key="4,f4", title="Recovery"):
    help = "Bring a moment of the past back into a sandbox."


class ShowJobs(Command, key="5,f5", title="Jobs"):
    help = "See running and past operations, cancel or undo them."


class ShowLearn(Command, key="6,f6", title="Learn"):
    help = "Will hold lessons on dumps, base backups and recovery; not built yet."


class ShowHelp(Command, key="question_mark", footer="Help", title="Help"):
    help = "Explain what has the focus, and list the keys."


class CommandPalette(Command, key="ctrl+p", footer="Commands", title="Command palette"):
    help = "Find any command or cluster by typing a part of its name."


class Quit(Command, key="q,ctrl+q", footer="Quit", title="Quit"):
    help = "Leave pgtui; asks first when operations are running."


class DarkTheme(Command, title="Theme: dark"):
    help = "Light text on a dark ground."


class LightTheme(Command, title="Theme: light"):
    help = "Dark text on a light ground."


class AnsiDarkTheme(Command, title="Theme: the terminal's own colours, dark"):
    help = "Only the sixteen colours of your terminal's palette."


class AnsiLightTheme(Command, title="Theme: the terminal's own colours, light"):
    help = "Only the sixteen colours of your terminal's palette, on a light ground."


# Clusters


class FilterNames(Command, key="slash", footer="Filter", title="Filter by name", mode=Mode.CLUSTERS):
    help = "Show only what has the typed text in its name; escape shows all again."


class ServerLog(Command, key="l", footer="Log", title="Server log", mode=Mode.CLUSTERS):
    help = "Follow the server's log, with a filter."


class StartServer(Command, key="s", footer="Start", title="Start the server", mode=Mode.CLUSTERS):
    help = "Plan to start the cluster's server."


class StopServer(Command, key="x", footer="Stop", title="Stop the server", mode=Mode.CLUSTERS):
    help = "Plan to stop the cluster's server (fast shutdown)."


class RestartServer(Command, key="R", footer="Restart", title="Restart the server", mode=Mode.CLUSTERS):
    help = "Plan to stop and start the cluster's server."


class ReloadServer(Command, key="L", footer="Reload", title="Reload the configuration", mode=Mode.CLUSTERS):
    help = "Plan to have the server read its configuration files again."


class RecoverHere(Command, key="t", footer="Travel", title="Travel to the past", mode=Mode.CLUSTERS):
    help = "Go to Recovery with this cluster."


class EnterPassword(Command, key="p", title="Enter the password", mode=Mode.CLUSTERS):
    help = "Type the password of the cluster's user; it is kept in memory only."


class Refresh(Command, key="r", title="Look again", mode=Mode.CLUSTERS):
    help = "Ask hosts and server anew, now."


class AddCluster(Command, key="a", title="Add a cluster", mode=Mode.CLUSTERS):
    help = "Write an entry for a cluster to the configuration file."


class HideCluster(Command, key="h", title="Hide the cluster", mode=Mode.CLUSTERS):
    help = "Have the cluster not shown any more; undone in the configuration file."


# Archive


class GivePassword(Command, key="p", footer="Password", title="Enter the password", mode=Mode.ARCHIVE):
    help = "Type the password of the cluster's user; it is kept in memory only."


class SetUpArchiving(Command, key="s", footer="Set up", title="Set up archiving", mode=Mode.ARCHIVE):
    help = "Choose a directory, see every setting that changes, and have it proved that segments land there."


class AllClusters(Command, key="o", footer="All", title="All clusters, or one", mode=Mode.ARCHIVE):
    help = "Go between all clusters at one glance and the one that is looked at in depth."


class CheckArchive(Command, key="c", footer="Check", title="Check the archive for holes", mode=Mode.ARCHIVE):
    help = "Look at every file of the archive, and tell what each hole costs."


class ArchiveLog(Command, key="l", footer="Log", title="Server log", mode=Mode.ARCHIVE):
    help = "Follow the server's log, with a filter."


class SwitchSegment(Command, key="w", footer="Switch", title="Switch the segment now", mode=Mode.ARCHIVE):
    help = "Plan pg_switch_wal(): the present segment is finished and seen to land in the archive."


class PauseArchive(Command, key="space", footer="Pause", title="Pause, or go on", mode=Mode.ARCHIVE):
    help = "Have figures and curves stand still; sampling and the verdict go on."


class ZoomIn(Command, key="plus,equals_sign", footer="In", title="Zoom in", mode=Mode.ARCHIVE):
    help = "Show a shorter time: 24 h, 6 h, 1 h, 15 min, 5 min, 1 min."


class ZoomOut(Command, key="minus", footer="Out", title="Zoom out", mode=Mode.ARCHIVE):
    help = "Show a longer time: 1 min, 5 min, 15 min, 1 h, 6 h, 24 h."


class GoEarlier(Command, key="left", footer="Earlier", title="Earlier", mode=Mode.ARCHIVE):
    help = "Move the curves a quarter of their width into the past."


class GoLater(Command, key="right", footer="Later", title="Later", mode=Mode.ARCHIVE):
    help = "Move the curves towards the present."


class FollowNow(Command, key="f,end", footer="Follow", title="Follow the present", mode=Mode.ARCHIVE):
    help = "Go back to the present and move with it."


class MakeRestorePoint(
    Command, key="n", footer="Restore point", title="Create a restore point", mode=Mode.ARCHIVE
):
    help = "Plan a named point that a recovery can be told to stop at."


class SetArchiveTimeout(
    Command, key="t", footer="Timeout", title="Change archive_timeout", mode=Mode.ARCHIVE
):
    help = "Plan another longest time that a segment is kept back from the archive."


class PruneArchive(Command, key="d", footer="Prune", title="Prune the archive", mode=Mode.ARCHIVE):
    help = "Show which WAL no kept base backup needs, and plan to remove it."


class KeepLog(Command, key="g", footer="Keep log", title="Keep the log in files", mode=Mode.ARCHIVE):
    help = "Plan to switch on logging_collector, so that the cause of a failure can be found."


class TurnArchivingOff(Command, key="x", footer="Off", title="Turn archiving off", mode=Mode.ARCHIVE):
    help = "Plan to switch archive_mode off; the server is restarted."


# Recovery


class PlanRecovery(Command, key="p", footer="Plan", title="Plan the recovery", mode=Mode.RECOVERY):
    help = "Check the target and show the plan; nothing runs before you say so."


class TypeTarget(Command, key="t", footer="Time", title="Type the target time", mode=Mode.RECOVERY):
    help = "Go to the field of the target time."


class TypeStatement(Command, key="i", footer="Statement", title="Type a statement", mode=Mode.RECOVERY):
    help = "Go to the field of the SQL statement."


class CancelRecovery(Command, key="c", footer="Cancel", title="Cancel the recovery", mode=Mode.RECOVERY):
    help = "End the recovery that runs; what it made can then be undone in Jobs."


class RemoveSandbox(
    Command, key="d,delete", footer="Remove sandbox", title="Remove the sandbox", mode=Mode.RECOVERY
):
    help = "Plan to remove the open or selected sandbox and all that was made for it."


class LookAgain(
    Command, key="r", footer="Look again", title="Read backups and archive again", mode=Mode.RECOVERY
):
    help = "Read the base backups, the archive and the sandboxes anew."


class LeaveView(Command, key="escape,b", footer="Back", title="Back to the target", mode=Mode.RECOVERY):
    help = "Go back to the choice of a target; what runs goes on running."


# Jobs


class CancelJob(Command, key="c", footer="Cancel", title="Cancel the operation", mode=Mode.JOBS):
    help = "End the selected operation; what it did so far can then be undone."


class UndoJob(Command, key="u", footer="Undo", title="Undo the operation", mode=Mode.JOBS):
    help = "Show what undoes the selected operation, and do it if you say so."


class FinishJob(Command, key="f", footer="Finish", title="Finish the operation", mode=Mode.JOBS):
    help = "Show what is left of an operation that did not end, and do it if you say so."


class JobPlan(Command, key="s", footer="Script", title="Show the plan and its script", mode=Mode.JOBS):
    help = "Show the selected operation's commands; copy them or save them as a script."
