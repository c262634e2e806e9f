"""Samples and looks of a made-up server, a few words each; moments are seconds after noon."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_sample import (
    ArchiveLook,
    ArchiverProcess,
    ArchiveSample,
    DirectoryState,
    WalDirectory,
)
from pgtui.domain.archive_status import ArchiveFailure, Verdict
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from pgtui.domain.wal import Segment
from tests.domain.made import MB, NOON, SIZE

HOUR = 3600.0
COMMAND = "test ! -f /archive/%f && cp %p /archive/%f"


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def name(number: int, timeline: int = 1) -> str:
    return Segment(timeline, number).name(SIZE)


def sample(
    seconds: float = 0,
    *,
    current: int = 5,
    fill: int = 8 * MB,
    archived: int | None = 4,
    archived_at: float = -60,
    failed_at: float | None = None,
    failed_count: int = 0,
    timeline: int = 1,
    ready: int | None = 0,
    oldest: float | None = None,
    looked: float | None = None,
    in_segments: Iterable[int] = (),
) -> ArchiveSample:
    """A sample of a server that writes segment `current`; `ready` of None: pg_wal cannot be looked at."""
    first = current - (ready or 0)
    wal = None
    if ready is not None:
        wal = WalDirectory(
            taken=at(seconds if looked is None else looked),
            ready=ready,
            oldest_ready=at(seconds if oldest is None else oldest) if ready else None,
            ready_names=tuple(name(n, timeline) for n in range(first, current))[:500],
            other_ready=0,
            segments=3,
            size=3 * SIZE,
            names=tuple(name(n, timeline) for n in sorted({*in_segments, *range(first, current + 1)}))[-500:],
        )
    return ArchiveSample(
        taken=at(seconds),
        started=at(-10 * HOUR),
        version_num=170000,
        in_recovery=False,
        timeline=timeline,
        lsn=Lsn(current * SIZE + fill),
        segment_size=SIZE,
        mode="on",
        command=COMMAND,
        library="",
        timeout=0,
        wal_level="replica",
        archived_count=0 if archived is None else archived,
        last_archived_wal=None if archived is None else name(archived, timeline),
        last_archived_time=None if archived is None else at(archived_at),
        failed_count=failed_count,
        last_failed_wal=None if failed_at is None else name((archived or 0) + 1, timeline),
        last_failed_time=None if failed_at is None else at(failed_at),
        stats_reset=at(-20 * HOUR),
        archiver=ArchiverProcess(100, at(-10 * HOUR), "ArchiverMain"),
        sees_archiver=True,
        wal=wal,
    )


def running(made: ArchiveSample, event: str = "ArchiveCommand") -> ArchiveSample:
    """The same sample while archive_command runs."""
    assert made.archiver is not None
    return replace(made, archiver=replace(made.archiver, wait_event=event))


def look(
    seconds: float = 0,
    *,
    asked: Iterable[int] = (),
    present: Iterable[int] = (),
    state: DirectoryState = DirectoryState.THERE,
    free: int | None = None,
    wal_free: int | None = None,
) -> ArchiveLook:
    """A look at /archive."""
    return ArchiveLook(
        taken=at(seconds),
        directory="/archive",
        state=state,
        free=free,
        wal_free=wal_free,
        asked=tuple(map(name, asked)),
        present=frozenset(map(name, present)),
    )


def failure(seconds: float | None, cause: str = "", exit_code: int | None = 1) -> ArchiveFailure:
    """A failure that the log told of."""
    return ArchiveFailure(
        name(5), None if seconds is None else at(seconds), "cp: no", exit_code, None, "the command failed",
        cause, "Mend it." if cause else "",
    )  # fmt: skip


def verdict(
    *samples: ArchiveSample,
    look: ArchiveLook | None = None,
    server: ServerState = ServerState.RUNNING,
    failure: ArchiveFailure | None = None,
    late: float = 0,
    problem: str = "",
    skew: float = 0,
    takes: float = 0,
) -> Verdict:
    """The verdict `late` seconds after the last of these samples was taken."""
    taken = samples[-1].taken if samples else NOON
    now = taken + timedelta(seconds=late - skew)
    known = Circumstances(
        now,
        server,
        sampled=now - timedelta(seconds=late),
        failure=failure,
        clock_skew=skew,
        archiving_takes=takes,
        problem=problem,
    )
    return judge(samples, look, known)
