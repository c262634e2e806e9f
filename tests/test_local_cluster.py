"""The local test clusters are real, separate, and leave nothing behind."""

import pwd
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from tests.local_cluster import ClusterFactory, LocalCluster, clusters, installations, server_account


def test_archives_and_backs_up(local_cluster: LocalCluster) -> None:
    local_cluster.psql("CREATE TABLE note (text text)")
    backup = local_cluster.base_backup()
    segment = local_cluster.archive_wal()

    assert (backup / "backup_manifest").exists()
    assert (local_cluster.archive / segment).exists()
    assert int(local_cluster.psql("SHOW server_version_num")) // 10000 == local_cluster.major


def test_is_shared(shared_cluster: LocalCluster) -> None:
    assert shared_cluster.psql("SELECT 1") == "1"


def test_the_server_is_not_root(shared_cluster: LocalCluster) -> None:
    account = server_account()

    owner = pwd.getpwuid(shared_cluster.data.stat().st_uid).pw_name

    assert owner != "root"
    assert account is None or owner == account.name


def test_tcp_needs_the_password(make_cluster: ClusterFactory) -> None:
    cluster = make_cluster(tcp=True, archiving=False)

    ask = f"host=127.0.0.1 port={cluster.port} user=postgres password={cluster.password}"

    assert cluster.run("psql", "-XAt", "-d", ask, "-c", "SHOW archive_mode").strip() == "off"


def test_programs_in_a_closed_directory(make_cluster: ClusterFactory, tmp_path: Path) -> None:
    embedded = next((found for found in installations() if found.source == "embedded"), None)
    if embedded is None:
        pytest.skip("no embedded PostgreSQL")
    if server_account() is None:
        pytest.skip("only root drops to an account that may not enter its directories")
    package = embedded.bindir.parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    tmp_path.chmod(0o700)

    cluster = make_cluster(replace(embedded, bindir=tmp_path / package.name / "pginstall" / "bin"))

    assert cluster.psql("SELECT 1") == "1"


def test_nothing_is_left_behind() -> None:
    with clusters() as factory:
        cluster = factory()
        assert cluster.is_running()

    assert not cluster.home.exists()
    assert not factory.root.exists()
