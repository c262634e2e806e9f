"""The footer: one line of keys that can be used now.

Textual's own Footer mounts a widget for each key and never lets go of the old ones; this one repaints a
line, and only when it changed.
"""

from collections.abc import Callable
from dataclasses import dataclass

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.screen import Screen
from textual.style import Style
from textual.widget import Widget

from pgtui.ui.commands import shown_key
from pgtui.ui.text import plain

_ALWAYS = ("show_help", "command_palette", "quit")
_GAP = "  "


@dataclass(frozen=True)
class _Entry:
    action: str
    key: str
    shown_key: str
    words: str
    enabled: bool

    def content(self) -> Content:
        if not self.enabled:
            return Content.styled(f"{self.shown_key} {self.words}", "$dim")
        whole = Content.assemble((self.shown_key, "bold $primary"), " ", self.words)
        return whole.stylize(Style.from_meta({"key": self.key}))


class FooterLine(Widget):
    """Keys of what has the focus and of the mode on the left; help, palette and quit on the right."""

    DEFAULT_CSS = """
    FooterLine { dock: bottom; height: 1; padding: 0 1; background: $panel; color: $foreground; }
    """

    def __init__(self) -> None:
        super().__init__()
        self._entries: tuple[_Entry, ...] = ()

    def on_mount(self) -> None:
        self.screen.bindings_updated_signal.subscribe(self, self._bindings_updated)

    def _bindings_updated(self, screen: Screen[object]) -> None:
        entries = _entries(screen, self.app.get_key_display)
        if entries != self._entries:
            self._entries = entries
            self.refresh()

    def on_click(self, event: events.Click) -> None:
        key = event.style.meta.get("key")
        if key:
            self.app.simulate_key(key)

    def render(self) -> Content:
        always = [entry.content() for entry in self._entries if entry.action in _ALWAYS]
        right = Content(_GAP).join(always)
        room = self.content_size.width - right.cell_length - len(_GAP)
        left = Content("")
        for entry in self._entries:
            if entry.action in _ALWAYS:
                continue
            longer = left + Content(_GAP if left else "") + entry.content()
            if longer.cell_length > room:
                break
            left = longer
        return left + Content(" " * (room + len(_GAP) - left.cell_length)) + right


def _entries(screen: Screen[object], display: Callable[[Binding], str]) -> tuple[_Entry, ...]:
    found: dict[str, _Entry] = {}
    for _, binding, enabled, _ in screen.active_bindings.values():
        if not (binding.show and binding.description) or binding.action in found:
            continue
        shown = plain(display(binding))
        if _would_be_typed(screen, shown):
            # All keys of a command are shown as its first: another one of them may still do it.
            shown = plain(shown_key(binding.key))
        if not _would_be_typed(screen, shown):
            found[binding.action] = _Entry(
                binding.action, binding.key, shown, plain(binding.description), enabled
            )
    first = [entry for entry in found.values() if entry.action not in _ALWAYS]
    return (*first, *(found[action] for action in _ALWAYS if action in found))


def _would_be_typed(screen: Screen[object], shown: str) -> bool:
    field = screen.focused
    # Arrows and the like are pictures of keys, not what they type.
    is_character = len(shown) == 1 and shown.isascii()
    return is_character and field is not None and field.check_consume_key(shown, shown)
