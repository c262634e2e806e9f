"""What may go from an archive, and what protects it."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pgtui.domain.archive_prune import choose_cut, doomed, lacking, unknown_backups
from pgtui.domain.archive_survey import Survey
from pgtui.domain.backup import BaseBackup, manifest_start
from pgtui.domain.errors import BadInput
from pgtui.domain.lsn import Lsn
from pgtui.domain.wal import Segment
from tests.domain.made import HOSTILE, SIZE, backup
from tests.domain.made_archive import record, segment_record, tally_of

OLD, NEW = backup("/b/old", start=5), backup("/b/new", start=9, timeline=2)


def test_the_oldest_backup_decides_over_all_timelines() -> None:
    assert choose_cut([NEW, OLD], "", SIZE).segment == Segment(1, 5)
    assert choose_cut([NEW], "", SIZE).segment == Segment(2, 9)


def test_a_backup_that_cannot_be_used_is_protected_all_the_same() -> None:
    broken = backup("/b/broken", start=3, problem="It has no backup_manifest: it did not finish.")
    cut = choose_cut([NEW, OLD, broken], "", SIZE)
    assert cut.segment == Segment(1, 3)
    assert "protected all the same" in cut.why[0]


def test_no_usable_backup_means_nothing_may_go() -> None:
    for backups in ([], [backup(problem="It did not finish.")]):
        with pytest.raises(BadInput, match="no usable base backup") as refused:
            choose_cut(backups, "", SIZE)
        assert "pg_basebackup" in refused.value.hint


def test_a_backup_whose_start_nobody_knows_stops_it_unless_a_kept_one_is_named() -> None:
    lost = replace(
        backup("/b/lost", problem="It has no readable backup_label."),
        label=replace(OLD.label, start_lsn=Lsn(0)),
    )
    with pytest.raises(BadInput, match="Nobody can say which WAL"):
        choose_cut([NEW, OLD, lost], "", SIZE)
    cut = choose_cut([NEW, OLD, lost], "/b/old", SIZE)
    assert cut.segment == Segment(1, 5)
    assert ["/b/lost" in finding.message for finding in cut.findings] == [True]


def test_naming_the_oldest_to_keep_gives_up_the_older_ones_by_name() -> None:
    older = backup(HOSTILE, start=2)
    cut = choose_cut([NEW, OLD, older], "/b/new/", SIZE)
    assert cut.segment == Segment(2, 9)
    assert [b.path for b in cut.kept] == ["/b/new"]
    assert [f.message for f in cut.findings] == [
        f"The base backup {path!r} is given up: the WAL that it needs goes." for path in ("/b/old", HOSTILE)
    ]


@pytest.mark.parametrize(
    ("path", "words"), [("/b/none", "no base backup '/b/none'"), ("/b/bad", "cannot be used")]
)
def test_a_backup_to_keep_must_be_there_and_usable(path: str, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        choose_cut([NEW, OLD, backup("/b/bad", start=7, problem="Broken.")], path, SIZE)


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 400)), max_size=30), st.integers(1, 400))
def test_only_positions_before_the_cut_go_and_all_of_them(files: list[tuple[int, int]], cut: int) -> None:
    files = sorted(set(files))
    going = doomed(tally_of(segment_record(t, n) for t, n in files), Segment(2, cut))
    assert going.names == tuple(sorted(Segment(t, n).name() for t, n in files if n < cut))
    assert going.size == SIZE * len(going.names)


def test_histories_and_strange_files_stay_and_compressed_ones_go_by_their_ending() -> None:
    old, new = Segment(1, 3).name(), Segment(1, 9).name()
    stays = [
        "00000002.history",
        f"{old}.00000028.backup",
        HOSTILE,
        f".{old}.tmp",
        f"{new}.gz",
        f"{new}.partial",
    ]
    goes = [f"{old}.gz", f"{old}.zst", f"{old}.partial", f"{old}.partial.lz4"]
    short = Segment(1, 2).name()
    records = [record(name, 9) for name in (*stays, *goes, short)]
    going = doomed(tally_of([*records, record(f"{old}", kind="d")]), Segment(1, 5))
    assert set(going.names) == {*goes, short}
    assert going.endings == (".gz", ".lz4", ".zst")


def test_a_kept_backup_lacks_its_start_unless_it_carries_it_and_nothing_later_is_there() -> None:
    def missing(kept: BaseBackup, *there: int) -> list[str]:
        survey = Survey(tally_of(segment_record(1, n) for n in there))
        return [name for _, name in lacking(choose_cut([kept], "", SIZE), survey.coverage({}))]

    plain = backup("/b/plain", start=5)
    carrying = backup("/b/carrying", start=5, carried=(Segment(1, 5).name(),))
    assert missing(plain, 3, 4, 5, 6) == []
    assert missing(plain, 3, 4, 6) == [Segment(1, 5).name()]
    assert missing(carrying, 3, 4) == []
    assert missing(carrying, 3, 4, 6) == []
    assert missing(carrying, 3, 4, 7) == [Segment(1, 6).name()]


def test_backups_that_only_the_archive_tells_of_are_found() -> None:
    names = [f"{Segment(1, n).name()}.00000028.backup" for n in (2, 5, 30)]
    known: list[BaseBackup] = [OLD, NEW]
    assert unknown_backups(names, known, Segment(1, 9), SIZE) == (names[0],)


def test_a_manifest_tells_the_start_that_a_label_does_not() -> None:
    tail = '"WAL-Ranges": [\n{ "Timeline": 2, "Start-LSN": "0/4000028", "End-LSN": "0/4000120" }\n],'
    assert manifest_start(tail) == (2, Lsn(0x4000028))
    assert manifest_start("") is None
