"""What holds of the verdict and the figures whatever a server tells."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.archive_changes import changes
from pgtui.domain.archive_figures import figures
from pgtui.domain.archive_health import Circumstances, judge
from pgtui.domain.archive_milestones import Milestones
from pgtui.domain.archive_sample import (
    ArchiveLook,
    ArchiverProcess,
    ArchiveSample,
    DirectoryState,
    Slot,
    WalDirectory,
)
from pgtui.domain.archive_status import ArchiveFailure, ArchiveState
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from pgtui.domain.segment_strip import segment_strip
from pgtui.domain.wal import Segment
from tests.domain.archiving import at, name, sample, verdict
from tests.domain.made import HOSTILE, MB, SIZE

moments = st.floats(-4_000, 4_000).map(at)
segment_names = st.one_of(
    st.builds(name, st.integers(0, 40), st.integers(1, 3)),
    st.builds(lambda n: f"{name(n)}.partial", st.integers(0, 40)),
    st.builds(lambda n: f"{name(n)}.00000028.backup", st.integers(0, 40)),
    st.sampled_from(["00000002.history", HOSTILE, "", "F" * 24, "0" * 24]),
)
names = st.lists(segment_names, max_size=5).map(tuple)
lsns = st.one_of(st.integers(0, 40 * SIZE), st.sampled_from([0, 2**64 - 1])).map(Lsn)
archivers = st.none() | st.builds(
    ArchiverProcess,
    pid=st.integers(1, 3),
    started=moments,
    wait_event=st.sampled_from(["", "ArchiverMain", "ArchiveCommand"]),
)
directories = st.none() | st.builds(
    WalDirectory,
    taken=moments,
    ready=st.integers(0, 2_000),
    oldest_ready=st.none() | moments,
    ready_names=names,
    other_ready=st.integers(0, 3),
    segments=st.integers(0, 2_000),
    size=st.integers(0, 2**50),
    names=names,
)
slots = st.builds(
    Slot,
    name=st.just("kept"),
    is_active=st.booleans(),
    restart_lsn=st.none() | lsns,
    wal_status=st.sampled_from(["", "reserved", "extended", "unreserved", "lost"]),
    held=st.integers(0, 2**40),
)
samples = st.builds(
    ArchiveSample,
    taken=moments,
    started=moments,
    version_num=st.sampled_from([130000, 150018, 180006]),
    in_recovery=st.booleans(),
    timeline=st.none() | st.integers(1, 3),
    lsn=st.none() | lsns,
    segment_size=st.sampled_from([MB, SIZE, 1024 * MB]),
    mode=st.sampled_from(["off", "on", "always"]),
    command=st.sampled_from(["", "(disabled)", "cp %p /archive/%f", ":", HOSTILE]),
    library=st.sampled_from(["", "basic_archive"]),
    timeout=st.sampled_from([0, 60]),
    wal_level=st.sampled_from(["minimal", "replica"]),
    archived_count=st.integers(0, 9),
    last_archived_wal=st.none() | segment_names,
    last_archived_time=st.none() | moments,
    failed_count=st.integers(0, 9),
    last_failed_wal=st.none() | segment_names,
    last_failed_time=st.none() | moments,
    stats_reset=st.none() | moments,
    archiver=archivers,
    sees_archiver=st.booleans(),
    slots=st.lists(slots, max_size=2).map(tuple),
    wal=directories,
    unseen=st.sampled_from([(), ("GRANT it.",)]),
)
histories = st.lists(samples, max_size=6)
looks = st.none() | st.builds(
    ArchiveLook,
    taken=moments,
    directory=st.sampled_from(["", "/archive", HOSTILE]),
    state=st.sampled_from(DirectoryState),
    free=st.none() | st.integers(0, 2**50),
    wal_free=st.none() | st.integers(0, 2**50),
    asked=names,
    present=names.map(frozenset),
)
failures = st.none() | st.builds(
    ArchiveFailure,
    segment=segment_names,
    when=st.none() | moments,
    words=st.just(HOSTILE),
    exit_code=st.none() | st.integers(0, 255),
    signal=st.none(),
    meaning=st.sampled_from(["", "the program was not found"]),
    cause=st.sampled_from(["", HOSTILE]),
    hint=st.sampled_from(["", "Do."]),
)
circumstances = st.builds(
    Circumstances,
    now=moments,
    server=st.sampled_from(ServerState),
    sampled=st.none() | moments,
    failure=failures,
    clock_skew=st.floats(-4_000, 4_000),
    problem=st.sampled_from(["", "No way there."]),
)


@settings(max_examples=100, deadline=None)
@given(histories, looks, circumstances)
def test_whatever_is_told_there_is_a_verdict_with_a_reason(
    history: list[ArchiveSample], look: ArchiveLook | None, known: Circumstances
) -> None:
    found = judge(history, look, known)
    assert isinstance(found.state, ArchiveState)
    assert found.reason.strip(" .")
    assert "  " not in found.reason.replace(HOSTILE, "x")
    assert judge(history, look, known) == found


@settings(max_examples=100, deadline=None)
@given(histories, looks, st.booleans(), st.integers(0, 30))
def test_no_figure_is_ever_negative(
    history: list[ArchiveSample], look: ArchiveLook | None, remembers: bool, cells: int
) -> None:
    milestones = Milestones() if remembers else None
    for each in history if milestones else ():
        assert milestones is not None
        milestones.note(each)
    found = figures(history, look, milestones)
    for number in (
        *(found.backlog_segments, found.backlog_bytes, found.oldest_waiting),
        *(found.written_per_second, found.archived_per_second, found.failures_since_success),
        *(found.until_full, found.until_archive_full, found.exposure.bytes, found.exposure.seconds),
    ):
        assert number is None or number >= 0
    assert found.segment_fill is None or 0 <= found.segment_fill < 1
    for each in history:
        assert len(segment_strip(each, look, cells)) <= cells


@settings(max_examples=50, deadline=None)
@given(samples, samples, st.none() | st.floats(0, 4_000))
def test_changes_are_told_of_any_two_samples_and_none_of_the_same(
    before: ArchiveSample, after: ArchiveSample, elapsed: float | None
) -> None:
    assert all(sentence.endswith(".") for sentence in changes(before, after, elapsed))
    assert changes(before, before) == ()
    later = replace(before, taken=before.taken + timedelta(seconds=elapsed or 0))
    assert changes(before, later, elapsed) == ()


class IdleServer:
    """An hour in the life of a server that nobody uses, as it tells it second by second."""

    def __init__(self, begun: int, fill: int, timeout: int, checkpoint_at: int) -> None:
        self._segment, self._fill, self._timeout, self._checkpoint_at = begun, fill, timeout, checkpoint_at
        self._archived_at, self._ready_since = -60.0, None if fill > 0 else 0

    def sample(self, second: int) -> ArchiveSample:
        switches = self._timeout and second == self._timeout and self._fill > 4096
        if switches:
            # The last of what was written is switched away once; an idle server does not switch again.
            self._segment, self._fill, self._ready_since = self._segment + 1, 0, second
        if second == self._checkpoint_at:
            self._fill += 160
        ready, oldest = 0, None
        if self._ready_since is not None:
            ready, oldest = 1, self._ready_since
            if second >= self._ready_since + 3:
                ready, oldest, self._ready_since, self._archived_at = 0, None, None, float(second)
        return replace(
            sample(
                second,
                current=self._segment,
                fill=self._fill,
                archived=self._segment - 1 - ready,
                archived_at=self._archived_at,
                ready=ready,
                oldest=oldest,
            ),
            timeout=self._timeout,
        )


@settings(max_examples=8, deadline=None)
@given(
    st.integers(3, 1_000),
    st.integers(0, SIZE - 1_000),
    st.sampled_from([0, 60, 300]),
    st.integers(0, 3_600),
    st.sampled_from([1, 5, 60]),
    st.integers(0, 59),
    st.booleans(),
)
def test_an_idle_hour_is_never_called_lag(
    begun: int, fill: int, timeout: int, checkpoint_at: int, step: int, offset: int, can_look: bool
) -> None:
    server = IdleServer(begun, fill, timeout, checkpoint_at)
    every = [server.sample(second) for second in range(3_601)]
    history: list[ArchiveSample] = []
    states: list[ArchiveState] = []
    for taken in every[offset::step]:
        history = [*history, taken if can_look else replace(taken, wal=None)][-60:]
        states.append(verdict(*history).state)
    # Until something was archived, or the watching is longer than a healthy archiver takes.
    known = (
        states
        if can_look
        else [s for n, s in enumerate(states) if n * step > 30 or s is not ArchiveState.UNKNOWN]
    )
    assert set(known) <= {ArchiveState.OK, ArchiveState.IDLE}
    # In the end, nothing having been written for half an hour, it is called by its name.
    assert checkpoint_at > 1_800 or states[-1] is ArchiveState.IDLE


def healthy(seconds: Sequence[int]) -> list[ArchiveSample]:
    return [sample(n, fill=1000 * n, archived_at=-20) for n in seconds]


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=8, unique=True).map(sorted),
    st.integers(1, 10_000),
    st.sampled_from(["reset", "restart", "promotion", "replaced", "clock"]),
)
def test_what_sets_counters_back_never_gives_an_absurd_rate(
    seconds: list[int], count: int, event: str
) -> None:
    before, *rest = healthy(seconds)
    after = healthy([60])[0]
    match event:
        case "reset":
            after = replace(after, archived_count=0, last_archived_wal=None, stats_reset=after.taken)
        case "restart":
            after = replace(after, started=after.taken, lsn=Lsn(count))
        case "promotion":
            promoted = Segment(2, 5).name(SIZE)
            after = replace(after, timeline=2, last_archived_wal=promoted)
        case "replaced":
            after = replace(after, lsn=Lsn(count))
        case _:
            after = replace(after, taken=at(-count))
    found = figures([before, *rest, after])
    assert found.written_per_second in (None, 1000.0)
    assert not found.archived_per_second


@given(st.integers(0, 5), st.integers(0, 5), st.integers(1, 600))
def test_more_failures_or_an_older_backlog_never_make_it_better(ready: int, more: int, older: int) -> None:
    failing = sample(700, ready=ready, oldest=0, failed_at=699, failed_count=1, looked=698)
    worse = replace(failing, failed_count=1 + more)
    assert verdict(failing).state is verdict(worse).state is ArchiveState.FAILING
    waits = sample(700, ready=ready + 1, oldest=670, archived_at=600)
    longer = sample(700, ready=ready + 1, oldest=670 - older, archived_at=600)
    good = (ArchiveState.OK, ArchiveState.IDLE)
    assert verdict(waits).state in good or verdict(longer).state not in good


@given(st.integers(0, 29), st.integers(0, 3))
def test_a_switched_segment_on_its_way_does_not_flap(waits: int, failed: int) -> None:
    seconds = [
        sample(
            n,
            current=6,
            fill=200 * n,
            archived=4 if n < waits else 5,
            archived_at=-60 if n < waits else waits,
            ready=int(n < waits),
            oldest=0,
            failed_at=-600 if failed else None,
            failed_count=failed,
        )
        for n in range(31)
    ]
    states = {verdict(*seconds[: last + 1]).state for last in range(31)}
    assert states <= {ArchiveState.OK, ArchiveState.IDLE}
