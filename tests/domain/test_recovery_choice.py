"""Which backup and timeline a recovery takes, and what is refused."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn
from pgtui.domain.preflight import Severity
from pgtui.domain.recovery_choice import choose_backup, choose_timeline, earliest, follow, usable
from pgtui.domain.timeline import Switch, TimelineHistory
from tests.domain.made import SIZE, archive, backup, minutes

ONE = TimelineHistory(1)
TWO = TimelineHistory(2, (Switch(1, Lsn(5 * SIZE)),))
THREE = TimelineHistory(3, (Switch(1, Lsn(8 * SIZE)),))


@given(st.lists(st.integers(0, 30), min_size=1, max_size=5, unique=True), st.integers(0, 30))
def test_the_newest_backup_that_ended_before_the_target_is_taken(ends: list[int], target: int) -> None:
    backups = [backup(f"/b{end}", ended=end) for end in ends]
    fitting = [end for end in ends if end <= target]
    if fitting:
        assert choose_backup(backups, minutes(target), "").path == f"/b{max(fitting)}"
    else:
        with pytest.raises(BadInput, match="before the end of the first base backup"):
            choose_backup(backups, minutes(target), "")


def test_a_target_in_the_very_second_of_the_backups_end_is_refused() -> None:
    one = backup(ended=5)
    assert choose_backup([one], minutes(5), "") is one
    with pytest.raises(BadInput):
        choose_backup([one], minutes(5 - 0.001), "")


def test_backups_with_a_problem_are_never_taken_and_their_problems_are_told() -> None:
    bad = backup("/bad", ended=9, problem="It is incremental.")
    good = backup("/good", ended=1)
    assert choose_backup([bad, good], minutes(10), "") is good
    assert usable([bad, good]) == (good,)
    assert earliest([bad, good]) == minutes(1)
    with pytest.raises(BadInput, match="/bad: It is incremental"):
        choose_backup([bad], minutes(10), "")
    with pytest.raises(BadInput, match="cannot be used: It is incremental"):
        choose_backup([bad, good], minutes(10), "/bad")


def test_a_backup_on_the_wanted_path_comes_before_a_newer_one_beside_it() -> None:
    # Timeline 2 left 1 in segment 5; the newer backup was taken on 1 after that.
    old, newer = backup("/old", start=3, ended=3), backup("/newer", start=7, ended=7)
    assert choose_backup([newer, old], minutes(9), "", TWO) is old
    assert choose_backup([newer, old], minutes(9), "", ONE) is newer
    assert choose_backup([newer, old], minutes(9), "", None) is newer
    # With none on the path, the newest is as good as it gets; choosing the timeline then tells.
    assert choose_backup([newer], minutes(9), "", TWO) is newer


def test_without_backups_the_hint_says_how_to_make_one() -> None:
    with pytest.raises(BadInput) as refused:
        choose_backup([], minutes(0), "")
    assert "pg_basebackup" in refused.value.hint
    assert earliest([]) is None


def test_a_named_backup_is_taken_or_refused_by_name() -> None:
    old, new = backup("/old", ended=1), backup("/new", ended=5)
    assert choose_backup([new, old], minutes(9), "/old") is old
    with pytest.raises(BadInput, match="before the end of this base backup"):
        choose_backup([new, old], minutes(3), "/new")
    with pytest.raises(BadInput) as refused:
        choose_backup([new, old], minutes(9), "/newer")
    assert "'/new'" in refused.value.hint


def test_with_one_timeline_it_is_followed_without_a_word() -> None:
    assert choose_timeline(archive([]), backup(), wanted=None, current=1) == (ONE, ())
    assert choose_timeline(archive([]), backup(), wanted=None, current=None) == (ONE, ())


def test_the_servers_present_timeline_is_followed_and_the_others_are_told() -> None:
    stored = archive([], TWO, THREE)
    history, notes = choose_timeline(stored, backup(start=2), wanted=None, current=2)
    assert history == TWO
    assert [note.severity for note in notes] == [Severity.WARN]
    assert "1, 2, 3" in notes[0].message


def test_without_a_server_the_newest_timeline_of_the_backup_is_followed() -> None:
    history, notes = choose_timeline(archive([], TWO, THREE), backup(start=2), wanted=None, current=None)
    assert history == THREE
    assert notes


def test_a_timeline_that_left_before_the_backup_cannot_be_followed() -> None:
    stored = archive([], TWO, THREE)
    with pytest.raises(BadInput) as refused:
        choose_timeline(stored, backup(start=6), wanted=2, current=None)
    assert "1, 3" in refused.value.hint
    assert choose_timeline(stored, backup(start=6), wanted=3, current=None) == (THREE, ())


def test_it_is_told_when_the_servers_present_timeline_cannot_be_followed() -> None:
    # The only other choice is a past that was left behind: never silently.
    history, notes = choose_timeline(archive([], TWO), backup(start=6), wanted=None, current=2)
    assert history == ONE
    assert [note.severity for note in notes] == [Severity.WARN]
    assert "timeline 2" in notes[0].message


def test_a_timeline_that_begins_where_the_backup_ends_can_be_followed() -> None:
    # A recovery to the first consistent point, promoted: the new timeline forks at the backup's End-LSN.
    end = Lsn(2 * SIZE + 0x120)
    forked = TimelineHistory(2, (Switch(1, end, "reached consistency"),))
    assert choose_timeline(archive([], forked), backup(start=2, end_lsn=end), wanted=2, current=None) == (
        forked,
        (),
    )
    inside = TimelineHistory(2, (Switch(1, Lsn(end.value - 1)),))
    with pytest.raises(BadInput):
        choose_timeline(archive([], inside), backup(start=2, end_lsn=end), wanted=2, current=None)


def test_a_backup_whose_timeline_has_no_history_in_the_archive_is_refused() -> None:
    with pytest.raises(BadInput) as refused:
        choose_timeline(archive([]), backup(timeline=10, start=6), wanted=None, current=None)
    assert "0000000A.history" in refused.value.hint


def test_without_a_known_end_the_start_decides() -> None:
    early = replace(backup(start=2), end_lsn=None)
    assert choose_timeline(archive([], TWO), early, wanted=2, current=None)[0] == TWO


def test_a_target_within_the_archive_is_followed() -> None:
    choice = follow(archive([(1, n) for n in range(2, 7)]), backup(start=2), ONE, minutes(6))
    assert choice.reach.end == Lsn(7 * SIZE)
    assert choice.findings == ()


def test_a_hole_behind_the_target_is_noted() -> None:
    choice = follow(archive([(1, 2), (1, 3), (1, 5)]), backup(start=2), ONE, minutes(3))
    assert [finding.severity for finding in choice.findings] == [Severity.NOTE]
    assert "000000010000000000000004" in choice.findings[0].message


def test_a_target_behind_the_end_of_the_archive_is_refused() -> None:
    with pytest.raises(BadInput, match="does not go that far") as refused:
        follow(archive([(1, 2), (1, 3)]), backup(start=2), ONE, minutes(3.1))
    assert "pg_switch_wal" in refused.value.hint


def test_a_target_behind_a_hole_is_refused_by_the_holes_name() -> None:
    with pytest.raises(BadInput, match="000000010000000000000004 is missing") as refused:
        follow(archive([(1, 2), (1, 3), (1, 5)]), backup(start=2), ONE, minutes(5))
    assert "12:03:01" in refused.value.hint


def test_an_archive_that_ends_before_the_backup_does_is_refused() -> None:
    long = backup(start=2, end_lsn=Lsn(4 * SIZE + 10))
    with pytest.raises(BadInput, match="to become consistent"):
        follow(archive([(1, 2), (1, 3)]), long, ONE, minutes(3))


def test_an_empty_archive_is_refused() -> None:
    with pytest.raises(BadInput):
        follow(archive([]), backup(start=2), ONE, minutes(3))
    only_start = replace(backup(start=2), end_lsn=None)
    with pytest.raises(BadInput, match="it holds no WAL"):
        follow(archive([]), only_start, ONE, minutes(3))
