"""A listing is counted the same way fast and record by record, whatever names lie between."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_sample import COMPRESSED
from pgtui.domain.archive_tally import OddFile, Tally, moment_of
from pgtui.domain.wal import Segment
from tests.domain.made import HOSTILE, MB, SIZE, minutes
from tests.domain.made_archive import record, segment_record, tally_of

SIZES = st.sampled_from([MB, 16 * MB, 64 * MB, 1024 * MB])
NAMES = st.one_of(
    st.sampled_from(
        [
            *(HOSTILE, "two\nlines", "x f 000000010000000000000001", "000000000000000000000001"),
            *("00000001000000000000FFFF", "00000001000000000000000a", "000000010000000000000001.gz.tmp"),
            *("00000002.history", "000000010000000000000002.00000028.backup", "16777216", "é\u202e"),
        ]
    ),
    st.text(st.characters(exclude_characters="\0/"), min_size=1, max_size=60),
)
ODD = st.tuples(NAMES, st.sampled_from([0, 5, MB, SIZE, 2**40]), st.sampled_from("fdlo"))
GOOD = st.tuples(st.integers(1, 3), st.integers(0, 2**20))


def everything(tally: Tally) -> tuple[object, ...]:
    """All that a tally holds, in no order."""
    whole = sorted((t, n, w) for t, c in tally.whole.items() for n, w in zip(c.numbers, c.times, strict=True))
    packed = sorted(
        (*key, *row)
        for key, c in tally.packed.items()
        for row in zip(c.numbers, c.times, c.sizes, strict=True)
    )
    return whole, packed, sorted(tally.odd, key=repr), tally.files, tally.size


@given(st.lists(st.one_of(GOOD, ODD), max_size=40), SIZES)
def test_columns_and_single_records_are_counted_alike(
    files: list[tuple[int, int] | tuple[str, int, str]], size: int
) -> None:
    records = [
        segment_record(each[0], each[1], size) if len(each) == 2 else record(each[0], each[1], kind=each[2])
        for each in files
    ]
    together, apart = tally_of(records, size), Tally(size)
    for one in records:
        apart.add(one)

    assert everything(together) == everything(apart)
    assert together.files == sum(1 for each in files if len(each) == 2 or each[2] != "d")


@given(st.lists(GOOD, max_size=60), SIZES)
def test_every_segment_is_counted_with_its_time(files: list[tuple[int, int]], size: int) -> None:
    files = [(t, n % (2**32)) for t, n in files]
    tally = tally_of((segment_record(t, n, size) for t, n in files), size)

    found = [
        (timeline, number, moment_of(when))
        for timeline, column in tally.whole.items()
        for number, when in zip(column.numbers, column.times, strict=True)
    ]
    assert sorted(found) == sorted((t, n, minutes(n)) for t, n in files)
    assert tally.odd == []
    assert tally.size == size * len(files)


def test_what_is_no_whole_segment_is_kept_as_it_is() -> None:
    good = [segment_record(1, n) for n in range(1, 50)]
    name = Segment(1, 50).name()
    odd = [record(HOSTILE, 5), record(name, SIZE - 1), record(f"{name}.gz", 0), record("d", kind="d")]
    mixed = [piece for pair in zip(good, odd * 20, strict=False) for piece in pair]

    tally = tally_of(mixed)

    assert len(tally.whole[1].numbers) == 49
    assert {(f.name, f.kind, f.size) for f in tally.odd} == {
        (HOSTILE, "f", 5),
        (name, "f", SIZE - 1),
        (f"{name}.gz", "f", 0),
        ("d", "d", SIZE),
    }


@pytest.mark.parametrize("ending", COMPRESSED)
def test_compressed_segments_are_counted_by_their_ending(ending: str) -> None:
    tally = tally_of([record(Segment(3, 7).name() + ending, 1234)])
    packed = tally.packed[3, ending]
    assert (list(packed.numbers), list(packed.sizes), tally.odd) == ([7], [1234], [])


def test_times_before_1970_and_after_9999_do_no_harm() -> None:
    name = Segment(1, 1).name()
    tally = tally_of([f"{SIZE} -5.0 f {name}\0".encode(), f"{SIZE} 999999999999.0 f {name[:-1]}2\0".encode()])
    assert tally.odd == [OddFile(name, "f", SIZE, -5)]
    assert moment_of(tally.whole[1].times[0]).year == 9999


@pytest.mark.parametrize("size", [MB, 16 * MB, 64 * MB, 1024 * MB])
def test_the_likely_segment_size_is_found(size: int) -> None:
    names = [Segment(1, n).name(size) for n in range(1, 4)]
    tally = tally_of([record(name, size) for name in names] + [record("00000002.history", 5)])
    assert tally.likely_size() == size


def test_the_columns_are_really_used(monkeypatch: pytest.MonkeyPatch) -> None:
    # Otherwise a million names would take three times as long, and no result would show it.
    pattern = re.compile(rb"(?!)")
    monkeypatch.setattr("pgtui.domain.archive_tally._RECORD", pattern)
    tally = tally_of(segment_record(1, n) for n in range(1000))
    assert len(tally.whole[1].numbers) == 1000
