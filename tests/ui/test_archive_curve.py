"""The curves as characters: time on columns, gaps, scales, windows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_status import Point
from pgtui.ui.archive_curve import (
    SPANS,
    CurveColumn,
    Run,
    Scale,
    Seen,
    TimeWindow,
    axis,
    bars,
    curve_columns,
    ground,
    rate_ceiling,
    runs,
)

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def each_second(seconds: int, written: float = 10.0, *, until: datetime = NOW) -> list[Point]:
    return [
        Point(until - timedelta(seconds=age), written, written / 2, 3) for age in range(seconds - 1, -1, -1)
    ]


def minute(points: list[Point], *, columns: int = 60, now: datetime = NOW) -> list[CurveColumn]:
    return curve_columns(points, Scale.of(TimeWindow(zoom=0), now, columns), now)


def test_steady_rates_are_shown_as_they_are_whatever_the_number_of_columns() -> None:
    for columns in (7, 30, 60, 113):
        found = minute(each_second(90), columns=columns)
        assert {round(column.written, 6) for column in found[:-1]} == {10.0}
        assert {round(column.archived, 6) for column in found[:-1]} == {5.0}
        assert {column.backlog for column in found[:-1]} == {3}


def test_what_was_not_seen_is_a_gap_and_nothing_is_drawn_across_it() -> None:
    before = each_second(20, until=NOW - timedelta(seconds=40))
    end_of_gap = Point(NOW - timedelta(seconds=20), None, None, None)
    after = each_second(20)
    found = minute([*before, end_of_gap, *after[1:]])

    assert [run.seen for run in runs(found)] == [Seen.NOT_YET, Seen.YES, Seen.GAP, Seen.YES]
    gap = [column for column in found if column.seen is Seen.GAP]
    assert 18 <= len(gap) <= 21
    assert all((column.written, column.archived, column.backlog) == (0, 0, 0) for column in gap)


def test_silence_up_to_now_is_a_gap_too() -> None:
    found = minute(each_second(30, until=NOW - timedelta(seconds=14)))

    assert [run.seen for run in runs(found)] == [Seen.NOT_YET, Seen.YES, Seen.GAP]


def test_a_sample_that_is_only_just_late_is_no_gap() -> None:
    found = minute(each_second(90, until=NOW - timedelta(seconds=2)))

    assert Seen.GAP not in {column.seen for column in found}


def test_before_the_watching_nothing_is_claimed() -> None:
    assert {column.seen for column in minute([])} == {Seen.NOT_YET}
    assert minute(each_second(1))[0].seen is Seen.NOT_YET


def test_a_bar_keeps_its_height_while_time_goes_on() -> None:
    points = [Point(point.when, index * 1.0, 0.0, 0) for index, point in enumerate(each_second(200))]
    one = minute(points, columns=30)
    later = minute(points, columns=30, now=NOW + timedelta(seconds=2))

    assert [column.written for column in later[:-2]] == [column.written for column in one[1:-1]]


def test_a_column_that_has_only_begun_does_not_jump_with_every_burst() -> None:
    bursts = [
        Point(NOW - timedelta(seconds=age), 1.0, 16.0 if age % 4 == 0 else 0.0, 0)
        for age in range(900, -1, -1)
    ]
    for later in range(30):
        now = NOW - timedelta(seconds=later)
        seen = [point for point in bursts if point.when <= now]
        found = curve_columns(seen, Scale.of(TimeWindow(zoom=2), now, 60), now)
        assert 3.0 < found[-1].archived < 5.0


@given(
    st.lists(
        st.tuples(st.floats(0.05, 400), st.one_of(st.none(), st.floats(0, 1e12)), st.integers(0, 10**6)),
        max_size=60,
    ),
    st.integers(0, len(SPANS) - 1),
    st.integers(1, 200),
    st.integers(-50, 8),
)
def test_any_curve_can_be_drawn_on_any_width(
    steps: list[tuple[float, float | None, int]], zoom: int, width: int, quarters: int
) -> None:
    when, points = NOW - timedelta(hours=1), []
    for seconds, rate, backlog in steps:
        when += timedelta(seconds=seconds)
        points.append(Point(when, rate, rate, None if rate is None else backlog))
    window = TimeWindow(zoom).moved(quarters, NOW)
    scale = Scale.of(window, NOW, width)
    found = curve_columns(points, scale, NOW)

    assert len(found) == width
    rates = [point.written for point in points if point.written is not None]
    assert all(0 <= column.written <= max(rates, default=0) * 1.0001 for column in found)
    ceiling = rate_ceiling(max([column.written for column in found], default=0))
    rows = bars([column.written for column in found], ceiling, 3)
    assert [len(row) for row in rows] == [width] * 3
    assert len(axis(scale, UTC)) == width
    assert sum(run.length for run in runs(found)) == width


def test_what_is_not_nothing_is_never_drawn_as_nothing() -> None:
    assert bars([0.0, 1e-9, 50.0, 100.0], 100.0, 2) == ["   █", " ▁██"]


@given(st.floats(0, 1e15))
def test_the_scale_is_round_and_not_far_above_the_highest_rate(rate: float) -> None:
    ceiling = rate_ceiling(rate)

    assert ceiling >= rate
    assert ceiling <= max(1024.0, rate * 2.6)


@pytest.mark.parametrize("zoom", range(len(SPANS)))
def test_clock_times_stand_at_the_columns_they_name(zoom: int) -> None:
    scale = Scale.of(TimeWindow(zoom), NOW, 69)
    line = axis(scale, UTC)
    starts = [index for index, character in enumerate(line) if character == "╵"]

    assert len(starts) >= 2
    for start in starts:
        words = line[start + 1 :].split(" ")[0].split("╵")[0]
        form = "%H:%M:%S" if words.count(":") == 2 else "%H:%M"
        begins = datetime.fromtimestamp(scale.start(start), UTC)
        ends = datetime.fromtimestamp(scale.start(start + 1), UTC)
        named = datetime.strptime(words, form).time()  # noqa: DTZ007
        assert begins.time() <= named or begins.date() < ends.date()
        assert named <= ends.time() or begins.date() < ends.date()


def test_a_gap_says_so_where_the_word_has_room() -> None:
    assert ground(Run(Seen.GAP, 0, 11)) == "╌╌╌ gap ╌╌╌"
    assert ground(Run(Seen.GAP, 0, 3)) == "╌╌╌"
    assert ground(Run(Seen.NOT_YET, 0, 17)) == " not watched yet "
    assert ground(Run(Seen.NOT_YET, 0, 4)) == "    "


def test_zoom_ends_at_both_ends() -> None:
    assert TimeWindow(0).zoomed(-1).words == "1 min"
    assert TimeWindow(0).zoomed(1).words == "5 min"
    assert TimeWindow(5).zoomed(1).words == "24 h"


def test_going_earlier_holds_the_window_and_going_back_to_the_present_follows_again() -> None:
    window = TimeWindow(zoom=1)
    earlier = window.moved(-1, NOW)

    assert earlier.end == NOW - timedelta(seconds=75)
    assert earlier.moved(1, NOW) == window
    assert earlier.following() == window
    assert TimeWindow(5).moved(-100, NOW).end == NOW - timedelta(days=1)


def test_a_long_curve_is_entered_where_the_window_begins() -> None:
    points = each_second(5000)
    scale = Scale.of(TimeWindow(0), NOW, 60)
    looked_at: list[int] = []

    class Counting(list[Point]):
        def __getitem__(self, index):  # type: ignore[no-untyped-def]
            looked_at.append(1)
            return super().__getitem__(index)

    curve_columns(Counting(points), scale, NOW)
    assert 0 < len(looked_at) < 30
