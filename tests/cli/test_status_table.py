"""The table of `pgtui status --all --watch` on a terminal of 80 columns."""

from dataclasses import replace

from rich.console import Console

from pgtui.cli.status_watch import _drawn
from tests.ui.archive_values import FAILING, OK


def test_a_long_name_leaves_the_state_and_the_reason_their_room() -> None:
    long = "a-very-long-name-of-a-cluster-" * 3
    console = Console(width=80, height=24, color_system=None)
    with console.capture() as capture:
        console.print(_drawn((replace(FAILING, cluster=long), replace(OK, cluster="student"))))
    lines = capture.get().splitlines()

    row = next(line for line in lines if line.startswith("a-very-long-name-of"))
    assert "…" in row.split()[0]
    assert "failing" in row
    assert sum("a-very" in line for line in lines) == 1
    assert max(map(len, lines)) <= 80
