"""A sandbox's settings: nothing of the original can be reached, whatever the paths hold."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.control_data import parse_control_data
from pgtui.domain.recovery_settings import restore_command, sandbox_settings
from pgtui.domain.recovery_target import TimeTarget
from pgtui.domain.server_version import ServerVersion
from tests.domain.made import HOSTILE, NOON
from tests.local_cluster import ClusterFactory, Installation

SEGMENT = "000000010000000000000003"
LIMITS = {
    "max_connections": 120,
    "max_worker_processes": 9,
    "max_wal_senders": 11,
    "max_prepared_xacts": 3,
    "max_locks_per_xact": 77,
}


def _filled_in(command: str, file: str, path: str) -> str:
    """Put in %f, %p and %% as PostgreSQL does; any other placeholder is an error from 16 on."""
    parts = {"f": file, "p": path, "%": "%"}
    filled, rest = "", command
    while rest:
        before, percent, after = rest.partition("%")
        filled += before + (parts[after[0]] if percent else "")
        rest = after[1:]
    return filled


def _restore(archive: Path, file: str, destination: Path) -> int:
    command = _filled_in(restore_command(str(archive)), file, "RECOVERYXLOG")
    done = subprocess.run(["/bin/sh", "-c", command], cwd=destination, check=False, timeout=20)
    return done.returncode


@pytest.mark.parametrize(
    "name",
    [
        "archive",
        "a\"b'c; $(touch x) [red] %f",
        "two words/and%p%%r%",
        "`touch x` $HOME ${x} \\ & | > y < z * ? ~ !",
        "line\nbreak\ttab",
        "äöü 🐘",
        "-rf",
        "'",
        "ends in a slash/",
        os.fsdecode(b"no utf-8 \xe9"),
    ],
)
def test_a_segment_is_restored_from_any_directory_and_nothing_else_happens(tmp_path: Path, name: str) -> None:
    archive, destination = tmp_path / "top" / name, tmp_path / "to"
    archive.mkdir(parents=True)
    destination.mkdir()
    (archive / SEGMENT).write_bytes(b"wal")
    assert _restore(archive, SEGMENT, destination) == 0
    assert [path.name for path in destination.iterdir()] == ["RECOVERYXLOG"]
    assert (destination / "RECOVERYXLOG").read_bytes() == b"wal"
    assert not (destination / "RECOVERYXLOG").is_symlink()
    # PostgreSQL takes 1 to 125 for "not there", and anything above for an error.
    assert _restore(archive, "00000002.history", destination) == 1
    assert [path.name for path in archive.iterdir()] == [SEGMENT]


@settings(max_examples=25)
@given(st.text(st.characters(codec="utf-8", exclude_characters="\0/"), min_size=1, max_size=30))
def test_the_directory_reaches_the_command_as_it_is(name: str) -> None:
    command = _filled_in(restore_command(f"/nowhere/{name}"), "F", "P")
    # A function in the place of `test` tells what it was given.
    probe = f"test() {{ printf '%s\\n--' \"$2\"; return 1; }}; {command}"
    done = subprocess.run(["/bin/sh", "-c", probe], capture_output=True, check=False, timeout=20)
    assert done.stdout.decode() == f"/nowhere/{name}/F\n--"
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_root_directory_can_be_an_archive() -> None:
    assert "//%f" in restore_command("/")


def _settings(major: int, directory: str = "/srv/s", archive: str = "/archive") -> dict[str, str]:
    pairs = sandbox_settings(
        ServerVersion.of_major(major),
        TimeTarget(NOON, 2),
        directory=directory,
        archive=archive,
        limits=LIMITS,
    )
    found = dict(pairs)
    assert len(found) == len(pairs), "a setting given twice"
    # Order matters for the targets only: the real one comes last of them.
    names = [name for name, _ in pairs if name.startswith("recovery_target")]
    assert names.index("recovery_target_time") > names.index("recovery_target_name")
    return found


@pytest.mark.parametrize("major", range(13, 19))
def test_nothing_of_the_original_can_be_written_to_or_reached(major: int) -> None:
    found = _settings(major)
    for name in ("archive_command", "archive_cleanup_command", "recovery_end_command", "primary_conninfo"):
        assert found[name] == ""
    assert (found["archive_mode"], found["listen_addresses"]) == ("off", "")
    assert (found["primary_slot_name"], found["max_logical_replication_workers"]) == ("", "0")
    assert found["data_directory"] == "/srv/s/data"
    assert found["unix_socket_permissions"] == "0700"


@pytest.mark.parametrize("major", range(13, 19))
def test_a_version_is_given_only_settings_that_it_knows(major: int) -> None:
    found = _settings(major)
    assert ("archive_library" in found) == (major >= 15)
    assert ("summarize_wal" in found) == (major >= 17)
    assert ("sync_replication_slots" in found) == (major >= 17)


def test_limits_of_the_control_file_become_settings_under_their_names() -> None:
    found = _settings(15)
    assert found["max_connections"] == "120"
    assert found["max_worker_processes"] == "9"
    assert found["max_wal_senders"] == "11"
    assert found["max_prepared_transactions"] == "3"
    assert found["max_locks_per_transaction"] == "77"


def test_a_real_server_takes_every_setting_as_it_was_meant(
    make_cluster: ClusterFactory, installation: Installation
) -> None:
    cluster = make_cluster(installation, start=False)
    hostile = HOSTILE.replace("\udce9", "") + ", \"x\" 'y'"
    found = _settings(installation.major, f"/srv/{hostile}", f"/archive/{hostile}")
    found |= {"data_directory": str(cluster.data)}
    options = [part for name, value in found.items() for part in ("-c", f"{name}={value}")]
    for name, value in found.items():
        shown = cluster.run("postgres", "-D", cluster.data, *options, "-C", name).removesuffix("\n")
        assert _same(shown, value), name


def _same(shown: str, value: str) -> bool:
    """Numbers are shown bare, in the setting's unit."""
    in_units = {"256MB": "32768", "8GB": "8192", "0700": "448"}
    return shown in (value, in_units.get(value))


def test_a_server_listens_in_a_socket_directory_of_any_name(
    make_cluster: ClusterFactory, installation: Installation
) -> None:
    cluster = make_cluster(installation, start=False, archiving=False)
    top = cluster.home / "a, \"b' ;c"
    value = _settings(installation.major, str(top))["unix_socket_directories"]
    (top / "run").mkdir(parents=True)
    for path in (top, top / "run"):
        _like(path, cluster.data)
    with (cluster.data / "postgresql.conf").open("a") as conf:
        quoted = value.replace("'", "''")
        conf.write(f"unix_socket_directories = '{quoted}'\n")
    cluster.start()
    assert (top / "run" / f".s.PGSQL.{cluster.port}").is_socket()


def _like(path: Path, owner: Path) -> None:
    found = owner.stat()
    os.chown(path, found.st_uid, found.st_gid)


def test_pg_controldata_of_each_version_tells_what_recovery_needs(
    make_cluster: ClusterFactory, installation: Installation
) -> None:
    wanted = {"max_connections": "37", "max_wal_senders": "4", "max_prepared_transactions": "5"}
    cluster = make_cluster(
        installation, settings={**wanted, "max_locks_per_transaction": "71"}, initdb_args=["--wal-segsize=4"]
    )
    system = cluster.psql("SELECT system_identifier FROM pg_control_system()")
    workers = cluster.psql("SHOW max_worker_processes")
    running = parse_control_data(cluster.run("pg_controldata", "-D", cluster.data))
    assert running.system_identifier == system
    assert (running.timeline, running.segment_size) == (1, 4 * 1024 * 1024)
    assert running.state == "in production"
    assert dict(running.limits) == {
        "max_connections": 37,
        "max_worker_processes": int(workers),
        "max_wal_senders": 4,
        "max_prepared_xacts": 5,
        "max_locks_per_xact": 71,
    }
    cluster.stop()
    assert parse_control_data(cluster.run("pg_controldata", "-D", cluster.data)).state == "shut down"


@pytest.mark.parametrize("text", ["", "Database system identifier:   1\n", "nonsense"])
def test_other_output_than_pg_controldatas_is_a_value_error(text: str) -> None:
    with pytest.raises(ValueError, match="does not tell"):
        parse_control_data(text)
