"""What waits and moves: the state and the rates that are told beside it never contradict each other."""

from pgtui.domain.archive_status import ArchiveState
from tests.domain.archiving import sample, verdict


def test_what_waits_and_moves_is_judged_by_the_rates_that_are_told() -> None:
    # Nothing archived for 40 s, and not a rate of 0 beside a state of its own.
    still = [sample(n, current=20, ready=6, oldest=-40, archived=13, archived_at=-1) for n in range(40)]
    found = verdict(*still)
    assert found.state is ArchiveState.LAGGING
    assert found.reason.endswith("nothing has been archived for 40 s.")
    ahead = [
        sample(n, current=40, ready=20 - n // 5, oldest=-90, archived=19 + n // 5, archived_at=n - 1)
        for n in range(60)
    ]
    found = verdict(*ahead)
    assert found.state is ArchiveState.CATCHING_UP
    assert "0 bytes a second are written" in found.reason


def test_more_written_than_archived_is_lagging() -> None:
    samples = [
        sample(
            n, current=10 + n, archived=4 + n // 5, archived_at=n - n % 5, ready=5 + n - n // 5, oldest=-60
        )
        for n in range(0, 31)
    ]
    found = verdict(*samples)
    assert found.state is ArchiveState.LAGGING
    assert found.reason == (
        "29 segments (464 MB) wait, the oldest for 90 s; 16 MB a second are written, 3.2 MB archived."
    )
    assert found.hint


def test_more_archived_than_written_is_catching_up() -> None:
    samples = [
        sample(n, current=50, archived=4 + n, archived_at=n, ready=45 - n, oldest=-200) for n in range(0, 20)
    ]
    found = verdict(*samples)
    assert found.state is ArchiveState.CATCHING_UP
    assert "0 bytes a second are written, 16 MB archived" in found.reason


def test_one_sample_with_a_backlog_is_judged_by_the_age_of_the_last_success() -> None:
    assert (
        verdict(sample(ready=9, oldest=-100, archived=-4, archived_at=-3)).state is ArchiveState.CATCHING_UP
    )
    assert verdict(sample(ready=9, oldest=-80, archived=0, archived_at=-70)).state is ArchiveState.LAGGING
