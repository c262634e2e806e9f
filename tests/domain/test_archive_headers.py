"""The first bytes of segments: whose they are, and whether they are where they belong."""

import struct

import pytest

from pgtui.domain.archive_headers import HeaderJudge
from pgtui.domain.archive_report import ProblemKind
from pgtui.domain.archive_scan import HeaderFindings
from pgtui.domain.archive_survey import SegmentFile
from pgtui.domain.segment_header import SegmentHeader, misplaced, read_header
from pgtui.domain.wal import Segment
from tests.domain.made import MB, SIZE
from tests.domain.made_archive import IDENTIFIER


def head(
    number: int, *, timeline: int = 1, identifier: str = IDENTIFIER, size: int = SIZE, magic: int = 0xD118
) -> bytes:
    """A long page header."""
    return struct.pack("<HHIQIIQII", magic, 2, timeline, number * size, 0, 0, int(identifier), size, 8192)


def judged(heads: dict[tuple[int, int], bytes], server: str | None = IDENTIFIER) -> HeaderFindings:
    judge = HeaderJudge(SIZE, server)
    files = [SegmentFile(Segment(*key), "") for key in heads]
    judge.add(files, {Segment(*key).name(SIZE): data for key, data in heads.items()})
    return judge.findings()


def test_right_headers_are_no_problem() -> None:
    found = judged({(1, n): head(n) for n in range(1, 6)})
    assert (found.checked, found.problems, found.system_identifier) == (5, {}, IDENTIFIER)


def test_a_timelines_first_segment_may_begin_on_its_parent() -> None:
    assert judged({(2, 8): head(8, timeline=1)}).problems == {}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (bytes(40), "zeros"),
        (b"x" * 40, "does not begin with the header"),
        (head(8), "begins at 0/8000000, as another segment does"),
        (head(7, timeline=3), "written on timeline 3"),
        (head(7, size=MB), "segments of 1048576 bytes"),
        (head(7)[:20], "only 20 bytes"),
        (head(7)[:2] + b"\0\0" + head(7)[4:], "does not begin with the header"),
    ],
)
def test_a_damaged_one_is_told_with_the_reason(data: bytes, words: str) -> None:
    found = judged({(1, 7): data})
    (problem,) = found.problems.values()
    assert (problem.kind, problem.name) == (ProblemKind.DAMAGED, Segment(1, 7).name())
    assert words in problem.words


def test_another_systems_segment_is_told_as_such_wherever_it_lies() -> None:
    found = judged({(1, 7): head(7, identifier="1"), (1, 8): head(3, identifier="1"), (1, 9): head(9)})
    assert {s.number: p.kind for s, p in found.problems.items()} == {
        7: ProblemKind.FOREIGN,
        8: ProblemKind.FOREIGN,
    }
    assert all(f"the server's is {IDENTIFIER}" in p.words for p in found.problems.values())


def test_without_a_server_the_system_of_most_segments_is_right() -> None:
    heads = {(1, n): head(n) for n in range(1, 5)} | {(1, 9): head(9, identifier="1")}
    found = judged(heads, server=None)
    assert [s.number for s in found.problems] == [9]
    assert found.system_identifier == IDENTIFIER


def test_what_could_not_be_read_is_not_counted_as_checked() -> None:
    judge = HeaderJudge(SIZE, IDENTIFIER)
    judge.add([SegmentFile(Segment(1, 1), ".zst")], {})
    assert (judge.findings().checked, judge.findings().problems) == (0, {})


def test_the_other_byte_order_cannot_be_judged() -> None:
    assert (
        judged({(1, 7): struct.pack(">HHIQIIQII", 0xD118, 2, 1, 7 * SIZE, 0, 0, 5, SIZE, 8192)}).checked == 0
    )


def test_a_header_is_read() -> None:
    header = read_header(head(7, timeline=4))
    assert header == SegmentHeader(4, 7 * SIZE, IDENTIFIER, SIZE)
    assert isinstance(header, SegmentHeader)
    assert misplaced(header, 4, 7, SIZE) == ""
