"""The looks: dark, light, and the terminal's own colours."""

from difflib import get_close_matches

from textual.theme import Theme

from pgtui.domain.errors import BadInput

DARK = Theme(
    name="pgtui-dark",
    primary="#6CA8E0",
    secondary="#8FA6C4",
    accent="#E5B567",
    success="#7DC487",
    warning="#E5B567",
    error="#EB7A77",
    foreground="#D6DCE5",
    background="#12161D",
    surface="#171C25",
    panel="#202733",
    variables={
        "rule": "#2C3545",
        "dim": "#8592A6",
        "block-cursor-foreground": "#F2F5F9",
        "block-cursor-background": "#2A3A52",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#222A37",
        "block-hover-background": "#1D2430",
        "input-cursor-background": "#D6DCE5",
        "scrollbar": "#2C3545",
        "scrollbar-hover": "#3A465A",
        "scrollbar-active": "#6CA8E0",
        "scrollbar-background": "#171C25",
        "scrollbar-background-hover": "#171C25",
        "scrollbar-background-active": "#171C25",
        "scrollbar-corner-color": "#171C25",
        "border": "#6CA8E0",
        "border-blurred": "#2C3545",
    },
)

LIGHT = Theme(
    name="pgtui-light",
    dark=False,
    primary="#1F5FA8",
    secondary="#4B6076",
    accent="#8A5A00",
    success="#22702F",
    warning="#8A5A00",
    error="#B3261E",
    foreground="#1D242E",
    background="#FBFBF9",
    surface="#F3F3F0",
    panel="#E6E7E4",
    variables={
        "rule": "#CDD1D4",
        "dim": "#5A6675",
        "block-cursor-foreground": "#10161F",
        "block-cursor-background": "#CFE0F3",
        "block-cursor-text-style": "none",
        "block-cursor-blurred-background": "#E3E8EE",
        "block-hover-background": "#EAECEA",
        "input-cursor-background": "#1D242E",
        "scrollbar": "#C2C8CD",
        "scrollbar-hover": "#A9B1B8",
        "scrollbar-active": "#1F5FA8",
        "scrollbar-background": "#F3F3F0",
        "scrollbar-background-hover": "#F3F3F0",
        "scrollbar-background-active": "#F3F3F0",
        "scrollbar-corner-color": "#F3F3F0",
        "border": "#1F5FA8",
        "border-blurred": "#CDD1D4",
    },
)

THEMES = (DARK, LIGHT)

VARIABLE_DEFAULTS = {"dim": "ansi_bright_black", "rule": "ansi_bright_black"}
"""Our own variables, for the themes that are not ours."""

CHOICES = {
    "dark": "pgtui-dark",
    "light": "pgtui-light",
    "ansi-dark": "ansi-dark",
    "ansi-light": "ansi-light",
}
"""What a user may write as theme -> the theme's name. The ansi ones take the terminal's own colours."""


def theme_name(choice: str) -> str:
    """Return a theme's name from what the user wrote. Raises BadInput."""
    if choice in CHOICES:
        return CHOICES[choice]
    if choice in CHOICES.values():
        return choice
    near = get_close_matches(choice, CHOICES, 1)
    hint = f"Did you mean {near[0]}? " if near else ""
    raise BadInput(f"There is no theme {choice!r}.", f"{hint}Themes: {', '.join(CHOICES)}.")
