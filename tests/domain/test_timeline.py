"""History files, and which timeline's file of a segment a path needs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.lsn import Lsn
from pgtui.domain.timeline import Switch, TimelineHistory, parse_history, required_timeline

SIZE = 16 * 1024 * 1024

# What a line can hold behind the LSN: restore points have any name, and fgets ends lines at "\n" only.
reasons = st.text(st.characters(codec="utf-8", exclude_characters="\n\0"), min_size=1, max_size=60).filter(
    lambda text: text == text.strip()
)


@st.composite
def histories(draw: st.DrawFn) -> TimelineHistory:
    ids = sorted(draw(st.sets(st.integers(1, 2**32 - 1), min_size=1, max_size=5)))
    begins = sorted(
        draw(st.lists(st.integers(1, 2**40), min_size=len(ids) - 1, max_size=len(ids) - 1, unique=True))
    )
    switches = [Switch(parent, Lsn(at), draw(reasons)) for parent, at in zip(ids[:-1], begins, strict=True)]
    return TimelineHistory(ids[-1], tuple(switches))


@given(histories())
def test_a_history_file_reads_back_whatever_its_reasons_hold(history: TimelineHistory) -> None:
    text = "".join(f"{s.parent}\t{s.at}\t{s.reason}\n" for s in history.switches)
    assert parse_history(history.timeline, text) == history


@given(histories())
def test_comments_and_blank_lines_are_passed_over(history: TimelineHistory) -> None:
    text = "# a comment\n\n" + "\n \n  # another\n".join(
        f"  {s.parent}\t{s.at}\t{s.reason}" for s in history.switches
    )
    assert parse_history(history.timeline, text) == history


def test_the_reasons_that_postgresql_writes_are_read() -> None:
    text = (
        "1\t0/3000128\tafter transaction 730\n"
        '2\t0/5000000\tat restore point "a\x0bb\u2028c"\n\n'
        "3\t0/05000060\tno recovery target specified\n"
    )
    assert [s.reason for s in parse_history(0xA, text).switches] == [
        "after transaction 730",
        'at restore point "a\x0bb\u2028c"',
        "no recovery target specified",
    ]


@pytest.mark.parametrize(
    ("timeline", "text"),
    [
        (2, "1 no position"),
        (2, "one\t0/1\treason"),
        (2, "1\t123456789/0\ttoo long"),
        (2, "1\t0/123456789\ttoo long"),
        (2, "2\t0/1\titself"),
        (3, "2\t0/1\tdown\n1\t0/2\t"),
        (3, "1\t0/1\ttwice\n1\t0/2\t"),
        (1, "2\t0/1\ta child is no parent"),
    ],
)
def test_a_broken_history_file_is_a_value_error(timeline: int, text: str) -> None:
    with pytest.raises(ValueError, match="history file"):
        parse_history(timeline, text)


@given(histories(), st.integers(0, 2**41))
def test_a_position_is_on_the_timeline_that_began_last_before_it(history: TimelineHistory, at: int) -> None:
    found = history.timeline_at(Lsn(at))
    begins = dict(history.begins())
    assert begins[found].value <= at
    assert not [t for t, begin in begins.items() if begins[found] < begin <= Lsn(at)]
    assert [t for t in begins if history.holds(t, Lsn(at))] == [found]


def test_a_fork_belongs_to_the_child_and_the_byte_before_to_the_parent() -> None:
    history = TimelineHistory(2, (Switch(1, Lsn.parse("0/5000100")),))
    assert history.timeline_at(Lsn.parse("0/50000FF")) == 1
    assert history.timeline_at(Lsn.parse("0/5000100")) == 2


@given(histories(), st.integers(0, 2**17))
def test_a_segment_is_needed_from_the_highest_timeline_that_begins_in_or_before_it(
    history: TimelineHistory, number: int
) -> None:
    fitting = [t for t, begin in history.begins() if begin.value < (number + 1) * SIZE]
    assert required_timeline(history, number, SIZE) == max(fitting)


def test_in_the_segment_of_a_fork_only_the_childs_file_is_right() -> None:
    history = TimelineHistory(3, (Switch(1, Lsn.parse("0/5000100")), Switch(2, Lsn.parse("0/7000000"))))
    assert [required_timeline(history, number, SIZE) for number in range(4, 9)] == [1, 2, 2, 3, 3]
    # Two forks in one segment: the file of the timeline between them is of no use.
    twice = TimelineHistory(3, (Switch(1, Lsn.parse("0/5000100")), Switch(2, Lsn.parse("0/5000200"))))
    assert required_timeline(twice, 5, SIZE) == 3
