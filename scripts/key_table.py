"""Write the key table of README.md from the console's commands; `--check` tells whether it is current."""

import sys
from pathlib import Path

from pgtui.ui.commands import Mode, commands_of, shown_key

README = Path(__file__).parents[1] / "README.md"
BEGIN = "<!-- keys -->"
END = "<!-- /keys -->"


def key_table() -> str:
    """The table: keys that work everywhere first, then each mode's own."""
    rows = ["| Where | Key | What it does |", "|---|---|---|"]
    for mode in (None, *Mode):
        where = mode.label if mode else "Everywhere"
        for command in commands_of(mode):
            if command.key:
                keys = " ".join(f"`{shown_key(key)}`" for key in command.key.split(","))
                rows.append(f"| {where} | {keys} | {command.title}. {command.help} |")
    return "\n".join(rows)


def with_table(text: str) -> str:
    """A README's text with the present table between its two marks."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"README.md has no lines {BEGIN!r} and {END!r}.")
    return f"{before}{BEGIN}\n{key_table()}\n{END}{after}"


def main() -> int:
    text = README.read_text()
    wanted = with_table(text)
    if "--check" in sys.argv[1:]:
        return 0 if text == wanted else 1
    README.write_text(wanted)
    return 0


if __name__ == "__main__":
    sys.exit(main())
