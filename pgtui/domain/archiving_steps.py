"""The steps that change settings and bring them into effect, each with what takes it back.

The files are written first and checked by the server's own program, so that a server is never restarted on a
configuration that it would not start with. Where a restart fails all the same, its undo brings the old
files back before it starts the server: for that nothing needs a server that runs.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pgtui.domain.archive_draft import SettingsMethod
from pgtui.domain.archiving_settings import Change, needs_restart
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.configuration_edit import (
    LineEdit,
    added_line,
    auto_command,
    changed_line,
    edit_command,
    guard_command,
    hidden_comment,
)
from pgtui.domain.kept_settings import (
    KeptLine,
    forget_command,
    is_sealed,
    keep_command,
    kept_path,
    replace_command,
    restore_auto_command,
    restore_command,
)
from pgtui.domain.masked import masked
from pgtui.domain.place import Place
from pgtui.domain.plan import (
    AwaitSettings,
    PlannedStep,
    ReloadServer,
    RestartServer,
    RunCommand,
    RunSql,
    Step,
)
from pgtui.domain.server_configuration import AUTO_FILE
from pgtui.domain.sql import SqlSession, literal


@dataclass(frozen=True)
class ServerHome:
    """Where a server lives, as the steps about it need to know."""

    place: Place
    session: SqlSession
    data_directory: str
    bindir: str
    config_file: str


@dataclass(frozen=True)
class ConfigurationFiles:
    """What the files hold where lines are to be changed."""

    lines: Mapping[tuple[str, int], str]
    """Lines as they are, by file and number, without their line feed."""
    unended: bool = False
    """Whether the main file's last line has no line feed."""
    account: str = SERVER_ACCOUNT
    """Who may write them."""
    token: str = ""
    """What the names of kept files end in: another one for each plan."""


def changing_steps(
    home: ServerHome, found: tuple[Change, ...], method: SettingsMethod, files: ConfigurationFiles
) -> tuple[PlannedStep, ...]:
    """Return the steps that write changes, check the files, and have the server take them."""
    written = tuple(change for change in found if change.is_to_be_written)
    kept: dict[str, str] = {}
    if method is SettingsMethod.ALTER_SYSTEM:
        writing = _by_alter_system(home, written, files, kept) if written else []
    else:
        writing = _in_files(home, written, files, kept)
    back = tuple(step for _, undo in reversed(writing) for step in undo)
    restart = needs_restart(found)
    steps = [
        # The first one is undone last: only then the files are as they were.
        PlannedStep(step, (*undo, ReloadServer(home.place)) if number == 0 else undo)
        for number, (step, undo) in enumerate(writing)
    ]
    # Before all of them, so that it is undone when nothing needs what was kept any more.
    steps[:0] = [_keeping(home, file, files.token, account) for file, account in kept.items()]
    if written:
        steps.append(PlannedStep(RunCommand(home.place, _check(home, found), _CHECK_WORDS)))
    if restart:
        undo = (*back, RestartServer(home.place)) if back else ()
        steps.append(PlannedStep(RestartServer(home.place), undo, is_destructive=True))
    elif found:
        steps.append(PlannedStep(ReloadServer(home.place)))
    if found:
        expected = tuple((change.fact.name, change.value) for change in found)
        steps.append(PlannedStep(AwaitSettings(home.place, home.session, expected)))
    return tuple(steps)


def _keeping(home: ServerHome, file: str, token: str, account: str) -> PlannedStep:
    keep = RunCommand(
        home.place,
        keep_command(file, token, account),
        f"Keep {file} as it is in {kept_path(file, token)}, for its owner only: what is replaced may hold a "
        "secret, so undoing brings it back from there; it stays until this is undone, or removed by hand",
    )
    forget = RunCommand(
        home.place, forget_command(file, token, account), f"Remove {kept_path(file, token)} again"
    )
    return PlannedStep(keep, (forget,))


def _by_alter_system(
    home: ServerHome, written: tuple[Change, ...], files: ConfigurationFiles, kept: dict[str, str]
) -> list[tuple[Step, tuple[Step, ...]]]:
    names = ", ".join(each.fact.name for each in written)
    file = f"{home.data_directory}/{AUTO_FILE}"
    forward = RunSql(
        home.place,
        home.session,
        tuple(_alter_system(each.fact.name, each.value) for each in written),
        f"Set {names} with ALTER SYSTEM",
    )
    new = {each.fact.name: each.value for each in written}
    before = {each.fact.name: each.fact.auto_value for each in written}
    # No ALTER SYSTEM: it would overwrite what was set since, and needs a server that runs.
    if any(is_sealed(name, value) for name, value in before.items()):
        kept[file] = SERVER_ACCOUNT
        command, how = restore_auto_command(file, files.token, new), "as they were kept"
    else:
        command, how = auto_command(file, new, before), "as before"
    words = f"Have {names} in {file} {how}, unless they were changed since"
    return [(forward, (RunCommand(home.place, command, words),))]


def _alter_system(name: str, value: str) -> str:
    return f"ALTER SYSTEM SET {name} = {literal(value)}"


def _in_files(
    home: ServerHome, written: tuple[Change, ...], files: ConfigurationFiles, kept: dict[str, str]
) -> list[tuple[Step, tuple[Step, ...]]]:
    steps: list[tuple[Step, tuple[Step, ...]]] = []
    edits: dict[str, LineEdit | None] = {}
    unended = files.unended
    for change in written:
        name, winner = change.fact.name, change.fact.winner
        edits[name] = None
        old = files.lines.get((winner.file, winner.line)) if winner else None
        new = changed_line(old, change.value) if old is not None else None
        if winner and old is not None and new is not None:
            if is_sealed(name, winner.value) or masked(old) != old:
                kept[winner.file] = files.account
                line = KeptLine(
                    *(winner.file, files.token, winner.line, name, new),
                    hidden=hidden_comment(old),
                    account=files.account,
                )
                steps.append(_exchange_kept(home, line))
                continue
            edit = edits[name] = LineEdit(winner.file, old, new)
        else:
            edit = LineEdit(home.config_file, "", added_line(name, change.value), unended)
            unended = False
            edits[name] = None if winner else edit
        forward: Step = RunCommand(
            home.place, edit_command(edit, files.account), f"In {edit.file}, write {_line_words(edit.new)}"
        )
        words = f"In {edit.file}, write {_line_words(edit.old)} again" if edit.old else _removal(edit)
        back = RunCommand(home.place, edit_command(edit.reverse, files.account), words)
        steps.append((forward, (back,)))
    if steps:
        # What was written last is taken back first.
        forward, undo = steps[-1]
        steps[-1] = (forward, (_guard(home, edits), *undo))
    return steps


def _guard(home: ServerHome, edits: Mapping[str, LineEdit | None]) -> Step:
    guard = guard_command(f"{home.data_directory}/{AUTO_FILE}", edits)
    return RunCommand(home.place, guard, f"See that nobody has set {', '.join(edits)} otherwise since")


def _exchange_kept(home: ServerHome, line: KeptLine) -> tuple[Step, tuple[Step, ...]]:
    comment = ", with the comment that is there" if line.hidden else ""
    forward = RunCommand(
        home.place, replace_command(line), f"In {line.file}, write {_line_words(line.new)}{comment}"
    )
    back = RunCommand(
        home.place, restore_command(line), f"In {line.file}, write the kept line of {line.name} again"
    )
    return forward, (back,)


def _line_words(line: str) -> str:
    return line.strip()


def _removal(edit: LineEdit) -> str:
    return f"In {edit.file}, take out {_line_words(edit.new)}"


_CHECK_WORDS = "Have the server's own program read the changed files, before the server has to"
_CHECK = """\
set -eu
postgres=$1 data=$2 config=$3
shift 3
while [ $# -ge 2 ]; do
  found=$("$postgres" -D "$data" -c "config_file=$config" -C "$1")
  [ "$found" = "$2" ] || { printf '%s would not be "%s": another line wins\\n' "$1" "$2" >&2; exit 1; }
  shift 2
done
"""


def _check(home: ServerHome, found: tuple[Change, ...]) -> Command:
    program = f"{home.bindir}/postgres" if home.bindir else "postgres"
    # What was given on the command line is not in the files.
    pairs = [
        word for change in found if not change.fact.is_fixed for word in (change.fact.name, change.value)
    ]
    return Command(("sh", "-c", _CHECK, "sh", program, home.data_directory, home.config_file, *pairs))
