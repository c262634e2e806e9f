"""An archive's end against the server's word, on each timeline; what the word may be a file of."""

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_end import ReportedSegment, reported_segment
from pgtui.domain.archive_report import ArchiveReport
from pgtui.domain.archive_scan import report_of
from pgtui.domain.lsn import Lsn
from pgtui.domain.timeline import Switch, TimelineHistory
from pgtui.domain.wal import Segment
from tests.domain.archiving import at, name, sample
from tests.domain.made import SIZE, backup
from tests.domain.made_archive import record, scan_of, segment_record, tally_of

TWO = TimelineHistory(2, (Switch(1, Lsn(8 * SIZE + 100)),))
TWO_FILE = record("00000002.history", 40)


def report(
    records: Iterable[bytes],
    *histories: TimelineHistory,
    told: tuple[int, int] | None,
    start: int | None = None,
) -> ArchiveReport:
    backups = [] if start is None else [backup(start=start)]
    scan = scan_of(tally_of(records), *histories, backups=backups)
    reported = ReportedSegment(Segment(*told), at(0)) if told else None
    return report_of(replace(scan, reported=reported), 0)


@pytest.mark.parametrize(
    ("file", "expected"),
    [
        (name(7), Segment(1, 7)),
        (name(7, 3), Segment(3, 7)),
        (f"{name(7)}.00000028.backup", Segment(1, 7)),
        (f"{name(7)}.partial", None),
        ("00000002.history", None),
        ("rubbish", None),
        (None, None),
    ],
)
def test_the_last_archived_file_may_be_of_any_kind(file: str | None, expected: Segment | None) -> None:
    found = reported_segment(replace(sample(), last_archived_wal=file))
    assert (found.segment if found else None) == expected
    if found is not None:
        assert found.when == at(-60)


@given(
    st.sets(st.integers(1, 20), min_size=1),
    st.integers(1, 25),
)
def test_what_was_reported_behind_the_end_is_missing(present: set[int], last: int) -> None:
    records = [segment_record(1, number) for number in sorted(present)]
    told, alone = report(records, told=(1, last)), report(records, told=None)
    more = max(0, last - max(present))
    assert told.spans[0].missing == alone.spans[0].missing + more
    assert told.hole_count == alone.hole_count + bool(more)
    assert [bool(hole.report) for hole in told.holes] == [False] * alone.hole_count + [True] * bool(more)


def test_the_hole_at_the_end_names_the_servers_word_and_its_cost() -> None:
    told = report([segment_record(1, n) for n in range(3, 8)], told=(1, 10), start=3)
    (hole,) = told.holes
    assert (hole.first, hole.last, hole.count, hole.until) == (name(8), name(10), 3, None)
    assert hole.report.startswith(f"The server reported {name(10)} as archived at 2026-")
    assert hole.after is not None
    assert hole.cost[0].startswith("Nothing after ")
    assert not told.is_whole


def test_a_word_on_another_timeline_is_compared_with_that_one() -> None:
    one = [segment_record(1, n) for n in range(3, 12)]
    two = [segment_record(2, n) for n in (8, 9)]
    assert report([*one, *two, TWO_FILE], TWO, told=(2, 9)).is_whole
    (hole,) = report([*one, *two, TWO_FILE], TWO, told=(2, 10)).holes
    assert (hole.timeline, hole.first, hole.count) == (2, name(10, 2), 1)
    # The segments of timeline 1 behind the fork stand for none of timeline 2.
    (hole,) = report([*one, TWO_FILE], TWO, told=(2, 10)).holes
    assert (hole.timeline, hole.first, hole.last, hole.count) == (2, name(8, 2), name(10, 2), 3)
    assert hole.report


def test_an_emptied_archive_misses_at_least_the_one_that_is_named() -> None:
    told = report([], told=(1, 10))
    assert [(hole.first, hole.count) for hole in told.holes] == [(name(10), 1)]
    assert not told.is_whole
    assert report([], told=None).is_whole


def test_what_a_later_path_misses_too_is_not_counted_twice() -> None:
    # Timeline 2 has nothing left, and timeline 3, which comes from it, misses its segments as well.
    three = TimelineHistory(3, (*TWO.switches, Switch(2, Lsn(10 * SIZE + 100))))
    records = [segment_record(1, 7), segment_record(3, 10), TWO_FILE, record("00000003.history", 60)]
    told = report(records, TWO, three, told=(2, 9))
    assert [(hole.timeline, hole.first, hole.last) for hole in told.holes] == [(2, name(8, 2), name(9, 2))]
    assert told.holes[0].report
