"""What waits and moves: the state and the rates that are told beside it never contradict each other."""

import re
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.archive_figures import figures
from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_status import ArchiveState, Figures
from tests.domain.archiving import at, running, sample, verdict
from tests.domain.made import SIZE


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


def test_the_first_command_that_runs_for_long_is_told_as_a_guess() -> None:
    samples = [running(sample(n, ready=1, oldest=-1, archived_at=-300)) for n in range(100)]
    found = verdict(*samples[:46])
    assert found.state is ArchiveState.LAGGING
    assert "has been running for 46 s and may be slow or hang: how long it usually takes" in found.reason
    found = verdict(*samples)
    assert found.state is ArchiveState.STOPPED
    assert "seems to hang" in found.reason
    assert "seems" not in verdict(*samples, takes=3).reason


def test_a_segment_that_takes_as_long_as_it_does_is_on_its_way() -> None:
    waits = running(sample(ready=1, oldest=-38, archived_at=-70))
    assert verdict(waits, takes=40).state is ArchiveState.OK
    assert verdict(waits, takes=3).state is not ArchiveState.OK


def test_many_segments_lag_whoever_looks() -> None:
    blind = replace(sample(current=40, archived=4, ready=None, archived_at=-600), unseen=("GRANT it.",))
    found = verdict(blind)
    assert found.state is ArchiveState.LAGGING
    assert found.hint.endswith("GRANT it.")
    assert verdict(replace(blind, lsn=sample(current=6).lsn)).state is ArchiveState.UNKNOWN


def test_what_was_watched_and_archived_nothing_does_not_catch_up() -> None:
    samples = [
        sample(n, current=20 + n, archived=13, ready=6 + n, oldest=-40, archived_at=-1) for n in range(25)
    ]
    found = verdict(*samples)
    assert found.state is ArchiveState.LAGGING
    assert found.reason.endswith("nothing has been archived for 25 s.")


def test_a_lag_of_next_to_nothing_is_not_told_as_equal_rates() -> None:
    told = {}
    for more in (-1, 0, 1):
        rates = Figures(written_per_second=50_000_000.0, archived_per_second=50_000_000.0 + more)
        samples = [sample(n, current=30, ready=9, oldest=-90, archived=20, archived_at=-1) for n in range(2)]
        told[more] = judge(samples, None, Circumstances(at(1)), rates)
    assert told[0].state is told[-1].state is ArchiveState.LAGGING
    assert "48 MB a second are written, and no more is archived" in told[0].reason
    assert told[1].state is ArchiveState.CATCHING_UP
    assert "and a little more is archived" in told[1].reason


_AMOUNT = r"([0-9.]+) (bytes?|kB|MB|GB|TB)"
_RATES = re.compile(rf"{_AMOUNT} a second are written, {_AMOUNT} archived")
_UNITS = ("byte", "kB", "MB", "GB", "TB")


@settings(max_examples=200, deadline=None)
@given(
    rate=st.integers(0, 4 * SIZE),
    every=st.integers(1, 60),
    begun=st.integers(0, 60),
    length=st.integers(2, 90),
    behind=st.integers(1, 40),
    can_look=st.booleans(),
)
def test_the_figures_of_a_reason_never_contradict_its_state(
    rate: int, every: int, begun: int, length: int, behind: int, can_look: bool
) -> None:
    samples = []
    for n in range(length):
        current, done = 100 + rate * n // SIZE, (n + begun) // every
        archived = min(100 - behind + done, current - 1)
        waits = max(0, current - archived - 1)
        made = sample(
            n,
            current=current,
            fill=rate * n % SIZE,
            archived=archived,
            archived_at=done * every - begun,
            ready=waits if can_look else None,
            oldest=-90,
        )
        samples.append(replace(made, archived_count=done))
    found, numbers = verdict(*samples), figures(samples)
    written, archived_rate = numbers.written_per_second, numbers.archived_per_second
    assert written is not None
    assert archived_rate is not None
    if told := _RATES.search(found.reason):
        first, second = (float(told[i]) * 1024 ** _UNITS.index(told[i + 1].removesuffix("s")) for i in (1, 3))
        assert second != 0
        assert (second > first) is (found.state is ArchiveState.CATCHING_UP)
    if found.state is ArchiveState.CATCHING_UP and length > 11:
        assert archived_rate > written
    if found.state is ArchiveState.LAGGING:
        assert archived_rate <= written or not archived_rate
