"""Archiving in words: verdicts, figures, causes, rows of the overview."""

import re
from dataclasses import replace
from datetime import timedelta

import pytest

from pgtui.domain.archive_sample import DirectoryState, Slot
from pgtui.domain.archive_status import ArchiveState, CellState, Exposure
from pgtui.domain.cluster import ServerState
from pgtui.domain.lsn import Lsn
from pgtui.ui.archive_overview import overview_counts, overview_rows
from pgtui.ui.archive_words import (
    Figure,
    ago_text,
    cell_mark,
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
from tests.ui.archive_values import DOWN, FAILING, FAILURE, LOOK, OFF, OK, SAMPLE, STALE, state, strip
from tests.ui.fakes import LIBRARY, MB, NOW, STUDENT


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
        *("just now", "4 s ago", "2 min 5 s ago", "1 d 1 h ago"),
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
    assert "as of 14 s ago, 11:59:46+00:00" in "".join(words for _, words in note_lines(STALE, NOW))
    assert _figures(OK)["Written"].cells[0].tone is not Tone.DIM


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

    words = "not writable for the server" if found is DirectoryState.CLOSED else found
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
    assert told(65) == "The server's clock is 1 min 5 s ahead of this machine's."
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
        *(
            "✕ FAILING",
            "■ STOPPED",
            "■ STOPPED",
            "! LAGGING",
            "? UNKNOWN",
            "○ OFF",
            "↗ CATCHING UP",
            "● OK",
            "◌ IDLE",
        ),
        "… looking",
    ]
    assert [cell.text for cell in overview_counts(rows)][:2] == ["✕ 1 failing", "■ 2 stopped"]


def test_in_the_overview_old_figures_are_not_shown_at_all() -> None:
    (row,) = overview_rows([STUDENT], [STALE])

    assert {row.waiting.text, row.written.text, row.archived.text, row.loss.text, row.last.text} == {"–"}
    assert row.reason.text == STALE.verdict.reason


def test_a_server_that_is_down_is_not_shown_as_a_failing_archive() -> None:
    stopped = replace(STUDENT, state=ServerState.STOPPED)
    (row,) = overview_rows([stopped], [replace(FAILING, taken=NOW - timedelta(hours=1))])

    assert row.verdict.text == "○ stopped"
    assert row.reason.text == "Its server is stopped."
    assert row.rank < overview_rows([STUDENT], [OK])[0].rank


def test_an_age_that_does_not_grow_any_more_is_a_moment() -> None:
    fresh, old = _figures(OK)["Last archived"], _figures(replace(OK, is_current=False))["Last archived"]

    assert _words(fresh).endswith(" ago")
    assert re.search(r"  at \d\d:\d\d:\d\d", _words(old))


@pytest.mark.parametrize(("seconds", "is_told"), [(29 * 86_400.0, True), (31 * 86_400.0, False)])
def test_what_is_more_than_a_month_away_is_not_told(seconds: float, is_told: bool) -> None:
    status = replace(OK, figures=replace(OK.figures, until_archive_full=seconds))

    assert ("full in" in _words(_figures(status)["Archive"])) is is_told


def test_what_the_verdict_tells_is_not_told_once_more_beside_the_failure() -> None:
    failure = FAILING.failure
    assert failure is not None
    told = failure_content(FAILING, NOW).plain
    assert failure.hint in told
    verdict = replace(FAILING.verdict, reason=f"{failure.cause} And so on.", hint=failure.hint)
    once = failure_content(replace(FAILING, verdict=verdict), NOW).plain
    assert failure.words in once
    assert failure.cause not in once
    assert failure.hint not in once
