"""One cluster's archiving in every state, a curve, a scan and a proposal: fixed values for screens."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pgtui.domain.archive_draft import SettingRow
from pgtui.domain.archive_prune import PruneProposal
from pgtui.domain.archive_report import (
    ArchiveReport,
    FileProblemFound,
    Hole,
    ProblemKind,
    TimelineSpan,
)
from pgtui.domain.archive_sample import (
    ArchiveLook,
    ArchiverProcess,
    ArchiveSample,
    DirectoryState,
    Slot,
    WalDirectory,
)
from pgtui.domain.archive_status import (
    ArchiveEvent,
    ArchiveFailure,
    ArchiveState,
    ArchiveStatus,
    CellState,
    Exposure,
    Figures,
    Point,
    SegmentCell,
    Verdict,
)
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from pgtui.domain.plan import Plan, PlannedStep, ReloadServer, RestartServer
from pgtui.domain.preflight import Finding, Severity
from tests.ui.fakes import MB, NOW, STUDENT

GB = 1024 * MB
WAL = 16 * MB


def segment(number: int) -> str:
    return f"0000000100000000{number:08X}"


SAMPLE = ArchiveSample(
    taken=NOW,
    started=NOW - timedelta(days=3),
    version_num=170011,
    in_recovery=False,
    timeline=1,
    lsn=Lsn(0x48 * WAL + 5 * MB),
    segment_size=WAL,
    mode="on",
    command="cp %p /archive/%f",
    library="",
    timeout=60,
    wal_level="replica",
    archived_count=57,
    last_archived_wal=segment(0x47),
    last_archived_time=NOW - timedelta(seconds=12),
    failed_count=3,
    last_failed_wal=segment(0x21),
    last_failed_time=NOW - timedelta(hours=9),
    stats_reset=NOW - timedelta(days=3),
    archiver=ArchiverProcess(71, NOW - timedelta(days=3), ""),
    sees_archiver=True,
    slots=(
        Slot("standby1", True, Lsn(0x48 * WAL), "reserved", 5 * MB),
        Slot("old_report", False, Lsn(0x20 * WAL), "extended", 640 * MB),
    ),
    wal=WalDirectory(NOW, 0, None, (), 0, 20, 320 * MB, ()),
)
LOOK = ArchiveLook(NOW, "/archive", DirectoryState.THERE, free=120 * GB, wal_free=41 * GB)
FIGURES = Figures(
    backlog_segments=0,
    backlog_bytes=0,
    oldest_waiting=None,
    written_per_second=4.2 * MB,
    archived_per_second=4.1 * MB,
    failures_since_success=0,
    exposure=Exposure(5 * MB, 12.0),
    current_segment=segment(0x48),
    segment_fill=0.31,
)
EVENTS = (
    ArchiveEvent(NOW - timedelta(minutes=50), "The server was restarted."),
    ArchiveEvent(NOW - timedelta(minutes=9), "Now lagging: 12 segments (192 MB) wait; more is written."),
    ArchiveEvent(NOW - timedelta(minutes=6), "Now ok: Every full segment is archived."),
)
OK = ArchiveStatus(
    "student",
    NOW,
    ServerState.RUNNING,
    Verdict(ArchiveState.OK, "Every full segment reaches the archive."),
    SAMPLE,
    is_current=True,
    sampled=NOW,
    figures=FIGURES,
    look=LOOK,
    events=EVENTS,
)
FAILURE = ArchiveFailure(
    segment(0x45),
    NOW - timedelta(seconds=8),
    "sh: 1: pgbackrest: not found",
    127,
    None,
    "the program was not found",
    "The program that archive_command names is not there.",
    "Install it, or correct archive_command.",
)
FAILING = replace(
    OK,
    verdict=Verdict(
        ArchiveState.FAILING,
        "3 segments (48 MB) wait, the oldest for 2 min 5 s; the command has failed 7 times since the last "
        "success.",
        "The cause stands below; the server tries again each minute.",
    ),
    sample=replace(
        SAMPLE,
        last_archived_wal=segment(0x44),
        last_archived_time=NOW - timedelta(minutes=2, seconds=30),
        wal=WalDirectory(NOW, 3, NOW - timedelta(seconds=125), (segment(0x45),), 1, 23, 368 * MB, ()),
    ),
    figures=replace(
        FIGURES,
        backlog_segments=3,
        backlog_bytes=48 * MB,
        oldest_waiting=125.0,
        archived_per_second=0.0,
        failures_since_success=7,
        until_full=9_900.0,
        exposure=Exposure(53 * MB, 150.0),
    ),
    failure=FAILURE,
)
OFF = replace(
    OK,
    verdict=Verdict(ArchiveState.OFF, "archive_mode is off: WAL is not archived."),
    sample=replace(
        SAMPLE,
        mode="off",
        command="(disabled)",
        last_archived_wal=None,
        last_archived_time=None,
        archiver=None,
    ),
    figures=replace(FIGURES, archived_per_second=0.0, exposure=Exposure(None, None)),
    look=None,
    events=(),
)
STALE = replace(
    FAILING,
    verdict=Verdict(
        ArchiveState.UNKNOWN, "The server has not answered since 11:59:46+00:00.", "Is its machine up?"
    ),
    is_current=False,
    sampled=NOW - timedelta(seconds=14),
    figures=Figures(),
    failure=None,
    problem="The connection was lost.",
    problem_hint="pgtui tries again by itself.",
)
UNASKED = ArchiveStatus(
    "student",
    NOW,
    ServerState.RUNNING,
    Verdict(ArchiveState.UNKNOWN, "The server asks for a password and none is known."),
    problem="The server asks for a password and none is known.",
    problem_hint="Press p to type it.",
)
DOWN = ArchiveStatus(
    "library",
    NOW,
    ServerState.STOPPED,
    Verdict(ArchiveState.STOPPED, "The server is stopped: nothing is archived."),
)


def state(name: ArchiveState, reason: str = "for a reason") -> ArchiveStatus:
    return replace(OK, verdict=Verdict(name, reason, "do this"))


def curve(*, gap: bool = True, seconds: int = 280) -> tuple[Point, ...]:
    """Some minutes of a server under changing load, archived in bursts, with a gap in the middle."""
    points = [Point(NOW - timedelta(seconds=seconds), None, None, None)]
    for age in range(seconds - 1, -1, -1):
        when = NOW - timedelta(seconds=age)
        if gap and 100 <= age < 145:
            continue
        if gap and age == 99:
            points.append(Point(when, None, None, None))
            continue
        wave = 1 + (age * 7 % 60) / 30
        points.append(Point(when, wave * 3 * MB, 16.0 * MB if age % 4 == 0 else 0.0, age // 9 % 5))
    return tuple(points)


def strip(cells: int, waiting: int = 0) -> tuple[SegmentCell, ...]:
    states = [
        *[CellState.ARCHIVED] * 200,
        *[CellState.READY] * waiting,
        CellState.WRITING,
        *[CellState.RECYCLED] * 4,
    ]
    states[150] = CellState.MISSING
    first = 0x48 - 200 - waiting + 0x100
    made = [SegmentCell(segment(first + number), each) for number, each in enumerate(states)]
    return tuple(made[-cells:])


ROWS = (
    SettingRow("wal_level", "replica", "replica", True, False, "default"),
    SettingRow("archive_mode", "off", "on", True, False, "default"),
    SettingRow("archive_command", "", 'd=/archive; f="$d/%f"; t="$d/.%f.tmp"; …', False, False, "default"),
    SettingRow("archive_library", "", "", False, False, "default"),
    SettingRow("archive_timeout", "0", "60", False, False, "default"),
    SettingRow("max_wal_senders", "10", "10", True, True, "postgresql.conf, line 312"),
)
FINDINGS = (
    Finding(Severity.WARN, "The server will be restarted.", "Sessions are ended; choose a quiet moment."),
)


def one_step(title: str, *, destructive: bool = False) -> Plan:
    step = RestartServer(STUDENT.place) if destructive else ReloadServer(STUDENT.place)
    return Plan(title, "student", (PlannedStep(step, is_destructive=destructive),), outcome="It is done.")


HOLE = Hole(
    1,
    segment(0x21),
    segment(0x23),
    3,
    datetime(2026, 11, 22, 11, 57, tzinfo=UTC),
    datetime(2026, 11, 22, 12, 4, tzinfo=UTC),
    (
        "Nothing between 11:57:00+00:00 and 12:04:00+00:00 can be reached from the backup of 11:30:00+00:00.",
        "The backup of 12:10:00+00:00 is not concerned.",
    ),
)
REPORT = ArchiveReport(
    directory="/archive",
    taken=NOW,
    seconds=1.24,
    files=412,
    size=6 * GB,
    segment_size=WAL,
    system_identifier="7438912345678901234",
    spans=(
        TimelineSpan(1, None, segment(2), segment(0x47), 67, 12, GB, NOW - timedelta(days=2), NOW, (HOLE,)),
        TimelineSpan(
            2,
            1,
            "000000020000000000000047",
            "00000002000000000000004A",
            4,
            0,
            64 * MB,
            NOW - timedelta(hours=1),
            NOW,
            (),
        ),
    ),
    problems=(
        FileProblemFound(segment(0x30), ProblemKind.EMPTY, 0, "It holds nothing; recovery stops there."),
        FileProblemFound("core.1", ProblemKind.UNKNOWN, 4096, "It does not belong into an archive."),
    ),
    problem_count=2,
    harmless_count=0,
    histories=1,
    backup_histories=3,
    headers_checked=71,
    headers_of=83,
    notes=("The backup of 12:10:00+00:00 can be rolled forward to 12:31:07+00:00.",),
)
WHOLE = replace(
    REPORT, spans=(replace(REPORT.spans[0], holes=()), REPORT.spans[1]), problems=(), problem_count=0
)
PROPOSAL = PruneProposal(
    one_step("Prune the archive", destructive=True),
    segment(0x20),
    tuple(segment(number) for number in range(2, 32)),
    30,
    480 * MB,
    41,
    ("The oldest base backup that is kept, monday of 11:50:03+00:00, begins there.",),
    (Finding(Severity.NOTE, "What a standby still needs cannot be known."),),
)
