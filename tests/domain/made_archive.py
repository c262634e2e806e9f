"""Listings of archives for tests, as hosts give them."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from pgtui.domain.archive_headers import HeaderJudge
from pgtui.domain.archive_scan import HeaderFindings, ScanInput
from pgtui.domain.archive_survey import Survey
from pgtui.domain.archive_tally import Tally
from pgtui.domain.backup import BaseBackup
from pgtui.domain.timeline import TimelineHistory
from pgtui.domain.wal import Segment
from tests.domain.made import SIZE, minutes

IDENTIFIER = "7575757575757575757"


def record(name: str, size: int = SIZE, when: datetime | None = None, kind: str = "f") -> bytes:
    """One record of a listing, as `find` prints it."""
    seconds = int((when or minutes(0)).timestamp())
    return f"{size} {seconds}.1234567890 {kind} {name}\0".encode(errors="surrogateescape")


def segment_record(timeline: int, number: int, size: int = SIZE) -> bytes:
    """A segment that was archived at its number's minute after noon."""
    return record(Segment(timeline, number).name(size), size, minutes(number))


def tally_of(records: Iterable[bytes], segment_size: int = SIZE) -> Tally:
    tally = Tally(segment_size)
    tally.add(b"".join(records))
    return tally


def scan_of(
    tally: Tally,
    *histories: TimelineHistory,
    backups: Iterable[BaseBackup] = (),
    headers: HeaderFindings | None = None,
    timeline: int | None = None,
) -> ScanInput:
    known: Mapping[int, TimelineHistory] = {h.timeline: h for h in (TimelineHistory(1), *histories)}
    nothing = HeaderJudge(tally.segment_size, IDENTIFIER).findings()
    return ScanInput(
        directory="/archive",
        taken=minutes(1000),
        survey=Survey(tally),
        histories=known,
        history_problems=(),
        headers=headers or nothing,
        system_identifier=IDENTIFIER,
        timeline=timeline,
        backups=tuple(backups),
    )
