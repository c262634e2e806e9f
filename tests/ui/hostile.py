"""Names that break careless consoles; every one of them can be a table's or a container's."""

import unicodedata

HOSTILE = (
    "[/",
    "[/foo]",
    "[red",
    "[red]x[/red]",
    "[@click=app.quit]x[/]",
    "[$x]",
    ":bomb:",
    "a\"b'c; $(touch /tmp/x) [red]",
    "x','evil",
    "two\nlines\r\nand\ttab",
    "\x1b]2;PWNED\x1b\\",
    "\x1b[5;1Helsewhere",
    "\x1b[?1049l",
    "\x9b31mC1\x85",
    "bell\x07null\x00del\x7f",
    "right\u202eto\u2066left",
    "zero\u200bwidth\ufeff",
    "e" + "\u0301" * 40,
    "\U0001f468\u200d\U0001f469\u200d\U0001f467",
    "line\u2028and\u2029paragraph",
    "長い名前 ü ß",
    "\udcff undecodable",
    "x" * 3000,
    " ",
    "--help",
    "{not} %s a format",
    "\\",
)


def is_control(char: str) -> bool:
    """Whether a character acts on a terminal, hides, or turns text around."""
    return unicodedata.category(char) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
