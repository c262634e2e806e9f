"""How far an archive reaches."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive import likely_segment_size, reach
from pgtui.domain.lsn import Lsn
from pgtui.domain.timeline import Switch, TimelineHistory
from pgtui.domain.wal import DEFAULT_SEGMENT_SIZE, Segment
from tests.domain.made import MB, SIZE, archive, backup, minutes

ONE = TimelineHistory(1)
TWO = TimelineHistory(2, (Switch(1, Lsn(5 * SIZE + 100)),))
THREE = TimelineHistory(3, (Switch(1, Lsn(5 * SIZE + 200)),))


def test_a_whole_archive_reaches_to_the_end_of_its_last_segment() -> None:
    far = reach(archive([(1, n) for n in range(1, 7)]), ONE, backup(start=2))
    assert (far.end, far.until) == (Lsn(7 * SIZE), minutes(6) + timedelta(seconds=1))
    assert [s.segment.number for s in far.segments] == [2, 3, 4, 5, 6]
    assert (far.missing, far.is_broken) == ("", False)


def test_an_archive_without_the_first_segment_reaches_nowhere() -> None:
    far = reach(archive([(1, 3), (1, 4)]), ONE, backup(start=2))
    assert (far.end, far.until, far.segments) == (backup(start=2).label.start_lsn, None, ())
    assert (far.missing, far.is_broken) == ("000000010000000000000002", True)


@given(st.sets(st.integers(2, 20)), st.integers(2, 20))
def test_the_first_absent_segment_ends_the_reach(there: set[int], start: int) -> None:
    far = reach(archive([(1, n) for n in there]), ONE, backup(start=start))
    first_absent = next(n for n in range(start, 22) if n not in there)
    assert [s.segment.number for s in far.segments] == list(range(start, first_absent))
    assert far.is_broken == any(n > first_absent for n in there)
    assert far.missing == (Segment(1, first_absent).name() if far.is_broken else "")


def test_a_segment_of_the_wrong_size_counts_as_absent() -> None:
    far = reach(archive([(1, n) for n in range(2, 7)], broken=[(1, 4)]), ONE, backup(start=2))
    assert (far.end, far.missing, far.is_broken) == (Lsn(4 * SIZE), "000000010000000000000004", True)


def test_segments_that_the_backup_carries_count_as_there() -> None:
    carried = (Segment(1, 2).name(), Segment(1, 3).name(), "archive_status")
    far = reach(archive([(1, 4)]), ONE, backup(start=2, carried=carried))
    assert (far.end, far.is_broken) == (Lsn(5 * SIZE), False)
    assert [s.segment.number for s in far.segments] == [4]


def test_at_a_fork_the_path_goes_on_in_the_childs_file() -> None:
    stored = archive([(1, 3), (1, 4), (1, 5), (1, 6), (1, 7), (2, 5), (2, 6)], TWO)
    far = reach(stored, TWO, backup(start=3))
    assert [(s.segment.timeline, s.segment.number) for s in far.segments] == [(1, 3), (1, 4), (2, 5), (2, 6)]
    assert far.end == Lsn(7 * SIZE)


def test_the_parents_file_never_stands_in_for_the_childs() -> None:
    # A fresh timeline, of which only the history file is archived yet: PostgreSQL would follow the past
    # that was left behind.
    far = reach(archive([(1, n) for n in range(3, 9)], TWO), TWO, backup(start=3))
    assert (far.end, far.is_broken) == (Lsn(5 * SIZE), False)


def test_what_other_timelines_hold_behind_the_end_is_no_hole() -> None:
    # Timeline 1 ran on, 2 was tried and left, 3 is new: its own WAL simply ends in segment 6.
    left_behind = [(1, n) for n in range(3, 15)] + [(2, n) for n in range(5, 12)]
    far = reach(archive([*left_behind, (3, 5), (3, 6)], TWO, THREE), THREE, backup(start=3))
    assert far.end == Lsn(7 * SIZE)
    assert (far.missing, far.is_broken) == ("", False)


def test_a_hole_in_the_childs_files_is_one() -> None:
    far = reach(archive([(1, 3), (1, 4), (2, 5), (2, 7)], TWO), TWO, backup(start=3))
    assert (far.missing, far.is_broken) == ("000000020000000000000006", True)


def test_a_backup_without_a_known_end_still_has_a_reach() -> None:
    far = reach(archive([(1, 2)]), ONE, replace(backup(start=2), end_lsn=None))
    assert far.end == Lsn(3 * SIZE)


@pytest.mark.parametrize(
    ("sizes", "expected"),
    [
        ([], DEFAULT_SEGMENT_SIZE),
        ([SIZE, SIZE, MB], SIZE),
        ([64 * MB, 64 * MB, 3 * MB, 3 * MB, 3 * MB], 64 * MB),
        ([512, 0, -1, 2048 * MB, 12345], DEFAULT_SEGMENT_SIZE),
        ([1024 * MB], 1024 * MB),
        ([MB], MB),
    ],
)
def test_the_segment_size_is_the_one_that_most_files_have(sizes: list[int], expected: int) -> None:
    assert likely_segment_size(sizes) == expected
