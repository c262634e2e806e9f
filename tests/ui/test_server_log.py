"""A followed log: what does not fit into a row goes on in the next one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from pgtui.ui.present import Tone
from pgtui.ui.screens.server_log import LogRow, ServerLogSheet, wrapped
from pgtui.ui.text import plain
from tests.ui.console import console, lies_on_top, screen_lines, screen_text, shows, until
from tests.ui.fakes import FakeInventory, fake_services

DETAIL = (
    "2026-11-22 12:00:00.123 UTC [71] DETAIL:  The failed archive command was: "
    "test ! -f /var/lib/postgresql/archive/000000010000000000000047 && cp "
    "pg_wal/000000010000000000000047 /var/lib/postgresql/archive/000000010000000000000047"
)


@given(st.text(max_size=300), st.integers(20, 120))
def test_no_row_is_too_wide_and_nothing_but_blanks_is_lost(line: str, width: int) -> None:
    rows = [cell.text for cell in wrapped(line, width)]

    assert rows
    assert all(cell_len(row) <= width for row in rows)
    assert "".join("".join(rows).split()) == "".join(plain(line.replace("\t", "    "), 4096).split())


def test_rows_are_cut_between_words_and_keep_their_tone() -> None:
    rows = list(wrapped(f"ERROR:  {DETAIL}", 78))

    assert rows[0].text.endswith("command")
    assert {cell.tone for cell in rows} == {Tone.BAD}
    assert [cell.text.startswith("    ") for cell in rows] == [False, *[True] * (len(rows) - 1)]


async def test_a_long_line_is_read_whole_on_80_columns_and_wrapped_anew_for_others() -> None:
    lines = (*(f"LOG:  checkpoint {number}" for number in range(60)), DETAIL, "LOG:  the end")
    async with console(fake_services(FakeInventory(log_lines=lines))) as pilot:
        await pilot.press("l")
        await shows(pilot.app, "62 lines · following")
        shown = "".join(screen_text(pilot.app).split())
        assert "".join(DETAIL.split()) in shown
        sheet = pilot.app.screen
        assert isinstance(sheet, ServerLogSheet)
        await lies_on_top(pilot.app, sheet)
        rows = len(sheet.listed.rows)
        await pilot.press("up", "up")
        await pilot.resize_terminal(260, 24)
        await until(lambda: len(sheet.listed.rows) < rows)
        row = sheet.listed.row
        assert isinstance(row, LogRow)
        assert "DETAIL" in row.cell.text
        await shows(pilot.app, "62 lines · held")
        assert any(DETAIL in line for line in screen_lines(pilot.app))


async def test_lines_that_come_before_the_sheet_is_laid_out_are_never_wrapped_for_another_width(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    line = "LOG:  " + "word " * 12
    widths: list[int] = []
    show = ServerLogSheet._show  # noqa: SLF001

    def shown(sheet: ServerLogSheet, follows: bool, cursor: int | None = None) -> None:
        if sheet.listed.rows or sheet._shown:  # noqa: SLF001
            widths.append(sheet._width)  # noqa: SLF001
        show(sheet, follows, cursor)

    # As on a busy machine: the sheet hears of its size late.
    monkeypatch.setattr(ServerLogSheet, "on_resize", lambda _: None)
    monkeypatch.setattr(ServerLogSheet, "_show", shown)
    async with console(fake_services(FakeInventory(log_lines=(line,)))) as pilot:
        await pilot.press("l")
        await shows(pilot.app, "1 line · following")
        assert line.rstrip() in screen_text(pilot.app)
    assert len(set(widths)) == 1
