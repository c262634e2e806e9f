"""Clusters of this machine are found without a connection, and only those that are there."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from pgtui.domain.cluster import Cluster, ServerState
from pgtui.domain.errors import HostError, ServerGone
from pgtui.domain.place import HostKind, Place
from pgtui.hosts.local import LocalEngine
from pgtui.hosts.local_discovery import cluster_name
from pgtui.hosts.local_postmaster import running_postmaster
from pgtui.hosts.programs import EMBEDDED, Programs, copied_programs, found_programs, programs_for
from tests.local_cluster import ClusterFactory, Installation, LocalCluster, run_as_server


async def _found(path: Path, *configured: Path) -> Cluster | None:
    _, clusters = await LocalEngine(data_directories=tuple(map(str, configured))).look()
    return next((cluster for cluster in clusters if cluster.place.name == str(path)), None)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/var/lib/postgresql/17/main", "17-main"),
        ("/var/lib/pgsql/17/data", "pgsql-17"),
        ("/srv/shop/pgdata", "shop"),
        ("/srv/shop", "shop"),
        ("/data", "data"),
        ("/", "data"),
        ("/srv/a b;$(x)/data", "a b;$(x)"),
    ],
)
def test_a_cluster_is_named_by_what_means_something_in_its_path(path: str, name: str) -> None:
    assert cluster_name(path) == name


async def test_a_running_server_is_found_with_name_and_version(shared_cluster: LocalCluster) -> None:
    found = await _found(shared_cluster.data)
    assert found is not None
    assert found.name.startswith(shared_cluster.home.name)
    assert found.state is ServerState.RUNNING
    assert found.version is not None
    assert found.version.major == shared_cluster.major


async def test_a_stopped_one_is_shown_when_it_is_configured(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(start=False)
    assert await _found(cluster.data) is None
    found = await _found(cluster.data, cluster.data)
    assert found is not None
    assert found.state is ServerState.STOPPED


async def test_a_configured_one_that_is_not_there_is_shown_as_missing(tmp_path: Path) -> None:
    found = await _found(tmp_path / "gone", tmp_path / "gone")
    assert found is not None
    assert found.state is ServerState.MISSING
    assert "not there" in found.problem


async def test_clusters_of_one_name_are_told_apart(tmp_path: Path) -> None:
    paths = []
    for parent in ("a", "b", "c"):
        path = tmp_path / parent / "shop" / "data"
        path.mkdir(parents=True)
        (path / "PG_VERSION").write_text("17\n")
        paths.append(path)
    _, clusters = await LocalEngine(data_directories=tuple(map(str, paths))).look()
    names = [cluster.name for cluster in clusters]
    assert {"shop", "shop-2", "shop-3"} <= set(names)
    assert len(set(names)) == len(names)


async def test_a_lock_file_left_behind_is_no_running_server(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster()
    pid_file = cluster.data / "postmaster.pid"
    left_behind = pid_file.read_text()
    cluster.stop("immediate")
    # The process number now belongs to somebody else: to this test.
    run_as_server(
        ["sh", "-c", 'printf %s "$1" > "$2"', "sh", _with_pid(left_behind, os.getpid()), str(pid_file)]
    )
    assert running_postmaster(str(cluster.data)) is None
    host = await LocalEngine().open(Place(HostKind.LOCAL, str(cluster.data)))
    assert await host.state() is ServerState.STOPPED
    await host.stop()


def _with_pid(text: str, pid: int) -> str:
    return "\n".join([str(pid), *text.split("\n")[1:]])


async def test_a_directory_without_a_server_version_is_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(ServerGone, match="PG_VERSION"):
        await LocalEngine().open(Place(HostKind.LOCAL, str(tmp_path)))


async def test_the_programs_of_a_cluster_are_those_of_its_version(
    shared_cluster: LocalCluster, installation: Installation
) -> None:
    host = await LocalEngine().open(Place(HostKind.LOCAL, str(shared_cluster.data)))
    done = subprocess.run(
        [f"{host.bindir}/postgres", "--version"], capture_output=True, text=True, check=True
    )
    assert f"(PostgreSQL) {installation.major}." in done.stdout


async def test_every_installation_is_found(installation: Installation) -> None:
    found = await found_programs()
    assert installation.major in {programs.version.major for programs in found}
    named = await found_programs((str(installation.bindir),))
    assert (named[0].directory, named[0].origin) == (str(installation.bindir), "configuration")


async def test_a_version_that_is_not_installed_is_told_with_a_hint(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(start=False)
    run_as_server(["sh", "-c", 'echo 9 > "$1"', "sh", cluster.data / "PG_VERSION"])
    host = await LocalEngine().open(Place(HostKind.LOCAL, str(cluster.data)))
    with pytest.raises(HostError, match="PostgreSQL 9") as raised:
        _ = host.bindir
    assert "bindirs" in raised.value.hint
    assert await host.list(str(cluster.data))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another account")
async def test_closed_programs_are_copied_to_where_the_account_can_reach_them(
    make_cluster: ClusterFactory, tmp_path: Path
) -> None:
    cluster = make_cluster(start=False)
    closed = tmp_path / "venv"
    closed.mkdir(mode=0o700)
    subprocess.run(["cp", "-a", cluster.bindir.parent, closed / "pginstall"], check=True)
    (programs,) = [
        p for p in await found_programs((str(closed / "pginstall" / "bin"),)) if p.origin == "configuration"
    ]
    embedded = Programs(programs.directory, programs.version, EMBEDDED)
    reachable = cluster.home.parent / "copy"
    for _ in range(2):
        copy = await copied_programs(embedded, str(reachable))
        done = run_as_server([f"{copy.directory}/postgres", "--version"])
        assert f"(PostgreSQL) {programs.version}" in done.stdout
    reachable.chmod(0o777)
    with pytest.raises(HostError, match="not made by this account"):
        await copied_programs(embedded, str(reachable))


async def test_a_configured_directory_comes_before_the_others(
    shared_cluster: LocalCluster, installation: Installation
) -> None:
    from pgtui.hosts.accounts import new_server_account

    found = await programs_for(
        installation.major, new_server_account(), bindirs=(str(shared_cluster.bindir),)
    )
    assert (found.directory, found.origin) == (str(shared_cluster.bindir), "configuration")


async def test_what_carries_a_sandboxs_mark_is_no_cluster(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster()
    assert await _found(cluster.data) is not None
    (cluster.home / "pgtui-sandbox.json").write_text(json.dumps({}))
    assert await _found(cluster.data) is None
