"""Untrusted text made safe to show: every character that acts, hides or reorders is written out."""

import unicodedata

_NEVER_SHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls, format characters (bidi, zero-width, tags), surrogates, line and paragraph separators."""
_BLANK = frozenset({0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x2800, 0x3164, 0xFFA0})
"""Characters of other categories that take room or none and show nothing."""
_MARKS = frozenset({"Mn", "Me"})
_FIRST_MARK = "\u0300"
_MARKS_KEPT = 3


class _Table(dict[int, str]):
    """Replacements for `str.translate`, filled as characters turn up: a full table would slow the start."""

    def __missing__(self, code: int) -> str:
        if code < 0x20:
            shown = chr(0x2400 + code)
        elif code == 0x7F:
            shown = "\u2421"
        elif _is_hidden(code):
            shown = f"\u2039{code:04X}\u203a"
        else:
            raise LookupError(code)
        self[code] = shown
        return shown


def _is_hidden(code: int) -> bool:
    # Variation selectors: invisible, and terminals disagree on the width of what stands before them.
    is_selector = 0xFE00 <= code <= 0xFE0F or 0xE0100 <= code <= 0xE01EF or 0x180B <= code <= 0x180F
    return is_selector or code in _BLANK or unicodedata.category(chr(code)) in _NEVER_SHOWN


_TABLE = _Table()


def visible(text: str, limit: int = 512) -> str:
    """Return text in which nothing can act on a terminal, hide, or change the order of what is read.

    Nothing is dropped silently: C0 becomes its picture (␀ to ␟, ␡), anything else that cannot be seen its
    code point in ‹›, more than three combining marks in a row and all past `limit` characters a `…`.
    """
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    shown = text.translate(_TABLE)
    return _cut_marks(shown) if max(shown) >= _FIRST_MARK else shown


def _cut_marks(text: str) -> str:
    kept: list[str] = []
    run = 0
    for char in text:
        run = run + 1 if char >= _FIRST_MARK and unicodedata.category(char) in _MARKS else 0
        if run <= _MARKS_KEPT:
            kept.append(char)
        elif run == _MARKS_KEPT + 1:
            kept.append("…")
    return "".join(kept)
