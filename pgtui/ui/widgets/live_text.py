"""Text that is set again each second, and costs nothing while it stays the same."""

from textual.content import Content
from textual.widgets import Static


class LiveText(Static):
    """Painted anew only when it is another text, laid out anew only when its height is another one."""

    def __init__(self, *, id: str | None = None) -> None:
        """Begin empty, and gone: without text it takes no line."""
        super().__init__("", id=id)
        self.display = False
        self._shown = Content("")

    def show(self, words: Content) -> None:
        """Show other words; none hide it."""
        # Content compares only its characters: a figure that turned red would stay green.
        if (words.plain, words.spans) == (self._shown.plain, self._shown.spans):
            return
        self._shown = words
        was_displayed = self.display
        self.display = bool(words.plain)
        size = self.content_size
        # Without a size it was not laid out yet, and no text can be laid out on no width.
        is_laid_out = was_displayed and self.display and size.area > 0
        if is_laid_out and size.height == words.get_height({}, size.width):
            self.update(words, layout=False)
        else:
            self.content = words

    @property
    def text(self) -> str:
        """The characters shown."""
        return self._shown.plain
