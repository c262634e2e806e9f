"""What a record makes of many samples: how slow a command is, and over what nobody watched."""

from dataclasses import replace

from pgtui.domain.archive_status import ArchiveState, ArchiveStatus
from pgtui.services.archive_record import FRESH, Record, seems_broken
from tests.domain.archiving import at, running, sample

TAKES = 40
"""Seconds that each archive_command takes."""


def observed(record: Record, seconds: float) -> ArchiveStatus:
    return record.status(at(seconds), seconds, record.figures())


def test_an_archive_that_is_slow_has_not_stopped() -> None:
    record = Record("student")
    states = []
    for second in range(20 * TAKES):
        done = second // TAKES
        made = sample(
            second,
            current=10 + second // 50,
            archived=4 + done,
            archived_at=done * TAKES if done else -1,
            ready=5 + second // 50 - done,
            oldest=-10 if done < 5 else done * TAKES - 200,
        )
        record.take(running(replace(made, archived_count=4 + done)), at(second), float(second), 0.0)
        states.append(observed(record, second).verdict.state)
    assert ArchiveState.STOPPED not in states
    assert ArchiveState.FAILING not in states


def test_slow_segments_that_come_one_at_a_time_are_late_only_while_that_is_new() -> None:
    record, late = Record("student"), []
    for second in range(600):
        number, passed = divmod(second, 60)
        waits = number > 0 and passed < TAKES
        made = sample(
            second,
            current=5 + number,
            archived=4 + number - waits,
            archived_at=number * 60 + TAKES - 60 * waits if number - waits else -60,
            ready=int(waits),
            oldest=number * 60,
        )
        record.take(running(made) if waits else made, at(second), float(second), 0.0)
        state = observed(record, second).verdict.state
        assert state not in (ArchiveState.STOPPED, ArchiveState.FAILING)
        if state is ArchiveState.LAGGING:
            late.append(second)
    assert late
    assert max(late) < 60 + TAKES, "of the second one it is known"


def test_no_rate_is_a_mean_over_what_was_not_watched() -> None:
    record = Record("student")
    for seconds in (0.0, 1.0):
        record.take(sample(seconds, fill=int(seconds * 1_000)), at(seconds), seconds, None)
    assert record.figures().written_per_second == 1_000
    later = 2.0 + FRESH
    record.take(sample(later, fill=8_000_000), at(later), later, None)
    assert record.figures().written_per_second is None
    record.take(sample(later + 1, fill=8_002_000), at(later + 1), later + 1, None)
    assert record.figures().written_per_second == 2_000


def test_the_log_is_searched_when_something_waits_and_the_archiver_cannot_be_seen() -> None:
    blind = replace(sample(current=6, archived=4, ready=None), archiver=None, sees_archiver=False)
    assert seems_broken((blind,))
    assert not seems_broken((replace(blind, last_archived_wal=sample(archived=5).last_archived_wal),))


def test_what_happened_holds_no_reason_that_ages_and_nothing_that_is_well_either_way() -> None:
    record = Record("student")
    moments = ((0, 5), (1, 5), (30, 5), (60, 5))
    for second, current in moments:
        made = sample(second, current=current, archived=current - 1, archived_at=-1, fill=second * 1_000)
        record.take(made, at(second), float(second), 0.0)
        observed(record, second)
    failing = sample(61, archived_at=-1, failed_at=60.5, failed_count=1, ready=1)
    record.take(failing, at(61), 61.0, 0.0)
    observed(record, 61)
    record.take(sample(62, current=6, archived=5, archived_at=61.5, failed_count=1), at(62), 62.0, 0.0)
    told = [event.words for event in observed(record, 62).events if event.words.startswith("Now")]
    assert len(told) == 2
    assert told[0].startswith("Now failing: ")
    assert told[1] == "Now ok: Every full segment is archived."
