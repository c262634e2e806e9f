"""The local test clusters are real, separate, and leave nothing behind."""

import pwd

from tests.local_cluster import ClusterFactory, LocalCluster, clusters, server_account


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


def test_nothing_is_left_behind() -> None:
    with clusters() as factory:
        cluster = factory()
        assert cluster.is_running()

    assert not cluster.home.exists()
    assert not factory.root.exists()
