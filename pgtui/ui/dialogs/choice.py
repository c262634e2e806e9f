"""Radio buttons and check boxes whose marks tell without colours whether they are chosen."""

from typing import ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.widgets import Checkbox, RadioButton


class Choice(RadioButton):
    """One of several."""

    ON: ClassVar[str] = "(x) "
    OFF: ClassVar[str] = "( ) "

    def render(self) -> Content:
        style = self.get_visual_style("toggle--label")
        return Content.assemble(self.ON if self.value else self.OFF, Content(str(self.label)).stylize(style))

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        return len(self.ON) + Content(str(self.label)).cell_length


class Tick(Checkbox):
    """Yes or no."""

    ON: ClassVar[str] = "[x] "
    OFF: ClassVar[str] = "[ ] "

    def render(self) -> Content:
        style = self.get_visual_style("toggle--label")
        return Content.assemble(self.ON if self.value else self.OFF, Content(str(self.label)).stylize(style))

    def get_content_width(self, container: Size, viewport: Size) -> int:  # noqa: ARG002
        return len(self.ON) + Content(str(self.label)).cell_length
