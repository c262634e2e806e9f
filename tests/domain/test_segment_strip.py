"""The segment strip: what became of each of the newest segments."""

from dataclasses import replace

from pgtui.domain.archive_sample import ArchiveLook, ArchiveSample
from pgtui.domain.archive_status import CellState
from pgtui.domain.segment_strip import segment_strip
from tests.domain.archiving import look, name, sample

LETTERS = {
    CellState.ARCHIVED: "a",
    CellState.READY: "r",
    CellState.WRITING: "w",
    CellState.RECYCLED: "c",
    CellState.MISSING: "m",
}


def strip(made: ArchiveSample, seen: ArchiveLook | None = None, cells: int = 20) -> str:
    return "".join(LETTERS[cell.state] for cell in segment_strip(made, seen, cells))


def test_each_segment_is_what_it_is() -> None:
    made = sample(current=9, archived=6, ready=2, in_segments=range(3, 12))
    seen = look(asked=range(1, 7), present=[1, 2, 3, 5, 6])
    assert strip(made, seen) == "aaamaarrwcc"
    cells = segment_strip(made, seen, 20)
    assert [cell.name for cell in cells] == [name(number) for number in range(1, 12)]


def test_the_newest_cells_are_shown() -> None:
    made = sample(current=9, archived=8, in_segments=range(1, 40))
    assert strip(made, cells=8) == "aaaaawcc"
    assert strip(made, cells=1) == "w"
    assert strip(made, cells=0) == ""


def test_without_a_look_positions_tell() -> None:
    assert strip(sample(current=9, archived=6, ready=None)) == "arrw"


def test_after_a_reset_what_does_not_wait_is_archived() -> None:
    made = sample(current=9, archived=None, ready=2, in_segments=range(5, 9))
    assert strip(made) == "aarrw"


def test_without_archiving_there_is_only_the_present() -> None:
    made = replace(sample(current=9, in_segments=range(5, 11)), mode="off")
    assert strip(made) == "wc"


def test_what_was_pruned_is_not_missing() -> None:
    made = sample(current=9, archived=8, in_segments=range(3, 10))
    assert strip(made, look(asked=range(3, 9), present=range(6, 9))) == "aaaaaaw"


def test_after_a_promotion_names_are_those_of_their_timelines() -> None:
    made = sample(current=6, archived=4, ready=0, timeline=2)
    assert made.wal is not None
    wal = replace(made.wal, names=(name(4), name(5), name(5, 2), name(6, 2)))
    cells = segment_strip(replace(made, wal=wal), None, 9)
    assert [cell.name for cell in cells] == [name(4, 2), name(5, 2), name(6, 2)]


def test_without_a_position_there_is_no_strip() -> None:
    assert segment_strip(replace(sample(), lsn=None), None, 9) == ()
    assert segment_strip(replace(sample(), timeline=None), None, 9) == ()
