"""The commands of the local host, pure: what is run and what a script shows are these same objects."""

import re
import shlex
import sys
from dataclasses import dataclass
from typing import assert_never

from pgtui.domain.archive_script import await_settings_lines, prove_archiving_lines
from pgtui.domain.command import SERVER_ACCOUNT, Command, assignments
from pgtui.domain.plan import (
    AwaitSettings,
    AwaitTarget,
    CreateSandbox,
    LayDownBackup,
    ProveArchiving,
    ReloadServer,
    RemoveSandbox,
    RestartServer,
    RunCommand,
    RunSql,
    StartSandbox,
    StartServer,
    Step,
    StopMode,
    StopServer,
)
from pgtui.domain.sandbox import SandboxSpec
from pgtui.domain.sandbox_json import spec_to_json
from pgtui.domain.script import await_target_lines
from pgtui.domain.sql import SqlSession, psql_argv

MARKER = "pgtui-sandbox.json"
PATIENCE = "3600"
"""Seconds that pg_ctl waits: crash recovery or a last checkpoint may take long; cancelling ends the wait."""

_LAY_DOWN = """\
set -eu
backup=$1 sandbox=$2
shift 2
mkdir -p "$sandbox/data" "$sandbox/run" "$sandbox/tablespaces"
chmod 0700 "$sandbox/data" "$sandbox/run"
cp -a {reflink}"$backup/." "$sandbox/data/"
cd "$sandbox/data"
rm -f standby.signal postmaster.pid postmaster.opts tablespace_map
while [ $# -ge 2 ]; do
  mkdir -p "$sandbox/tablespaces/$1"
  cp -a {reflink}"$2/." "$sandbox/tablespaces/$1/"
  ln -sfn "$sandbox/tablespaces/$1" "pg_tblspc/$1"
  shift 2
done
touch recovery.signal
[ -e postgresql.conf ] || : > postgresql.conf
[ -e pg_ident.conf ] || : > pg_ident.conf
printf "local all all trust\\n" > "$sandbox/pg_hba.conf"
: > "$sandbox/pg_ident.conf"
chmod 0700 "$sandbox/data"
"""

# Returns when the server has its lock file, so that "it is not running" then means that it ended.
_START = """\
set -eu
: > "$2/server.log"
PGDATA="$2/data" "$1" -l "$3" -s -W -o "$4" start
tries=0
until [ -s "$2/data/postmaster.pid" ]; do
  tries=$((tries + 1))
  if [ $tries -gt 150 ] || grep -qE "FATAL|PANIC" "$2/server.log"; then
    tail -n 20 "$2/server.log" >&2
    exit 1
  fi
  sleep 0.1
done
"""

# The lock file may be a copy of a live server's: only a server that runs in the sandbox is stopped.
_STOP = """\
set -eu
cd "$2" 2>/dev/null || exit 0
[ -s data/postmaster.pid ] || exit 0
[ "$(sed -n 2p data/postmaster.pid)" = "$2/data" ] || exit 0
pid=$(sed -n 1p data/postmaster.pid)
if [ -d /proc/self ] && ! [ data -ef "/proc/$pid/cwd" ]; then exit 0; fi
"$1" -D "$2/data" -m immediate -s -w stop
"""

_REMOVE = """\
set -eu
[ -d "$1" ] || exit 0
[ -f "$1/pgtui-sandbox.json" ] || rmdir "$1" || { echo "$1 does not carry the mark of pgtui" >&2; exit 1; }
[ -d "$1" ] || exit 0
rm -rf -- "$1/data" "$1/tablespaces" "$1/archive" "$1/run"
rm -rf -- "$1"
"""


@dataclass(frozen=True)
class LocalServer:
    """What is known of a server of this machine when its commands are written."""

    data_directory: str
    bindir: str
    account: str
    """The account that owns the data and runs the server."""
    as_root: bool
    """Whether pgtui (or the script) runs as root and becomes that account."""
    log_file: str
    """Where a server that pgtui starts writes what its own logging does not take."""
    sandbox_base: str
    """The directory that sandboxes are made in."""
    is_own_base: bool
    """Whether that directory is pgtui's own below a directory for temporary files."""
    debian: tuple[str, str] | None = None
    """Version and name of the cluster when Debian's pg_ctlcluster looks after it."""


def start_commands(server: LocalServer) -> tuple[Command, ...]:
    if server.debian:
        return (_ctlcluster(server, "start"),)
    return (_log_directory(server), _pg_ctl(server, "start", "-w", "-t", PATIENCE, "-l", server.log_file))


def stop_commands(server: LocalServer, mode: StopMode) -> tuple[Command, ...]:
    if server.debian:
        extra = () if mode is StopMode.FAST else ("--", "-m", mode.value)
        return (_ctlcluster(server, "stop", *extra),)
    return (_pg_ctl(server, "stop", "-m", mode.value, "-w", "-t", PATIENCE),)


def restart_commands(server: LocalServer, mode: StopMode) -> tuple[Command, ...]:
    if server.debian:
        extra = () if mode is StopMode.FAST else ("--", "-m", mode.value)
        return (_ctlcluster(server, "restart", *extra),)
    wait = ("-m", mode.value, "-w", "-t", PATIENCE)
    return (_log_directory(server), _pg_ctl(server, "restart", *wait, "-l", server.log_file))


def reload_commands(server: LocalServer) -> tuple[Command, ...]:
    if server.debian:
        return (_ctlcluster(server, "reload"),)
    return (_pg_ctl(server, "reload"),)


def create_commands(server: LocalServer, spec: SandboxSpec) -> tuple[Command, ...]:
    as_self = "root" if server.as_root else SERVER_ACCOUNT
    owner = ("-o", server.account) if server.as_root else ()
    base: tuple[str, ...] = ("mkdir", "-p", "--", server.sandbox_base)
    if server.is_own_base:
        # Passable when it is root's: the server's account has to get through.
        mode = "0711" if server.as_root else "0700"
        above = server.sandbox_base.rpartition("/")[0]
        base = ("install", "-d", "-m", mode, above, server.sandbox_base)
    mark = (
        "set -eu\n"
        'printf "%s\\n" "$2" > "$1/.mark"\n'
        f'mv "$1/.mark" "$1/{MARKER}"\n'
        'mkdir -p "$1/data" "$1/run" "$1/tablespaces"\n'
        'chmod 0700 "$1/data" "$1/run" "$1/tablespaces"\n'
    )
    return (
        Command(base, user=as_self),
        Command(("install", "-d", "-m", "0700", *owner, "--", spec.directory), user=as_self),
        Command(("sh", "-c", mark, "sh", spec.directory, spec_to_json(spec))),
    )


def lay_down_command(spec: SandboxSpec) -> Command:
    reflink = "--reflink=auto " if sys.platform == "linux" else ""
    spaces = tuple(word for copy in spec.tablespaces for word in (copy.oid, copy.location))
    return Command(
        ("sh", "-c", _LAY_DOWN.format(reflink=reflink), "sh", spec.backup, spec.directory, *spaces)
    )


def start_sandbox_command(spec: SandboxSpec) -> Command:
    options = shlex.join(word for name, value in spec.settings for word in ("-c", f"{name}={value}"))
    log = in_double_quotes(spec.log_file)
    return Command(("sh", "-c", _START, "sh", _program(spec.bindir, "pg_ctl"), spec.directory, log, options))


def remove_commands(server: LocalServer, spec: SandboxSpec) -> tuple[Command, ...]:
    as_self = "root" if server.as_root else SERVER_ACCOUNT
    return (
        Command(("sh", "-c", _STOP, "sh", _program(spec.bindir, "pg_ctl"), spec.directory)),
        Command(("sh", "-c", _REMOVE, "sh", spec.directory), user=as_self),
    )


def shell_lines(server: LocalServer, step: Step) -> tuple[str, ...]:
    """Write a step for bash."""
    match step:
        case RunCommand():
            commands: tuple[Command, ...] = (step.command,)
        case StartServer():
            commands = start_commands(server)
        case StopServer():
            commands = stop_commands(server, step.mode)
        case RestartServer():
            commands = restart_commands(server, step.mode)
        case ReloadServer():
            commands = reload_commands(server)
        case CreateSandbox():
            commands = create_commands(server, step.sandbox)
        case LayDownBackup():
            commands = (lay_down_command(step.sandbox),)
        case StartSandbox():
            commands = (start_sandbox_command(step.sandbox),)
        case RemoveSandbox():
            commands = remove_commands(server, step.sandbox)
        case AwaitTarget():
            return _await_lines(server, step.sandbox)
        case RunSql():
            return _sql_lines(server, step)
        case AwaitSettings():
            return await_settings_lines(_psql_line(server, step.session), step)
        case ProveArchiving():
            psql = _psql_line(server, step.session)
            return prove_archiving_lines(psql, lambda *words: shell_line(server, Command(words)), step)
        case _:
            assert_never(step)
    return tuple(shell_line(server, command) for command in commands)


def shell_line(server: LocalServer, command: Command) -> str:
    """Write one command for bash, becoming its account where that has to be."""
    account = server.account if command.user == SERVER_ACCOUNT else command.user
    words = command.argv
    if server.as_root and account != "root":
        # A program must not be left in a directory that is closed to its account.
        words = ("runuser", "-u", account, "--", "env", "--chdir=/", *assignments(command), *words)
    elif command.env:
        words = ("env", *assignments(command), *words)
    return shlex.join(words)


def _sql_lines(server: LocalServer, step: RunSql) -> tuple[str, ...]:
    words = shlex.join(word for statement in step.statements for word in ("-c", statement))
    return (f"{_psql_line(server, step.session)} {words}",)


def _psql_line(server: LocalServer, session: SqlSession) -> str:
    return shell_line(server, Command(psql_argv(_program(server.bindir, "psql"), session)))


def _await_lines(server: LocalServer, spec: SandboxSpec) -> tuple[str, ...]:
    psql = Command(
        (
            _program(spec.bindir, "psql"),
            *("-X", "-h", spec.socket_directory, "-p", "5432", "-U", spec.user, "-d", "postgres", "-Atc"),
        )
    )
    status = Command((_program(spec.bindir, "pg_ctl"), "-D", spec.data_directory, "status"))
    return await_target_lines(
        shell_line(server, psql),
        shell_line(server, Command(("cat", spec.log_file))),
        f"{shell_line(server, status)} >/dev/null",
    )


def _program(bindir: str, name: str) -> str:
    return f"{bindir}/{name}" if bindir else name


def _ctlcluster(server: LocalServer, action: str, *extra: str) -> Command:
    assert server.debian is not None
    # As root it goes through systemd where that runs the cluster, as a DBA would.
    as_self = "root" if server.as_root else SERVER_ACCOUNT
    return Command(("pg_ctlcluster", *server.debian, action, *extra), user=as_self)


def _log_directory(server: LocalServer) -> Command:
    return Command(("mkdir", "-p", "-m", "0700", server.log_file.rpartition("/")[0]))


def _pg_ctl(server: LocalServer, action: str, *options: str) -> Command:
    program = _program(server.bindir, "pg_ctl")
    words = tuple(in_double_quotes(o) if o == server.log_file else o for o in options)
    # pg_ctl writes -D into a shell command between double quotes, but reads the environment as it is.
    if _SPECIAL.search(server.data_directory):
        return Command((program, action, *words), env=(("PGDATA", server.data_directory),))
    return Command((program, action, "-D", server.data_directory, *words))


_SPECIAL = re.compile(r'(["$`\\])')


def in_double_quotes(path: str) -> str:
    """Write a path for pg_ctl's -l, which goes into a shell command between double quotes."""
    return _SPECIAL.sub(r"\\\1", path)
