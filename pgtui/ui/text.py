"""The one door through which text from outside reaches a widget; and the filter behind it.

Names, log lines, paths and messages may hold markup, escape sequences or control characters. Textual
parses the first, and passes the others on to the terminal.
"""

import re
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.content import Content
from textual.filter import LineFilter

from pgtui.domain.visible import visible

if TYPE_CHECKING:
    from textual.color import Color

LIMIT = 512

# Controls, bidi, zero-width, separators, tags: all of width zero, so that what stays does not shift.
_CONTROL = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\U000e0000-\U000e007f]"
)
_SURROGATE = re.compile("[\ud800-\udfff]")
"""Half a character: the terminal's encoding would raise an error."""


def plain(text: object, limit: int = LIMIT) -> str:
    """Return one line that is safe to show: what cannot be seen is written out, what is too long is cut."""
    return visible(str(text), limit)


def content(text: object, style: str = "", limit: int = LIMIT) -> Content:
    """Return text for any Textual widget, never parsed as markup; `style` may name theme variables."""
    shown = plain(text, limit)
    return Content.styled(shown, style) if style else Content(shown)


def lines(text: str, style: str = "", limit: int = 20_000) -> Content:
    """Return text of several lines, with its line breaks kept."""
    shown = "\n".join(plain(line, limit) for line in text[:limit].split("\n"))
    return Content.styled(shown, style) if style else Content(shown)


class ControlCharacterFilter(LineFilter):
    """Deletes control characters from whatever is painted: a net below the door, for what missed it."""

    def apply(self, segments: list[Segment], background: "Color") -> list[Segment]:  # noqa: ARG002
        if all(text.isascii() and text.isprintable() for text, _, _ in segments):
            return segments
        return [Segment(_cleaned(text), style, control) for text, style, control in segments]


def _cleaned(text: str) -> str:
    return _SURROGATE.sub("\ufffd", _CONTROL.sub("", text))
