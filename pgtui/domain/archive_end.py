"""An archive's end against the server's word: what was reported as archived and is not there.

Nothing behind its last segment is missed by looking at an archive alone.
"""

from dataclasses import dataclass
from datetime import datetime

from pgtui.domain.archive_paths import Coverage
from pgtui.domain.archive_sample import ArchiveSample
from pgtui.domain.hole_cost import short_time
from pgtui.domain.wal import BACKUP_HISTORY_NAME, Segment, parse_segment

NOT_COMPARED = (
    "The server could not tell which segment it archived last: the archive's end was compared with nothing."
)


@dataclass(frozen=True)
class ReportedSegment:
    """The last segment that the server's statistics report as archived."""

    segment: Segment
    when: datetime | None


def reported_segment(sample: ArchiveSample) -> ReportedSegment | None:
    """Return the last segment that is reported as archived; None when the last file tells of none.

    A backup's history goes after the segment that the backup began in. A `.partial` segment is archived by a
    standby that was promoted, which has archived none of those before; a timeline's history tells nothing.
    """
    name = sample.last_archived_wal or ""
    backup = BACKUP_HISTORY_NAME.match(name)
    segment = parse_segment(backup[1] if backup else name, sample.segment_size)
    return ReportedSegment(segment, sample.last_archived_time) if segment else None


def missing_at_end(coverage: Coverage, reported: Segment) -> tuple[int, int] | None:
    """Return the numbers (first, last) on the reported segment's timeline that are missing at its end."""
    runs = coverage.of(reported.timeline)
    switches = coverage.history(reported.timeline).switches
    if runs:
        first = runs.ends[-1] + 1
    elif switches:
        first = switches[-1].at.value // coverage.segment_size
    else:
        # Where the timeline began is not known: this one at least was there.
        first = reported.number
    return (first, reported.number) if first <= reported.number else None


def report_in_words(reported: ReportedSegment, segment_size: int) -> str:
    """Say what the server says."""
    at = f" at {short_time(reported.when)}" if reported.when else ""
    return (
        f"The server reported {reported.segment.name(segment_size)} as archived{at}, and the archive ends "
        "before it: archive_command reported success and kept nothing, or what it kept was taken away."
    )
