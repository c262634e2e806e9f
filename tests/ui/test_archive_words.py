"""Archiving in words: verdicts, figures, causes, rows of the overview."""

from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from pgtui.domain.archive_sample import ArchiveLook, DirectoryState, Slot
from pgtui.domain.archive_status import ArchiveState, CellState, Exposure, Verdict
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from pgtui.ui.archive_overview import overview_counts, overview_rows
from pgtui.ui.archive_report_words import prune_count, prune_verdict, report_count, report_details
from pgtui.ui.archive_words import (
    Figure,
    ago_text,
    cell_mark,
    clock_text,
    failure_head,
    figure_table,
    header_mark,
    loss_text,
    note_lines,
    rate_text,
    state_mark,
)
from pgtui.ui.present import Tone
from pgtui.ui.widgets.archive_depth import failure_content, figures_content, strip_content
from tests.ui.archive_values import (
    DOWN,
    FAILING,
    FAILURE,
    LOOK,
    OFF,
    OK,
    PROPOSAL,
    REPORT,
    SAMPLE,
    STALE,
    UNASKED,
    segment,
    state,
    strip,
)
from tests.ui.fakes import LIBRARY, MB, NOW, STUDENT

MISSING = replace(LOOK, state=DirectoryState.MISSING)


def _figures(status: object) -> dict[str, Figure]:
    table = figure_table(status)  # type: ignore[arg-type]
    assert table is not None
    return {figure.label: figure for figure in (*table.left, *table.right, *table.lines)}


def _words(figure: Figure) -> str:
    return "".join(cell.text for cell in figure.cells)


def test_no_two_states_share_a_symbol_or_a_word() -> None:
    for marks in ([state_mark(each) for each in ArchiveState], [cell_mark(each) for each in CellState]):
        assert len({mark.symbol for mark in marks}) == len({mark.word for mark in marks}) == len(marks)


def test_the_header_says_that_archiving_fails_only_when_it_does() -> None:
    assert {each: header_mark(each).word for each in ArchiveState}[ArchiveState.FAILING] == "archiving fails"
    assert header_mark(ArchiveState.IDLE).tone is Tone.GOOD


def test_spans_and_rates_are_short() -> None:
    assert [ago_text(seconds) for seconds in (0.4, 4.9, 125, 90_000)] == [
        *("0 s ago", "5 s ago", "2 min 5 s ago", "1 d 1 h ago"),
    ]
    assert [rate_text(rate) for rate in (None, 0.0, 300.0, 4.2 * MB)] == [
        *("unknown", "0", "300 B/s", "4.2 MB/s"),
    ]


def test_nothing_unknown_is_shown_as_a_number() -> None:
    blind = replace(SAMPLE, wal=None, last_archived_wal=None, last_archived_time=None)
    status = replace(
        OK,
        sample=blind,
        figures=replace(
            OK.figures,
            backlog_segments=None,
            backlog_bytes=None,
            written_per_second=None,
            archived_per_second=None,
            segment_fill=None,
            current_segment="",
            exposure=Exposure(None, None),
        ),
        look=None,
    )
    figures = _figures(status)

    assert _words(figures["Waiting"]) == "unknown"
    assert _words(figures["Written"]) == "unknown"
    assert _words(figures["Would be lost"]) == "unknown"
    assert _words(figures["pg_wal"]) == "unknown"
    assert _words(figures["Being written"]) == "unknown"
    assert "Archive" not in figures


def test_nothing_to_lose_is_said_as_nothing() -> None:
    assert loss_text(replace(OK, figures=replace(OK.figures, exposure=Exposure(0, 0.0)))) == "nothing"


def test_old_figures_are_all_dim_and_said_to_be_old() -> None:
    cells = [cell for figure in _figures(STALE).values() for cell in figure.cells]

    assert {cell.tone for cell in cells} == {Tone.DIM}
    told = "The figures below are old: they are those of 11:59:46+00:00, 14 s ago."
    assert told in [words for _, words in note_lines(STALE, NOW)]
    assert _figures(OK)["Written"].cells[0].tone is not Tone.DIM


def test_of_old_figures_moments_are_told_since_ages_would_stand_still() -> None:
    assert _words(_figures(OK)["Last archived"]) == f"{segment(0x47)}  12 s ago"
    assert _words(_figures(STALE)["Last archived"]) == f"{segment(0x44)}  at 11:57:30+00:00"
    yesterday = replace(SAMPLE, last_archived_time=NOW - timedelta(hours=13))
    far = replace(STALE, sample=yesterday)
    assert _words(_figures(far)["Last archived"]).endswith("at 2026-11-21 23:00:00+00:00")


def test_moments_are_told_in_the_zone_of_this_machine() -> None:
    there = SAMPLE.last_archived_time
    assert there is not None
    india = timezone(timedelta(hours=5.5))
    status = replace(STALE, sample=replace(SAMPLE, last_archived_time=there.astimezone(india)))
    assert _words(_figures(status)["Last archived"]).endswith("at 11:59:48+00:00")
    assert clock_text(NOW, NOW.astimezone(india)) == "17:30:00+05:30"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, ""),
        (1800.0, ", full in 30 min"),
        (9_900.0, ", full in 2 h 45 min"),
        (30 * 86_400.0, ", full in 30 d"),
        (30 * 86_400.0 + 60, ""),
    ],
)
def test_when_it_is_full_is_told_a_month_ahead_at_most(seconds: float | None, words: str) -> None:
    full = replace(OK.figures, until_full=seconds, until_archive_full=seconds)
    figures = _figures(replace(OK, figures=full))

    assert _words(figures["pg_wal"]) == f"320 MB, 41 GB free{words}"
    assert _words(figures["Archive"]) == f"/archive, 120 GB free{words}"


@pytest.mark.parametrize("width", [60, 77, 80])
def test_a_long_directory_or_slot_is_shortened_before_what_is_said_of_it(width: int) -> None:
    directory = "/srv/postgresql/archives/of/many/clusters/" * 3
    status = replace(
        FAILING,
        look=replace(LOOK, directory=directory),
        figures=replace(FAILING.figures, until_archive_full=9_900.0),
        sample=replace(SAMPLE, slots=(Slot("s" * 63, False, Lsn(0), "lost", 640 * MB),)),
    )
    table = figure_table(status)
    assert table is not None
    rows = [line.plain for line in figures_content(table, width).split("\n")]

    assert any(row.endswith("…, 120 GB free, full in 2 h 45 min") for row in rows)
    assert any(row.endswith("… holds 640 MB, lost, inactive") for row in rows)
    assert max(map(len, rows)) <= width


def test_slots_that_hold_wal_back_are_named_the_largest_first_and_the_harmless_are_not() -> None:
    slots = tuple(
        Slot(
            f"slot{number}", number % 2 == 0, Lsn(0), "lost" if number == 4 else "reserved", number * 16 * MB
        )
        for number in range(5)
    )
    table = figure_table(replace(OK, sample=replace(SAMPLE, slots=slots)), most_slots=2)
    assert table is not None
    shown = [_words(figure) for figure in table.lines if "holds" in _words(figure)]

    assert shown == ["slot4 holds 64 MB, lost", "slot3 holds 48 MB, inactive; 2 more"]


@pytest.mark.parametrize(
    "found", [DirectoryState.MISSING, DirectoryState.NOT_A_DIRECTORY, DirectoryState.CLOSED]
)
def test_an_archive_that_is_not_as_it_should_be_is_marked_beside_its_path(found: DirectoryState) -> None:
    figures = _figures(replace(OK, look=replace(LOOK, state=found)))

    words = {DirectoryState.CLOSED: "not writable"}.get(found, found)
    assert _words(figures["Archive"]) == f"/archive  ✕ {words}"
    assert figures["Archive"].cells[1].tone is Tone.BAD


def test_a_failures_end_is_told_by_exit_code_or_signal() -> None:
    assert failure_head(FAILURE, NOW, with_clock=True) == (
        "exit code 127: the program was not found, 8 s ago (11:59:52+00:00)"
    )
    killed = replace(FAILURE, exit_code=None, signal=9, meaning="killed", when=None)
    assert failure_head(killed, NOW, with_clock=True) == "signal 9: killed"


def test_clocks_that_are_apart_are_told_from_two_seconds_on() -> None:
    def told(skew: float) -> str:
        return "".join(words for _, words in note_lines(replace(OK, clock_skew=skew), NOW))

    assert told(2.0) == told(-1.9) == ""
    assert told(125) == "The server's clock is 2 min 5 s ahead of this machine's."
    assert told(-5) == "The server's clock is 5 s behind this machine's."


@pytest.mark.parametrize("width", [1, 20, 40, 76, 78, 118])
def test_figures_and_strip_keep_to_their_width(width: int) -> None:
    for status in (OK, FAILING, OFF, STALE):
        table = figure_table(status)
        assert table is not None
        assert all(line.cell_length <= width for line in figures_content(table, width).split("\n"))
    assert strip_content(strip(width), width).split("\n")[0].cell_length <= width


def test_an_old_strip_has_no_colours_of_now() -> None:
    fresh, old = strip_content(strip(60, 3), 60), strip_content(strip(60, 3), 60, is_old=True)

    assert fresh.plain == old.plain
    assert {str(span.style) for span in old.spans} == {"$dim"}
    assert "$success" in {str(span.style) for span in fresh.spans}


def test_the_overview_has_the_worst_first_and_every_cluster_once() -> None:
    states = [*ArchiveState]
    statuses = [replace(state(each), cluster=f"c{number}") for number, each in enumerate(states)]
    clusters = [replace(STUDENT, name=status.cluster) for status in statuses]
    unseen = replace(STUDENT, name="new")
    rows = overview_rows([*clusters, LIBRARY, unseen], [*statuses, DOWN])

    assert [row.verdict.text for row in rows] == [
        *("✕ FAILING", "■ STOPPED", "■ STOPPED", "! LAGGING", "? UNKNOWN", "○ OFF"),
        *("↗ CATCHING UP", "● OK", "◌ IDLE", "… looking"),
    ]
    assert [cell.text for cell in overview_counts(rows)][:2] == ["✕ 1 failing", "■ 2 stopped"]


def test_in_the_overview_old_figures_are_not_shown_at_all() -> None:
    (row,) = overview_rows([STUDENT], [STALE])

    assert {row.waiting.text, row.written.text, row.archived.text, row.loss.text, row.last.text} == {"–"}
    assert row.reason.text == STALE.verdict.reason


def test_what_archived_and_is_down_or_silent_stands_above_what_works_and_what_was_never_seen_below() -> None:
    silent = replace(STALE, cluster="a-silent", verdict=replace(STALE.verdict, state=ArchiveState.UNKNOWN))
    stopped = replace(
        OK,
        cluster="b-stopped",
        server=ServerState.STOPPED,
        is_current=False,
        verdict=replace(DOWN.verdict),
    )
    fine = replace(OK, cluster="c-fine")
    locked = replace(UNASKED, cluster="d-locked")
    lagging = replace(state(ArchiveState.LAGGING), cluster="e-lagging")
    off = replace(OFF, cluster="f-off")
    gone = replace(OFF, cluster="g-off-and-down", server=ServerState.STOPPED, is_current=False)
    known = [fine, silent, gone, off, stopped, locked, lagging]
    clusters = [replace(STUDENT, name=each.cluster) for each in known]
    never = replace(STUDENT, name="a-never", state=ServerState.STOPPED)
    rows = overview_rows([never, *clusters], known)

    assert [(row.name, row.verdict.text) for row in rows] == [
        ("a-silent", "? UNKNOWN"),
        ("b-stopped", "■ STOPPED"),
        ("e-lagging", "! LAGGING"),
        ("d-locked", "? UNKNOWN"),
        ("f-off", "○ OFF"),
        ("g-off-and-down", "○ OFF"),
        ("c-fine", "● OK"),
        ("a-never", "○ not running"),
    ]
    assert overview_rows([*reversed(clusters), never], known[::-1]) == rows


def test_a_server_that_only_the_inventory_knows_to_be_down_is_stopped_and_not_failing() -> None:
    stopped = replace(STUDENT, state=ServerState.STOPPED)
    (row,) = overview_rows([stopped], [replace(FAILING, is_current=False)])

    assert row.verdict.text == "■ STOPPED"
    assert row.reason.text == "The server is stopped: nothing is archived."
    assert row.written.text == "–"


def test_an_inventory_that_is_behind_does_not_hide_what_the_watch_sees() -> None:
    (row,) = overview_rows([replace(STUDENT, state=ServerState.STOPPED)], [FAILING])

    assert row.verdict.text == "✕ FAILING"


def test_what_the_verdict_says_is_not_said_again_below() -> None:
    def below(reason: str, hint: str, look: ArchiveLook = LOOK) -> str:
        verdict = Verdict(ArchiveState.FAILING, reason, hint)
        return failure_content(replace(FAILING, verdict=verdict, look=look), NOW).plain

    cause, hint = FAILURE.cause, FAILURE.hint
    assert below("It fails.", "").endswith(f"→ {cause} {hint}")
    assert below(f"{cause.rstrip('.')}: 3 segments wait.", "").endswith(f"→ {hint}")
    for told in (
        below(f"{cause.rstrip('.')}: 3 segments wait.", hint),
        below("The archive's directory /archive is missing.", "Make it.", MISSING),
    ):
        assert "→" not in told
        assert told.endswith(FAILURE.words)


def test_what_an_exit_code_means_gives_way_to_the_line_where_the_cause_is_known() -> None:
    def head(width: int, cause: str = FAILURE.cause) -> str:
        failing = replace(FAILING, failure=replace(FAILURE, cause=cause))
        return failure_content(failing, NOW, width=width).plain.split("\n")[0]

    assert head(75) == f"{segment(0x45)}  exit code 127: the program was not found, 8 s ago"
    assert head(74) == f"{segment(0x45)}  exit code 127, 8 s ago"
    assert head(74, cause="").endswith("the program was not found, 8 s ago")


@pytest.mark.parametrize("age", [0, 59, 119, 24 * 60 - 1, 86_399, 400 * 86_400])
def test_on_80_columns_no_age_is_cut(age: int) -> None:
    sample = replace(SAMPLE, last_archived_time=NOW - timedelta(seconds=age))
    table = figure_table(replace(OK, sample=sample))
    assert table is not None

    assert f"{ago_text(age)} " in figures_content(table, 77).plain.split("\n")[0]


@pytest.mark.parametrize(("failures", "words"), [(7, "7 in a row"), (99, "99 in a row"), (12_345, "12,345")])
def test_on_80_columns_no_number_of_failures_is_cut(failures: int, words: str) -> None:
    table = figure_table(replace(FAILING, figures=replace(FAILING.figures, failures_since_success=failures)))
    assert table is not None

    assert figures_content(table, 77).plain.split("\n")[2].endswith(f"Failures {words}")


def test_of_an_old_sample_nothing_unknown_is_listed_but_what_would_be_lost() -> None:
    figures = _figures(STALE)

    assert [*figures] == ["Last archived", "Would be lost", "pg_wal", "Archive", "Slots"]
    assert [label for label, each in figures.items() if "unknown" in _words(each)] == ["Would be lost"]


def test_one_of_a_thing_is_not_told_in_the_plural() -> None:
    one = replace(PROPOSAL, goes_count=1, stays=1)
    report = replace(REPORT, files=1, headers_checked=1, headers_of=1)

    assert prune_count(one) == "1 of 2 files goes"
    assert "1 file (480 MB) would go, 1 stays: all" in prune_verdict(one).plain
    assert report_count(report).startswith("1 file, ")
    assert [each.value for each in report_details(report) if each.label == "Headers"] == ["1 of 1 segment"]
