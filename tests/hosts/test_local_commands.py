"""The local host's commands as bash lines: whatever a name holds, it stays one word."""

import json
import shlex
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.command import Command
from pgtui.domain.place import HostKind, Place
from pgtui.domain.plan import CreateSandbox, LayDownBackup, RemoveSandbox, RunCommand, StartServer, StopMode
from pgtui.domain.sandbox import SandboxSpec, TablespaceCopy
from pgtui.domain.sandbox_json import spec_from_json
from pgtui.hosts.local_commands import (
    LocalServer,
    shell_line,
    shell_lines,
    start_commands,
    start_sandbox_command,
    stop_commands,
)

SERVER = LocalServer(
    data_directory="/srv/pg/data",
    bindir="/opt/pg/bin",
    account="postgres",
    as_root=False,
    log_file="/srv/pg/data/log/pgtui-start.log",
    sandbox_base="/var/tmp/pgtui-1/sandboxes",
    is_own_base=True,
)
HOSTILE = "a\"b'c; $(touch /tmp/pwned) `id` \\ [red]\nnew line"


def _spec(directory: str, backup: str, *, settings: tuple[tuple[str, str], ...] = ()) -> SandboxSpec:
    return SandboxSpec(
        name="pgtui-sandbox-a",
        cluster=HOSTILE,
        source=Place(HostKind.LOCAL, "/srv/pg/data"),
        place=Place(HostKind.LOCAL, f"{directory}/data"),
        directory=directory,
        backup=backup,
        archive="/archive",
        tablespaces=(),
        settings=settings,
        user="postgres",
        target="now",
        created="2026-11-22T12:00:00+00:00",
        bindir="/opt/pg/bin",
    )


def _bash(lines: tuple[str, ...]) -> subprocess.CompletedProcess[str]:
    script = "set -euo pipefail\n" + "\n".join(lines)
    return subprocess.run(["bash", "-c", script], capture_output=True, text=True, check=False, cwd="/")


def test_as_root_a_program_runs_as_the_servers_account() -> None:
    line = shell_line(replace(SERVER, as_root=True), Command(("psql",), env=(("PGHOST", "/a b"),)))
    assert shlex.split(line) == [
        *("runuser", "-u", "postgres", "--", "env", "--chdir=/", "PGHOST=/a b", "psql"),
    ]


def test_as_root_a_command_of_root_is_not_wrapped() -> None:
    assert shell_line(replace(SERVER, as_root=True), Command(("df",), user="root")) == "df"


def test_arguments_and_environment_reach_a_program_of_the_script_intact() -> None:
    command = Command(("printenv", "NAME"), env=(("NAME", HOSTILE),))
    lines = shell_lines(SERVER, RunCommand(Place(HostKind.LOCAL, "/"), command, "words"))
    assert _bash(lines).stdout == HOSTILE + "\n"


def test_a_debian_cluster_is_left_to_pg_ctlcluster() -> None:
    server = replace(SERVER, debian=("15", "main"))
    assert [c.argv for c in start_commands(server)] == [("pg_ctlcluster", "15", "main", "start")]
    (stop,) = stop_commands(server, StopMode.IMMEDIATE)
    assert stop.argv == ("pg_ctlcluster", "15", "main", "stop", "--", "-m", "immediate")


def test_a_data_directory_that_pg_ctl_would_expand_goes_by_environment() -> None:
    step = StartServer(Place(HostKind.LOCAL, "x"))
    assert "-D /srv/pg/data" in shell_lines(SERVER, step)[-1]
    line = shell_lines(replace(SERVER, data_directory="/srv/$(id)/data"), step)[-1]
    assert "PGDATA=/srv/$(id)/data" in shlex.split(line)
    assert "-D" not in shlex.split(line)


def test_the_settings_of_a_sandbox_survive_pg_ctls_shell() -> None:
    settings = (("restore_command", f"cp {HOSTILE}/%f %p"), ("recovery_target", ""))
    command = start_sandbox_command(_spec("/tmp/a", "/b", settings=settings))
    # pg_ctl hands its -o text to a shell: this is what comes out there.
    assert shlex.split(command.argv[-1]) == [
        *("-c", f"restore_command=cp {HOSTILE}/%f %p", "-c", "recovery_target="),
    ]


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    backup = tmp_path / "the 'backup' $(x)"
    (backup / "pg_tblspc").mkdir(parents=True)
    for name in ("backup_label", "standby.signal", "postmaster.pid", "tablespace_map", "PG_VERSION"):
        (backup / name).write_text(name)
    return backup


def test_a_sandbox_is_laid_down_by_the_lines_alone(tmp_path: Path, backup: Path) -> None:
    space = tmp_path / "space"
    space.mkdir()
    (space / "rows").write_text("rows")
    (backup / "pg_tblspc" / "16400").symlink_to("/elsewhere")
    base = tmp_path / 'base "quoted" $HOME'
    server = replace(SERVER, sandbox_base=str(base), is_own_base=False)
    spec = replace(
        _spec(f"{base}/pgtui-sandbox-a", str(backup)), tablespaces=(TablespaceCopy("16400", str(space)),)
    )
    done = _bash((*shell_lines(server, CreateSandbox(spec)), *shell_lines(server, LayDownBackup(spec, 0))))
    assert (done.returncode, done.stderr) == (0, "")
    directory = Path(spec.directory)
    assert spec_from_json((directory / "pgtui-sandbox.json").read_text()) == spec
    assert sorted(path.name for path in (directory / "data").iterdir()) == [
        *("PG_VERSION", "backup_label", "pg_ident.conf", "pg_tblspc", "postgresql.conf", "recovery.signal"),
    ]
    link = directory / "data" / "pg_tblspc" / "16400"
    assert link.readlink() == directory / "tablespaces" / "16400"
    assert (link / "rows").read_text() == "rows"
    assert (directory / "pg_hba.conf").read_text() == "local all all trust\n"
    assert (directory / "data").stat().st_mode & 0o777 == 0o700
    assert (backup / "standby.signal").exists()


def test_laying_down_twice_gives_the_same(tmp_path: Path, backup: Path) -> None:
    server = replace(SERVER, sandbox_base=str(tmp_path), is_own_base=False)
    spec = _spec(f"{tmp_path}/pgtui-sandbox-a", str(backup))
    lines = (*shell_lines(server, CreateSandbox(spec)), *shell_lines(server, LayDownBackup(spec, 0)))
    assert _bash(lines).returncode == 0
    before = sorted(str(path) for path in Path(spec.directory).rglob("*"))
    assert _bash(lines).returncode == 0
    assert sorted(str(path) for path in Path(spec.directory).rglob("*")) == before


def test_removal_refuses_what_carries_no_mark(tmp_path: Path) -> None:
    (tmp_path / "pgtui-sandbox-a").mkdir()
    (tmp_path / "pgtui-sandbox-a" / "thesis").write_text("mine")
    done = _bash(shell_lines(SERVER, RemoveSandbox(_spec(f"{tmp_path}/pgtui-sandbox-a", "/b"))))
    assert done.returncode != 0
    assert (tmp_path / "pgtui-sandbox-a" / "thesis").exists()


def test_removal_takes_a_half_made_one_and_can_be_repeated(tmp_path: Path) -> None:
    spec = _spec(f"{tmp_path}/pgtui-sandbox-a", "/b")
    (tmp_path / "pgtui-sandbox-a" / "data").mkdir(parents=True)
    (tmp_path / "pgtui-sandbox-a" / "pgtui-sandbox.json").write_text(json.dumps({}))
    for _ in range(2):
        assert _bash(shell_lines(SERVER, RemoveSandbox(spec))).returncode == 0
        assert not (tmp_path / "pgtui-sandbox-a").exists()
