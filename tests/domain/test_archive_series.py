"""The curves: flat in memory, gaps kept, nothing made up."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.archive_series import COARSE_POINTS, FINE_POINTS, Curve
from pgtui.domain.archive_status import Point
from tests.domain.archiving import at


def point(second: float, written: float = 10.0, archived: float = 5.0, backlog: int = 0) -> Point:
    return Point(at(second), written, archived, backlog)


def curve(*seconds: float) -> Curve:
    made = Curve()
    for second in seconds:
        made.append(point(second))
    return made


def test_an_hour_is_kept_as_it_came() -> None:
    made = curve(*range(FINE_POINTS))
    assert made.points == tuple(point(n) for n in range(FINE_POINTS))


def test_two_days_take_no_more_memory_than_one_and_reach_a_day_back() -> None:
    made = curve(*range(2 * 86_400))
    assert len(made) == len(made.points) == FINE_POINTS + COARSE_POINTS
    reach = made.points[-1].when - made.points[0].when
    assert timedelta(hours=24) < reach < timedelta(hours=26)
    assert all((p.written, p.archived) == (10.0, 5.0) for p in made.points)
    moments = [p.when for p in made.points]
    assert moments == sorted(moments)


def test_thinning_keeps_means_and_the_largest_backlog() -> None:
    made = Curve()
    for n in range(FINE_POINTS + 130):
        made.append(point(n, written=n % 2 * 20.0, backlog=7 if n == 70 else 0))
    thinned = made.points[: len(made) - FINE_POINTS]
    # The first one only says that nothing is known of the time before.
    assert [p.when for p in thinned] == [at(0), at(60), at(120)]
    assert [p.backlog for p in thinned] == [None, 0, 7]
    assert [p.written for p in thinned] == [None, 10.0, 10.0]


def test_a_gap_stays_a_gap_when_it_is_thinned() -> None:
    made = curve(*range(10))
    made.gap(at(500))
    made.gap(at(1_000))
    for n in range(1_001, 1_000 + 2 * FINE_POINTS):
        made.append(point(n))
    columns = made.binned(at(0), at(1_200), 12)
    assert [column is None for column in columns] == [False, *[True] * 9, False, False]
    assert all(p.written == 10.0 for p in columns if p)


def test_gaps_in_a_row_are_one() -> None:
    made = curve(0, 1)
    for n in range(2, 100_000):
        made.gap(at(n))
    assert len(made) == 3


def test_columns_hold_means_by_time() -> None:
    made = Curve()
    for n, rate in ((0, 0.0), (1, 10.0), (2, 20.0), (4, 50.0)):
        made.append(point(n, written=rate, backlog=n))
    assert made.binned(at(0), at(4), 2) == (Point(at(2), 15.0, 5.0, 2), Point(at(4), 50.0, 5.0, 4))
    assert [p and p.written for p in made.binned(at(0), at(4), 8)] == [10, 10, 20, 20, 50, 50, 50, 50]
    assert made.binned(at(4), at(9), 2) == (None, None)
    assert made.binned(at(-9), at(0), 2) == (None, None)


def test_an_empty_window_has_empty_columns() -> None:
    assert curve(0, 1).binned(at(1), at(1), 3) == (None, None, None)
    assert curve(0, 1).binned(at(0), at(1), 0) == ()
    assert Curve().binned(at(0), at(1), 2) == (None, None)


def test_a_clock_that_was_set_back_does_not_stop_the_curve() -> None:
    made = curve(*range(5_000))
    made.append(point(100.5, written=99.0))
    made.append(point(101.5, written=99.0))
    moments = [p.when for p in made.points]
    assert moments == sorted(set(moments))
    assert made.points[-1] == point(101.5, written=99.0)
    # Of the time that was dropped nothing is told any more.
    assert made.binned(at(70), at(100.5), 1) == (None,)
    (newest,) = made.binned(at(100.5), at(101.5), 1)
    assert newest is not None
    assert newest.written == 99.0


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 30), st.floats(0, 100) | st.none()), max_size=80),
    st.floats(-50, 1_000),
    st.floats(0.5, 1_000),
    st.integers(1, 60),
)
def test_no_column_leaves_the_range_of_the_points_and_none_is_made_up(
    steps: list[tuple[float, float | None]], start: float, length: float, columns: int
) -> None:
    made, second = curve(0), 0.0
    known: list[tuple[float, float]] = []
    for step, rate in steps:
        if rate is None:
            made.gap(at(second + step))
        else:
            made.append(point(second + step, written=rate))
            known.append((second, second + step))
        second += step
    rates = [rate for _, rate in steps if rate is not None]
    width = length / columns
    found = made.binned(at(start), at(start + length), columns)
    assert len(found) == columns
    for column, each in enumerate(found):
        left, right = start + column * width, start + (column + 1) * width
        overlap = max((min(right, end) - max(left, begin) for begin, end in known), default=0.0)
        # Moments are told to the microsecond.
        if overlap > 1e-4:
            assert each is not None
        if each is not None:
            assert overlap > -1e-4
            assert each.written is not None
            assert min(rates) - 1e-6 <= each.written <= max(rates) + 1e-6
