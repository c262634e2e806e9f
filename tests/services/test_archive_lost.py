"""What was lost stays told, and what was not watched stays a gap, whatever is looked at next."""

from collections.abc import Iterable

from pgtui.domain.archive_sample import ArchiveSample, DirectoryState
from pgtui.domain.archive_status import ArchiveState
from pgtui.domain.wal import parse_segment
from pgtui.services.archive_record import FRESH, Record
from pgtui.services.archive_rhythm import MOST_SEGMENTS, OVERVIEW, wanted
from tests.domain.archiving import at, look, sample
from tests.domain.archiving import name as name_of
from tests.domain.made import SIZE
from tests.services.archive_ground import FINE


def take(record: Record, made: ArchiveSample, seconds: float) -> None:
    record.take(made, at(seconds), seconds, None)


def looked(record: Record, seconds: float, count: int, there: Iterable[int]) -> ArchiveState:
    """Look at an archive that holds these segments; what is thought of it."""
    newest = record.newest
    assert newest is not None
    asked = [parse_segment(each, SIZE) for each in wanted(newest, count, record.lost)]
    numbers = [segment.number for segment in asked if segment]
    record.take_look(look(seconds, asked=numbers, present={*there} & {*numbers}))
    return record.status(at(seconds), seconds, record.figures()).verdict.state


def test_a_hole_is_told_however_much_is_archived_behind_it() -> None:
    record = Record("student")
    there = {*range(1, 100)} - {90}
    take(record, sample(0, current=100, archived=99, archived_at=-10), 0)
    assert looked(record, 1, MOST_SEGMENTS, there) is ArchiveState.FAILING
    for step in range(1, 200):
        there.add(99 + step)
        take(
            record,
            sample(step * 10, current=100 + step, archived=99 + step, archived_at=step * 10 - 5),
            step * 10,
        )
        assert looked(record, step * 10 + 1, OVERVIEW.segments, there) is ArchiveState.FAILING
        assert record.lost == (name_of(90),)
    there.add(90)
    assert looked(record, 1_992, OVERVIEW.segments, there) in FINE
    assert record.lost == ()


def test_a_hole_is_forgotten_when_all_before_it_was_pruned() -> None:
    record = Record("student")
    take(record, sample(0, current=100, archived=99, archived_at=-10), 0)
    looked(record, 1, MOST_SEGMENTS, {*range(1, 100)} - {90})
    assert looked(record, 2, OVERVIEW.segments, range(91, 100)) in FINE
    assert record.lost == ()


def test_a_hole_outlives_an_archive_that_is_away() -> None:
    record = Record("student")
    there = {*range(1, 100)} - {90}
    take(record, sample(0, current=100, archived=99, archived_at=-10), 0)
    looked(record, 1, MOST_SEGMENTS, there)
    record.take_look(look(1.5, state=DirectoryState.MISSING))
    assert looked(record, 2, OVERVIEW.segments, there) is ArchiveState.FAILING


def test_no_rate_is_drawn_over_what_was_not_watched() -> None:
    record = Record("student")
    for seconds in (0.0, 1.0, 1.0 + FRESH + 0.1, 2.0 + FRESH + 0.1):
        take(record, sample(seconds, fill=int(seconds * 1_000)), seconds)
        record.plot(at(seconds), record.figures())
    told = [point.written is not None for point in record.curve.points]
    assert told == [False, True, False, True]
