"""The list that draws only what is in sight."""

from collections.abc import Iterator, Sequence
from typing import Any, overload

from textual.app import App, ComposeResult

from pgtui.ui.present import Cell, Tone
from pgtui.ui.themes import VARIABLE_DEFAULTS
from pgtui.ui.widgets.virtual_list import Column, VirtualList
from tests.ui.console import screen_lines, until

MILLION = 1_000_000


class CountedRows(Sequence[int]):
    """A million rows that remember which ones were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def __len__(self) -> int:
        return MILLION

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[int]: ...
    def __getitem__(self, index: Any) -> Any:
        self.asked.append(index)
        return index

    def __iter__(self) -> Iterator[int]:
        raise AssertionError("the list went through all rows")


class ListApp(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.highlighted: list[int] = []
        self.selected: list[Any] = []
        self.listed: VirtualList[Any] = VirtualList(
            [
                Column("Name", lambda row: f"row {row}"),
                Column("Size", lambda row: Cell(str(row), Tone.DIM), 9, align_right=True),
            ]
        )

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return VARIABLE_DEFAULTS

    def compose(self) -> ComposeResult:
        yield self.listed

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        self.highlighted.append(event.index)

    def on_virtual_list_selected(self, event: VirtualList.Selected) -> None:
        self.selected.append(event.row)


async def test_a_million_rows_cost_no_more_than_a_screenful() -> None:
    app = ListApp()
    rows = CountedRows()
    async with app.run_test(size=(40, 10)) as pilot:
        app.listed.focus()
        app.listed.show_rows(rows)
        await pilot.pause()
        assert screen_lines(app)[0].split() == ["Name", "Size"]
        assert screen_lines(app)[1].split()[:3] == ["row", "0", "0"]

        rows.asked.clear()
        await pilot.press("end")
        await pilot.pause()

        assert screen_lines(app)[9].split()[:3] == ["row", "999999", "999999"]
        assert 0 < len(rows.asked) < 100
        assert set(rows.asked) - {0} <= set(range(MILLION - 20, MILLION))


async def test_keys_move_the_cursor_and_stay_within_the_rows() -> None:
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.listed.focus()
        app.listed.show_rows(range(50))
        for key, cursor in (
            *(("up", 0), ("down", 1), ("j", 2), ("k", 1), ("pagedown", 9), ("pageup", 1), ("end", 49)),
            *(("down", 49), ("home", 0)),
        ):
            await pilot.press(key)
            assert app.listed.cursor == cursor, key
        await pilot.press("enter")
        await pilot.pause()

        assert app.selected == [0]
        assert app.highlighted[-1] == 0


async def test_fewer_rows_pull_the_cursor_back() -> None:
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.listed.show_rows(range(50), cursor=40)
        app.listed.show_rows(range(5))
        await pilot.pause()
        assert (app.listed.cursor, app.listed.row) == (4, 4)

        app.listed.show_rows((), empty="Nothing has this.")
        await pilot.pause()
        assert app.listed.row is None
        assert "Nothing has this." in screen_lines(app)[1]


async def test_a_click_chooses_and_a_second_one_selects() -> None:
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.listed.show_rows(range(100), cursor=99)
        await pilot.pause()
        await pilot.click(VirtualList, offset=(3, 4), times=2)
        await pilot.pause()

        assert app.selected == [94]
        assert app.listed.cursor == 94


async def test_cells_are_cut_to_their_column_and_wide_characters_counted() -> None:
    app = ListApp()
    async with app.run_test(size=(30, 6)) as pilot:
        app.listed.show_columns(
            [
                Column("A", lambda row: (Cell(row), Cell("tail", Tone.GOOD)), 9),
                Column("B", lambda row: f"end{row[:0]}"),
            ]
        )
        app.listed.show_rows(["長い長い名前", "short"])
        await pilot.pause()

        assert screen_lines(app)[1].split() == ["長い長い…", "end"]
        assert screen_lines(app)[2].split() == ["shorttail", "end"]


async def test_a_scrollbar_comes_and_goes_with_the_rows() -> None:
    app = ListApp()
    async with app.run_test(size=(40, 10)) as pilot:
        app.listed.show_rows(range(100))
        await until(lambda: app.listed.show_vertical_scrollbar)
        app.listed.show_rows(range(3))
        await until(lambda: not app.listed.show_vertical_scrollbar)
        app.listed.show_rows(range(100), cursor=99)
        await pilot.pause()

        assert "row 99" in screen_lines(app)[9]
