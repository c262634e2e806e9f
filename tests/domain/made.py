"""Values for tests: backups, archives, plans."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from pgtui.domain.archive import Archive, ArchivedSegment
from pgtui.domain.backup import BackupLabel, BaseBackup
from pgtui.domain.lsn import Lsn
from pgtui.domain.place import HostKind, Place
from pgtui.domain.sandbox import SandboxSpec, TablespaceCopy
from pgtui.domain.server_version import ServerVersion
from pgtui.domain.timeline import TimelineHistory
from pgtui.domain.wal import Segment

MB = 1024 * 1024
SIZE = 16 * MB
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
HOSTILE = "a\"b'c; $(x) [red] `y` ${z}\n\\ %f äöü 🐘\x1b\udce9"
"""A name of everything that a shell, a terminal or an encoding could trip over."""


def minutes(count: float) -> datetime:
    """So many minutes after noon."""
    return NOON + timedelta(minutes=count)


def backup(
    path: str = "/backup/base",
    *,
    start: int = 2,
    timeline: int = 1,
    end_lsn: Lsn | None = None,
    ended: float = 0,
    problem: str = "",
    carried: tuple[str, ...] = (),
) -> BaseBackup:
    """A backup that starts in segment `start` and ended at so many minutes after noon."""
    first = Segment(timeline, start)
    return BaseBackup(
        path=path,
        label=BackupLabel(
            start_lsn=first.start(SIZE) + 0x28,
            start_segment=first.name(SIZE),
            checkpoint_lsn=first.start(SIZE) + 0x60,
            method="streamed",
            taken_from="primary",
            start_time="2026-11-22 11:57:03 UTC",
            label="base",
            timeline=timeline,
        ),
        version=ServerVersion.of_major(17),
        end_lsn=end_lsn or first.start(SIZE) + 0x120,
        stopped=minutes(ended) - timedelta(seconds=1),
        modified=minutes(ended + 1),
        size=32 * MB,
        carried_segments=carried,
        problem=problem,
    )


def archive(
    segments: Iterable[tuple[int, int]], *histories: TimelineHistory, broken: Iterable[tuple[int, int]] = ()
) -> Archive:
    """An archive of (timeline, segment number), each archived at its number's minute after noon."""
    short = set(broken)
    files = tuple(
        ArchivedSegment(Segment(t, n), MB if (t, n) in short else SIZE, minutes(n))
        for t, n in sorted(segments)
    )
    return Archive("/archive", files, (TimelineHistory(1), *histories), SIZE)


def spec(text: str = HOSTILE) -> SandboxSpec:
    """A sandbox whose every free name is this text."""
    return SandboxSpec(
        name="pgtui-sandbox-20261122-120000-abc123",
        cluster=text,
        source=Place(HostKind.DOCKER, text),
        place=Place(HostKind.LOCAL, f"/srv/{text}/data"),
        directory=f"/srv/{text}",
        backup=f"/backup/{text}",
        archive=f"/archive/{text}",
        tablespaces=(TablespaceCopy("16386", f"/ts/{text}"),),
        settings=(("restore_command", text), ("recovery_target_xid", "")),
        user=text,
        target=text,
        created="2026-11-22T12:00:00+00:00",
        bindir=f"/usr/{text}/bin",
    )
