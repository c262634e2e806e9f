"""What a scan makes of an archive: spans, holes on the paths, their cost, problems."""

from collections.abc import Iterable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pgtui.domain.archive import reach
from pgtui.domain.archive_paths import Coverage, holes_of
from pgtui.domain.archive_report import ArchiveReport, ProblemKind
from pgtui.domain.archive_scan import report_of
from pgtui.domain.archive_survey import Survey
from pgtui.domain.archive_tally import Tally
from pgtui.domain.backup import BaseBackup
from pgtui.domain.hole_cost import rollforwards
from pgtui.domain.lsn import Lsn
from pgtui.domain.recovery_choice import lies_on
from pgtui.domain.safe_archive_command import ARCHIVE_MARK
from pgtui.domain.segment_runs import Runs
from pgtui.domain.timeline import Switch, TimelineHistory, required_timeline
from pgtui.domain.wal import Segment
from tests.domain.made import HOSTILE, MB, SIZE, archive, backup
from tests.domain.made_archive import record, scan_of, segment_record, tally_of

ONE = TimelineHistory(1)
TWO = TimelineHistory(2, (Switch(1, Lsn(8 * SIZE + 100)),))
TWO_FILE = record("00000002.history", 40)


def histories(forks: Sequence[tuple[int, int]], size: int) -> tuple[TimelineHistory, ...]:
    """Timelines 2, 3, ...: each leaves one of those before it in some segment, not before that one began."""
    known = [ONE]
    for number, (parent, at) in enumerate(forks, start=2):
        left = known[parent % len(known)]
        begin = max(at, left.switches[-1].at.value // size if left.switches else 0)
        last = left.switches[-1].at.value + 8 if left.switches else 0
        at_lsn = Lsn(max(begin * size + 100, last))
        known.append(TimelineHistory(number, (*left.switches, Switch(left.timeline, at_lsn))))
    return tuple(known)


def coverage_of(present: Iterable[tuple[int, int]], known: Iterable[TimelineHistory], size: int) -> Coverage:
    by_timeline: dict[int, set[int]] = {}
    for timeline, number in present:
        by_timeline.setdefault(timeline, set()).add(number)
    runs = {timeline: Runs.of(numbers) for timeline, numbers in by_timeline.items()}
    return Coverage(runs, {h.timeline: h for h in known}, size)


def holes_by_force(
    present: set[tuple[int, int]], known: Sequence[TimelineHistory], size: int
) -> set[tuple[int, int]]:
    """Every number between the first and the last segment of every path, looked at one by one."""
    missing: set[tuple[int, int]] = set()
    for history in known:
        if not any(timeline == history.timeline for timeline, _ in present):
            continue
        path = [(required_timeline(history, number, size), number) for number in range(40)]
        there = [number for number, each in enumerate(path) if each in present]
        if there:
            missing |= {each for each in path[there[0] : there[-1]] if each not in present}
    return missing


FORKS = st.lists(st.tuples(st.integers(0, 5), st.integers(1, 25)), max_size=4)
PRESENT = st.sets(st.tuples(st.integers(1, 5), st.integers(1, 30)), max_size=60)


@settings(max_examples=300)
@given(FORKS, PRESENT)
def test_the_holes_are_exactly_those_on_the_paths(
    forks: list[tuple[int, int]], present: set[tuple[int, int]]
) -> None:
    known = histories(forks, SIZE)
    present = {(timeline, number) for timeline, number in present if timeline <= len(known)}

    found = holes_of(coverage_of(present, known, SIZE))

    every = {(t, n) for t, ranges in found.items() for a, b in ranges for n in range(a, b + 1)}
    assert every == holes_by_force(present, known, SIZE)
    for ranges in found.values():
        assert all(left[1] + 1 < right[0] for left, right in zip(ranges, ranges[1:], strict=False))


@given(FORKS, st.sets(st.integers(0, 200), max_size=8))
def test_what_is_taken_out_of_a_whole_archive_is_what_is_found(
    forks: list[tuple[int, int]], taken: set[int]
) -> None:
    # Each timeline ran on for a while after the last fork from it; so all of these are on some path.
    known = histories(forks, SIZE)
    whole = {
        (required_timeline(history, number, SIZE), number) for history in known for number in range(1, 31)
    }
    edges = {(required_timeline(h, n, SIZE), n) for h in known for n in (1, 30)}
    gone = {sorted(whole)[index % len(whole)] for index in taken} - edges

    found = holes_of(coverage_of(whole - gone, known, SIZE))

    assert {(t, n) for t, ranges in found.items() for a, b in ranges for n in range(a, b + 1)} == gone


@settings(max_examples=300)
@given(FORKS, PRESENT, st.integers(1, 5), st.integers(1, 20), st.sets(st.integers(0, 3)))
def test_a_backup_goes_as_far_as_recovery_would_take_it(
    forks: list[tuple[int, int]], present: set[tuple[int, int]], timeline: int, start: int, carried: set[int]
) -> None:
    known = histories(forks, SIZE)
    names = tuple(Segment(timeline, start + n).name() for n in carried)
    base = backup(start=start, timeline=timeline, carried=names)

    found = {each.history.timeline: each for each in rollforwards(coverage_of(present, known, SIZE), [base])}

    assert set(found) == {h.timeline for h in known if lies_on(base, h)}
    for history in known:
        if each := found.get(history.timeline):
            expected = reach(archive(present, *known[1:]), history, base)
            end = max(Lsn(each.missing.number * SIZE), base.label.start_lsn)
            assert (end, each.is_broken) == (expected.end, expected.is_broken)
            if each.is_broken:
                assert each.missing.name(SIZE) == expected.missing


def report(
    records: Iterable[bytes], *known: TimelineHistory, backups: Iterable[BaseBackup] = ()
) -> ArchiveReport:
    return report_of(scan_of(tally_of(records), *known, backups=backups), 0.5)


def test_a_whole_archive_is_whole() -> None:
    told = report(
        [*(segment_record(1, n) for n in range(2, 40)), record(ARCHIVE_MARK, 0)], backups=[backup()]
    )
    (span,) = told.spans
    assert told.is_whole
    assert (span.first, span.last) == (Segment(1, 2).name(), Segment(1, 39).name())
    assert (span.count, span.size, span.missing) == (38, 38 * SIZE, 0)
    assert told.notes == (
        "The backup of 2026-11-22 12:00:00+00 (/backup/base) can be rolled forward along timeline 1 until "
        "2026-11-22 12:39:01+00.",
    )


def test_a_hole_tells_what_it_costs_until_the_next_backup() -> None:
    records = [segment_record(1, n) for n in range(2, 30) if n not in (10, 11)]
    later = backup("/backup/later", start=15, ended=15)
    told = report(records, backups=[backup(), later])
    (hole,) = told.holes
    assert (hole.first, hole.last, hole.count) == (Segment(1, 10).name(), Segment(1, 11).name(), 2)
    assert hole.cost == (
        "Nothing between 2026-11-22 12:09:00+00 and 2026-11-22 12:15:00+00 can be reached from the backup of "
        "2026-11-22 12:00:00+00 (/backup/base); from then on a later backup can be used.",
    )
    assert not told.is_whole


def test_a_hole_behind_the_last_backup_costs_all_that_follows() -> None:
    told = report([segment_record(1, n) for n in range(2, 30) if n != 10], backups=[backup()])
    assert told.holes[0].cost == (
        "Nothing after 2026-11-22 12:09:00+00 can be reached from the backup of 2026-11-22 12:00:00+00 "
        "(/backup/base), nor from any other.",
    )


def test_a_hole_that_no_backup_meets_says_so() -> None:
    records = [segment_record(1, n) for n in range(2, 30) if n not in (5, 20, 25)]
    told = report(records, backups=[backup(start=8)])
    assert told.holes[0].cost == ("No base backup needs these segments.",)
    assert "can be reached" in told.holes[1].cost[0]
    assert told.holes[2].cost == ("No base backup comes this far: another hole lies before it.",)


def test_a_backup_whose_first_segment_is_missing_reaches_nothing() -> None:
    told = report([segment_record(1, n) for n in (7, 9, 10)], backups=[backup(start=8)])
    assert told.holes[0].cost[0].startswith("Nothing at all can be reached from the backup of")


def test_a_segment_of_the_wrong_size_is_a_problem_and_missing() -> None:
    records = [segment_record(1, n) for n in range(2, 10) if n != 5]
    told = report([*records, record(Segment(1, 5).name(), MB)], backups=[backup()])
    assert [(p.name, p.kind) for p in told.problems] == [(Segment(1, 5).name(), ProblemKind.WRONG_SIZE)]
    assert [hole.first for hole in told.holes] == [Segment(1, 5).name()]


@pytest.mark.parametrize(
    ("name", "size", "kind", "is_harmless"),
    [
        (Segment(1, 5).name(), 0, ProblemKind.EMPTY, False),
        (Segment(1, 9).name() + ".gz", 0, ProblemKind.EMPTY, False),
        (Segment(1, 50).name() + ".partial", SIZE, ProblemKind.PARTIAL, False),
        (Segment(1, 4).name() + ".partial", SIZE, ProblemKind.PARTIAL, True),
        (Segment(1, 4).name() + ".partial.gz", 99, ProblemKind.PARTIAL, True),
        (f".{Segment(1, 5).name()}.tmp", 7, ProblemKind.TEMPORARY, True),
        (f"{Segment(1, 5).name()}.tmp.123", 7, ProblemKind.TEMPORARY, True),
        (f"archtemp.{Segment(1, 5).name()}.12.34", 7, ProblemKind.TEMPORARY, True),
        (Segment(1, 4).name() + ".zst", 99, ProblemKind.DUPLICATE, False),
        ("00000001000000000000FFFF", SIZE, ProblemKind.UNKNOWN, False),
        (HOSTILE, 1, ProblemKind.UNKNOWN, False),
        ("README\n", 1, ProblemKind.UNKNOWN, False),
    ],
)
def test_files_that_do_not_belong_are_told(
    name: str, size: int, kind: ProblemKind, is_harmless: bool
) -> None:
    told = report([*(segment_record(1, n) for n in range(2, 5)), record(name, size)])
    assert [(p.name, p.kind, p.is_harmless) for p in told.problems] == [(name, kind, is_harmless)]
    assert told.is_whole == is_harmless


def test_compressed_segments_are_there() -> None:
    packed = [record(Segment(1, n).name() + ".gz", 1000 + n) for n in (4, 6)]
    told = report([*(segment_record(1, n) for n in (2, 3, 5, 7)), *packed])
    assert told.is_whole
    assert (told.spans[0].count, told.spans[0].compressed) == (6, 2)
    assert told.spans[0].size == 4 * SIZE + 2010


def test_the_parent_lacks_nothing_behind_the_fork_and_the_child_nothing_before() -> None:
    records = [
        *(segment_record(1, n) for n in range(3, 8)),
        *(segment_record(2, n) for n in range(8, 12)),
        TWO_FILE,
    ]
    told = report(records, TWO, backups=[backup(start=3)])
    assert told.is_whole
    assert [(span.timeline, span.parent) for span in told.spans] == [(1, None), (2, 1)]


def test_the_parents_file_does_not_fill_the_childs_hole_in_the_segment_of_the_fork() -> None:
    records = [
        *(segment_record(1, n) for n in range(3, 12)),
        *(segment_record(2, n) for n in (9, 10)),
        TWO_FILE,
    ]
    told = report(records, TWO, backups=[backup(start=3)])
    (hole,) = told.holes
    assert (hole.timeline, hole.first) == (2, Segment(2, 8).name())
    assert hole.cost[0].endswith("on timeline 2, nor from any other.")
    assert any("The first segment of timeline 2" in note for note in told.notes)


def test_a_timeline_of_which_only_the_history_is_there_is_told() -> None:
    told = report([*(segment_record(1, n) for n in range(3, 12)), TWO_FILE], TWO)
    assert told.is_whole
    assert any(Segment(2, 8).name() in note and "left behind on timeline 1" in note for note in told.notes)


def test_missing_histories_are_named() -> None:
    three = TimelineHistory(3, (*TWO.switches, Switch(2, Lsn(10 * SIZE))))
    records = [segment_record(1, n) for n in range(3, 8)]
    told = report([*records, segment_record(5, 9), record("00000003.history", 60)], three)
    missing = [p.name for p in told.problems if p.kind is ProblemKind.MISSING_HISTORY]
    assert missing == ["00000002.history", "00000004.history", "00000005.history"]


@pytest.mark.parametrize("size", [MB, 64 * MB, 1024 * MB])
def test_other_segment_sizes(size: int) -> None:
    per_id = 2**32 // size
    numbers = [n for n in range(per_id - 3, per_id + 4) if n != per_id + 1]
    tally = tally_of([segment_record(1, n, size) for n in numbers], size)
    told = report_of(scan_of(tally), 0)
    assert [hole.first for hole in told.holes] == ["000000010000000100000001"]
    assert told.problem_count == 0


def test_many_holes_are_all_counted_and_some_told() -> None:
    told = report([segment_record(1, n) for n in range(2, 9000, 2)], backups=[backup()])
    assert told.hole_count == 4498
    assert told.spans[0].missing == 4498
    assert len(told.holes) == 1000


def test_the_heads_to_read_are_all_of_few_and_the_telling_ones_of_many() -> None:
    few = Survey(tally_of(segment_record(1, n) for n in range(1, 1500)))
    assert len(few.heads_to_read(every=False)) == 1499
    many = tally_of([segment_record(1, n) for n in range(1, 20_001) if n != 7000])
    chosen = {file.segment.number for file in Survey(many).heads_to_read(every=False)}
    assert {1, 6999, 7001, 20_000} <= chosen
    assert set(range(19_801, 20_001)) <= chosen
    assert 900 < len(chosen) < 1100
    assert max(b - a for a, b in zip(sorted(chosen), sorted(chosen)[1:], strict=False)) <= 30
    assert len(Survey(many).heads_to_read(every=True)) == 19_999


def test_a_tally_in_pieces_gives_the_same_report() -> None:
    records = [segment_record(1, n) for n in range(2, 300) if n % 50] + [record(HOSTILE, 3)]
    tally = Tally(SIZE)
    for one in records:
        tally.add(one)
    assert report_of(scan_of(tally), 0.5) == report(records)
