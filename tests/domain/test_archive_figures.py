"""Figures: rates, backlog, exposure, time until full."""

from dataclasses import replace

import pytest

from pgtui.domain.archive_figures import figures
from pgtui.domain.archive_milestones import Milestones
from pgtui.domain.archive_sample import ArchiveSample, Slot
from pgtui.domain.archive_status import Exposure, Figures
from pgtui.domain.lsn import Lsn
from tests.domain.archiving import HOUR, at, look, name, sample
from tests.domain.made import MB, SIZE


def test_nothing_is_known_of_nothing() -> None:
    assert figures(()) == Figures()


def test_one_sample_has_a_position_and_no_rates() -> None:
    found = figures([sample(fill=4 * MB)])
    assert (found.current_segment, found.segment_fill) == (name(5), 0.25)
    assert (found.written_per_second, found.archived_per_second) == (None, None)
    assert (found.backlog_segments, found.backlog_bytes, found.oldest_waiting) == (0, 0, None)


def test_rates_are_means_over_the_last_half_minute() -> None:
    samples = [sample(n, current=5 + 2 * n, archived=4 + n // 2, archived_at=n) for n in range(0, 41)]
    found = figures(samples)
    assert found.written_per_second == 2 * SIZE
    assert found.archived_per_second == 15 * SIZE / 30


@pytest.mark.parametrize("command", ["/bin/true", "cat %p > /dev/null", "cp %p /archive/%f"])
def test_what_is_thrown_away_is_not_archived_takes_no_space_and_is_not_safe(command: str) -> None:
    run = [
        replace(sample(n, current=5 + n, archived=4 + n, archived_at=n), command=command) for n in range(31)
    ]
    found = figures(run, replace(look(), free=100 * SIZE))
    is_kept = command.startswith("cp")

    assert (found.archived_per_second == SIZE) is is_kept
    assert (found.until_archive_full == 100.0) is is_kept
    assert (found.exposure == Exposure(None, None)) is not is_kept


def test_samples_a_minute_apart_have_rates_too() -> None:
    found = figures([sample(0), sample(60, current=11, archived=7)])
    assert (found.written_per_second, found.archived_per_second) == (6 * SIZE / 60, 3 * SIZE / 60)


def test_histories_and_backup_files_are_not_counted_as_wal() -> None:
    before = sample(0, archived=4)
    backup = replace(sample(10, archived=4), last_archived_wal=f"{name(4)}.00000028.backup", archived_count=5)
    history = replace(sample(10, archived=4), last_archived_wal="00000002.history", archived_count=5)
    assert figures([before, backup]).archived_per_second == 0
    assert figures([before, history]).archived_per_second == 0


def test_after_a_reset_files_are_counted() -> None:
    empty = replace(sample(0), last_archived_wal=None, last_archived_time=None, archived_count=0)
    assert figures([empty, replace(sample(10), archived_count=2)]).archived_per_second == 2 * SIZE / 10
    reset = replace(empty, taken=at(10), stats_reset=at(5))
    assert figures([empty, replace(reset, archived_count=2)]).archived_per_second is None


@pytest.mark.parametrize(
    ("last", "unsafe"),
    [
        (name(4), 5),
        (name(2), 3),
        (f"{name(4)}.00000028.backup", 5),
        # What a timeline left behind is whole only in its child.
        (f"{name(5)}.partial", 5),
    ],
)
def test_what_is_written_behind_the_last_archived_segment_is_exposed(last: str, unsafe: int) -> None:
    made = replace(sample(fill=MB), last_archived_wal=last)
    assert figures([made]).exposure.bytes == (5 - unsafe) * SIZE + MB


def test_after_a_history_file_the_samples_before_and_pg_wal_tell_what_is_exposed() -> None:
    history = replace(sample(10, fill=MB, ready=2, oldest=5), last_archived_wal="00000002.history")
    assert figures([sample(0, fill=0, archived=1), history]).exposure.bytes == 3 * SIZE + MB
    assert figures([history]).exposure.bytes == 2 * SIZE + MB
    assert figures([replace(history, wal=None)]).exposure == Exposure(None, None)


def test_what_was_reported_and_is_not_there_is_exposed() -> None:
    made = sample(0, current=9, archived=8, fill=0, archived_at=-5)
    seen = look(0, asked=range(3, 9), present=range(3, 6))
    assert figures([made], seen).exposure.bytes == 3 * SIZE
    lying = look(0, asked=range(8, 9))
    assert figures([made], lying).exposure.bytes == SIZE
    holed = look(0, asked=range(3, 9), present=[3, 4, 7, 8])
    assert figures([made], holed).exposure.bytes == 4 * SIZE


def test_nothing_written_since_the_switch_exposes_no_time() -> None:
    found = figures([sample(fill=300, archived_at=-10 * HOUR)]).exposure
    assert found == Exposure(300, 0.0)


def test_exposure_in_time_is_since_the_last_success_at_most() -> None:
    assert figures([sample(archived_at=-50)]).exposure.seconds == 50
    waits = sample(0, archived=2, archived_at=-50, ready=2, oldest=-70)
    assert figures([waits]).exposure.seconds == 70


def test_exposure_in_time_is_known_better_when_the_writing_was_watched() -> None:
    quiet = [sample(n, fill=100, archived_at=-10 * HOUR) for n in range(5)]
    writes = [sample(5 + n, fill=MB * (n + 1), archived_at=-10 * HOUR) for n in range(5)]
    assert figures([*quiet, *writes]).exposure.seconds == 5
    # With milestones it is still known when the samples of that moment are gone.
    milestones = Milestones()
    for each in (*quiet, *writes):
        milestones.note(each)
    assert figures(writes[-1:], milestones=milestones).exposure.seconds == 5


def test_milestones_tell_since_when_segments_are_written() -> None:
    milestones = Milestones()
    for n in range(50):
        milestones.note(sample(n, current=5 + n // 10, fill=n % 10 * MB, archived=4))
    assert milestones.begun(4) is None
    assert [milestones.begun(number) for number in (5, 6, 9)] == [at(0), at(10), at(40)]
    milestones.note(sample(50, current=15, archived=4))
    # All of them were begun in the second before.
    assert [milestones.begun(number) for number in (10, 12, 15)] == [at(49)] * 3
    milestones.note(replace(sample(51, current=15, archived=4), started=at(50.5)))
    assert milestones.begun(9) is None


def test_milestones_tell_how_long_a_segment_takes_without_pauses() -> None:
    milestones = Milestones()
    for n in range(0, 121):
        # Three a minute, until nothing waits any more.
        milestones.note(sample(n, current=9, archived=3 + n // 20, archived_at=n - n % 20, ready=5 - n // 20))
        assert milestones.archiving_takes == (0 if n < 20 else 20)
    for n in range(121, 500):
        milestones.note(sample(n, current=10 + n // 200, archived=9 + n // 200, archived_at=n - n % 200))
    assert milestones.archiving_takes == 20


def test_milestones_count_failures_from_the_last_success_on() -> None:
    milestones = Milestones()
    assert milestones.failures_since_success() is None
    milestones.note(sample(0, failed_count=40, failed_at=-1))
    assert milestones.failures_since_success() is None
    done = sample(1, archived=5, archived_at=0.5, failed_count=40, failed_at=-1)
    milestones.note(done)
    assert milestones.failures_since_success() == 0
    for n in range(2, 200):
        milestones.note(replace(done, taken=at(n), failed_count=40 + n, last_failed_time=at(n)))
    assert milestones.failures_since_success() == 199
    both = replace(done, taken=at(200), archived_count=6, last_archived_time=at(199.5), failed_count=240)
    milestones.note(replace(both, last_failed_time=at(199.8)))
    # It failed once more, behind the success.
    assert milestones.failures_since_success() == 1
    milestones.note(replace(done, taken=at(300), failed_count=3, stats_reset=at(299)))
    assert milestones.failures_since_success() is None
    milestones.note(replace(done, taken=at(301), failed_count=3, archived_count=0, stats_reset=at(300)))
    assert milestones.failures_since_success() == 3


def test_failures_are_counted_from_what_is_known() -> None:
    def told(*samples: ArchiveSample) -> tuple[int | None, bool]:
        found = figures(samples)
        return found.failures_since_success, found.failures_are_exact

    assert told(sample(failed_at=-70, failed_count=9)) == (0, True)
    assert told(sample(failed_at=-1, failed_count=9)) == (1, False)
    assert told(sample(0, failed_at=-1, failed_count=9), sample(9, failed_at=8, failed_count=12)) == (
        3,
        False,
    )
    assert told(sample(archived=None, failed_at=-1, failed_count=9)) == (9, True)


def test_time_until_full_is_told_while_archiving_holds_wal_back() -> None:
    seen = look(free=3 * 1024 * SIZE, wal_free=30 * SIZE)
    stuck = [
        sample(n, current=10 + n, archived=4, ready=5 + n, oldest=-60, in_segments=range(11 + n, 13 + n))
        for n in range(11)
    ]
    # Two recycled segments are used up before the free space is.
    assert figures(stuck, seen).until_full == 32.0
    assert figures(stuck).until_full is None
    well = [sample(n, current=10 + n, archived=9 + n, archived_at=n) for n in range(11)]
    found = figures(well, seen)
    assert found.until_full is None
    assert found.until_archive_full == 3 * 1024.0
    # One segment that was switched on a quiet server is no rate.
    once = [sample(n, current=10 + (n > 5), archived=9 + (n > 5), archived_at=n) for n in range(11)]
    assert figures(once, seen).until_archive_full is None
    caught = [replace(s, lsn=stuck[0].lsn) for s in stuck]
    assert figures(caught, seen).until_full is None


def test_time_until_full_is_told_while_a_slot_holds_wal_back() -> None:
    well = [sample(n, current=10 + n, archived=9 + n, archived_at=n) for n in range(11)]
    seen = look(wal_free=30 * SIZE)

    def until(slot: Slot) -> float | None:
        return figures([*well[:-1], replace(well[-1], slots=(slot,))], seen).until_full

    slot = Slot("left", False, Lsn(0), "extended", 10 * SIZE)
    assert until(slot) == 30.0
    assert until(replace(slot, is_active=True)) is None
    assert until(replace(slot, wal_status="lost")) is None
    assert until(replace(slot, restart_lsn=None)) is None


def test_a_server_that_archives_nothing_has_no_backlog() -> None:
    found = figures([replace(sample(ready=4, oldest=-4), mode="off")])
    assert (found.backlog_segments, found.exposure) == (None, Exposure(None, None))


def test_the_last_success_says_nothing_of_how_old_a_lost_segment_is() -> None:
    made = sample(current=12, archived=10, archived_at=-30)
    assert figures((made,)).exposure.seconds == 30
    found = figures((made,), look(asked=range(4, 12), present=[4, 5, 8, 9, 10])).exposure
    assert found.bytes == (12 - 6) * SIZE + 8 * MB
    assert found.seconds is None


def test_what_may_have_waited_for_long_is_told_as_the_least() -> None:
    blind = [sample(n, current=6, archived=4, ready=None) for n in range(3)]
    found = figures(blind)
    assert (found.oldest_waiting, found.oldest_is_least) == (2, True)
    seen = [sample(0, current=5, archived=4, ready=None), *blind[1:]]
    assert (figures(seen).oldest_waiting, figures(seen).oldest_is_least) == (1, False)


def test_what_was_lost_has_no_known_age_whatever_waits() -> None:
    made = sample(0, current=9, archived=7, archived_at=-5, ready=1, oldest=-4)
    holed = look(0, asked=range(3, 8), present=[3, 4, 6, 7])
    assert figures([made], holed).exposure == Exposure(4 * SIZE + 8 * MB, None)
    whole = look(0, asked=range(3, 8), present=range(3, 8))
    assert figures([made], whole).exposure.seconds == 5


def test_a_time_of_failures_is_not_how_long_a_segment_takes() -> None:
    for counted in (True, False):
        milestones = Milestones()
        milestones.note(sample(0, current=9, archived=3, archived_at=-5, ready=5, oldest=-60))
        milestones.note(sample(1, current=9, archived=4, archived_at=1, ready=4, oldest=-60))
        assert milestones.archiving_takes == 6
        made = sample(1)
        for n in range(2, 3_000):
            made = sample(n, current=9, archived=4, archived_at=1, ready=4, oldest=-60)
            archiver = made.archiver
            assert archiver is not None
            if counted:
                made = replace(made, failed_count=n, last_failed_time=at(n - 0.5))
            else:
                # Each of these archivers dies of its command; the last one lives.
                made = replace(made, archiver=replace(archiver, started=at(n - n % 10)))
            milestones.note(made)
        done = sample(3_000, current=9, archived=5, archived_at=2_999.9, ready=3, oldest=-60)
        if counted:
            done = replace(done, failed_count=2_999, last_failed_time=at(2_998.5))
        else:
            done = replace(done, archiver=made.archiver)
        milestones.note(done)
        assert milestones.archiving_takes <= 10
