"""Settings of a server that does not run, as its files give them (manual: "Setting Parameters")."""

import re

_LINE = re.compile(r"\s*([A-Za-z_][A-Za-z0-9_.]*)\s*=?\s*('(?:[^'\\]|''|\\.)*'|[^\s#']+)")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}


def setting_in_file(text: str, name: str) -> str | None:
    """Return a setting's last value in a configuration file; included files are not followed."""
    value: str | None = None
    for line in text.splitlines():
        match = _LINE.match(line)
        if match and match[1].lower() == name:
            value = _unquoted(match[2])
    return value


def _unquoted(text: str) -> str:
    if not text.startswith("'"):
        return text
    return re.sub(r"''|\\([0-7]{1,3}|.)", _escape, text[1:-1], flags=re.DOTALL)


def _escape(match: re.Match[str]) -> str:
    escaped = match[1]
    if escaped is None:
        return "'"
    return chr(int(escaped, 8) & 0xFF) if escaped[0] in "01234567" else _ESCAPES.get(escaped, escaped)


def setting_in_options(text: str, name: str) -> str | None:
    """Return a setting's last value on the command line of the last start, from `postmaster.opts`.

    The server writes each argument between quotes and escapes nothing.
    """
    value: str | None = None
    for argument in re.split(r'" "', text.strip().partition(' "')[2].removesuffix('"')):
        assigned = re.fullmatch(r"(?:--|-c)?([A-Za-z0-9_.-]+)=(.*)", argument, re.DOTALL)
        if assigned and assigned[1].replace("-", "_").lower() == name:
            value = assigned[2]
    return value
