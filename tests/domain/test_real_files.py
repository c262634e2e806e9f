"""Labels, manifests and histories as real servers write them."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from pgtui.domain.archive import Archive, ArchivedSegment, likely_segment_size, reach
from pgtui.domain.backup import BackupLabel, history_file_name, manifest_end, parse_label, parse_label_time
from pgtui.domain.control_data import parse_control_data
from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_choice import lies_on
from pgtui.domain.timeline import TimelineHistory, parse_history
from pgtui.domain.wal import Segment, parse_segment, segment_number
from tests.domain.made import MB, NOON, backup
from tests.local_cluster import ClusterFactory, Installation, LocalCluster

ONE = TimelineHistory(1)
LABEL = "a\"b'c; $(x) [red] \x0bSTART TIMELINE: 9\u2028STOP TIME: never %f äöü"


def _recover(cluster: LocalCluster, settings: Mapping[str, str]) -> None:
    """Restore the backup `base` over the cluster and let it promote."""
    cluster.stop("immediate")
    data = cluster.data
    data.rename(data.with_name("before"))
    (cluster.backups / "base").rename(data)
    with (data / "postgresql.conf").open("a") as conf:
        for name, value in settings.items():
            conf.write(f"{name} = '{value}'\n")
    (data / "recovery.signal").touch()
    cluster.start()


def test_a_backup_and_its_promoted_child_are_read_as_the_server_meant_them(
    make_cluster: ClusterFactory, installation: Installation
) -> None:
    cluster = make_cluster(installation, initdb_args=["--wal-segsize=1"], settings={"log_timezone": "UTC"})
    cluster.psql("CREATE TABLE t AS SELECT generate_series(1, 50000) AS id")
    cluster.run("pg_basebackup", "-D", cluster.backups / "base", "-c", "fast", "--label", LABEL)
    cluster.archive_wal()
    folder = cluster.backups / "base"

    label = parse_label(_text(folder / "backup_label"))
    assert (label.label, label.timeline, label.taken_from) == (LABEL, 1, "primary")
    assert label.start_segment == Segment(1, segment_number(label.start_lsn, MB)).name(MB)
    told = parse_label(_text(cluster.archive / history_file_name(label, MB)))
    end = manifest_end((folder / "backup_manifest").read_text())
    assert end
    assert (told.label, told.start_lsn, told.stop_lsn) == (LABEL, label.start_lsn, end)
    assert parse_label_time(told.start_time, None)
    stopped = parse_label_time(told.stop_time, None)
    assert stopped
    assert abs(stopped.timestamp() - (folder / "backup_manifest").stat().st_mtime) < 60

    _the_archive_is_whole(cluster, label, end)
    restore = f'cp "{cluster.archive}/%f" "%p"'
    _recover(
        cluster,
        {
            "restore_command": restore,
            "recovery_target": "immediate",
            "recovery_target_action": "promote",
        },
    )
    cluster.psql("DROP TABLE t")
    # Promotion goes on after the server accepts connections: its first segment tells that it is over.
    assert cluster.archive_wal().startswith("00000002")
    history = parse_history(2, _text(cluster.archive / "00000002.history"))
    assert history.switches[0].parent == 1
    # The new timeline begins where the backup became consistent, and can be followed from it.
    assert history.switches[0].at == end
    made = replace(backup(end_lsn=end), label=label)
    assert lies_on(made, history)
    assert lies_on(made, ONE)


def _text(path: Path) -> str:
    return path.read_bytes().decode()


def _the_archive_is_whole(cluster: LocalCluster, label: BackupLabel, end: Lsn) -> None:
    files = {path.name: path.stat().st_size for path in cluster.archive.iterdir()}
    size = likely_segment_size(files.values())
    assert size == MB
    found = [(segment, files[name]) for name in sorted(files) if (segment := parse_segment(name, size))]
    segments = tuple(ArchivedSegment(segment, length, NOON) for segment, length in found)
    stored = Archive(str(cluster.archive), segments, (ONE,), size)
    far = reach(stored, ONE, replace(backup(), label=label))
    assert far.end >= end
    assert not far.is_broken


def test_a_control_file_with_a_wrong_checksum_is_not_trusted() -> None:
    warning = "WARNING: Calculated CRC checksum does not match value stored in file.\n"
    with pytest.raises(ValueError, match="checksum"):
        parse_control_data(warning)
