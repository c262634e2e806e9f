"""Segment names and holes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.lsn import Lsn
from pgtui.domain.wal import HISTORY_NAME, Segment, holes, parse_segment, segment_number

MB = 1024 * 1024
SIZES = [MB * 2**power for power in range(11)]
sizes = st.sampled_from(SIZES)
timelines = st.integers(1, 2**32 - 1)


@st.composite
def segments(draw: st.DrawFn) -> tuple[Segment, int]:
    size = draw(sizes)
    # The very last segment ends behind the last LSN there is.
    return Segment(draw(timelines), draw(st.integers(0, 2**64 // size - 2))), size


@given(segments())
def test_a_name_reads_back(drawn: tuple[Segment, int]) -> None:
    segment, size = drawn
    assert parse_segment(segment.name(size), size) == segment


@given(segments(), st.integers(0, 2**30 - 1))
def test_a_segment_holds_the_bytes_from_its_start_up_to_its_end(
    drawn: tuple[Segment, int], offset: int
) -> None:
    segment, size = drawn
    assert segment_number(segment.start(size) + offset % size, size) == segment.number
    assert segment_number(segment.end(size), size) == segment.number + 1


@given(segments(), segments())
def test_names_sort_as_segments_do(one: tuple[Segment, int], other: tuple[Segment, int]) -> None:
    size = one[1]
    second = Segment(other[0].timeline, other[0].number % (2**64 // size - 1))
    assert (one[0].name(size) < second.name(size)) == (one[0] < second)


@pytest.mark.parametrize(
    ("lsn", "size", "name"),
    [
        ("0/FFFFFFFF", 1 * MB, "000000010000000000000FFF"),
        ("1/0", 1 * MB, "000000010000000100000000"),
        ("0/FFFFFFFF", 16 * MB, "0000000100000000000000FF"),
        ("1/0", 16 * MB, "000000010000000100000000"),
        ("0/3000000", 16 * MB, "000000010000000000000003"),
        ("0/FFFFFFFF", 64 * MB, "00000001000000000000003F"),
        ("0/FFFFFFFF", 1024 * MB, "000000010000000000000003"),
        ("A/40000000", 1024 * MB, "000000010000000A00000001"),
    ],
)
def test_the_byte_lies_in_the_file_that_postgresql_names(lsn: str, size: int, name: str) -> None:
    assert Segment(1, segment_number(Lsn.parse(lsn), size)).name(size) == name


@pytest.mark.parametrize(
    ("name", "size"),
    [
        ("000000010000000000000100", 16 * MB),
        ("000000010000000000000004", 1024 * MB),
        ("000000000000000000000001", 16 * MB),
        ("00000001000000000000000a", 16 * MB),
        ("000000010000000000000001\n", 16 * MB),
        ("000000010000000000000001.partial", 16 * MB),
        ("000000010000000000000001.00000028.backup", 16 * MB),
        ("00000001000000000000000", 16 * MB),
        ("00000002.history", 16 * MB),
        ("", 16 * MB),
    ],
)
def test_what_is_no_segment_of_this_size_is_none(name: str, size: int) -> None:
    assert parse_segment(name, size) is None


def test_a_history_file_has_no_more_to_its_name() -> None:
    assert HISTORY_NAME.match("0000000A.history")
    assert not HISTORY_NAME.match("0000000A.history\n")
    assert not HISTORY_NAME.match("0000000A.history.gz")


@given(st.lists(st.integers(-5, 40)), st.integers(0, 30), st.integers(0, 30))
def test_holes_are_exactly_the_numbers_that_are_absent(numbers: list[int], first: int, last: int) -> None:
    runs = holes(numbers, first, last)
    absent = [number for run in runs for number in run]
    assert absent == [n for n in range(first, last + 1) if n not in numbers]
    # Runs are as long as can be: between two of them something is there.
    assert all(one.stop < other.start for one, other in zip(runs, runs[1:], strict=False))
