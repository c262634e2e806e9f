"""On which line of a TOML file each key stands: the parsers keep the values only."""

import tomllib

KeyPath = tuple[str | int, ...]
"""Keys and list positions down to a value, such as ("clusters", 1, "port")."""


def key_lines(text: str) -> dict[KeyPath, int]:
    """Return the line, from 1, of every key, table and list element of a text that is valid TOML."""
    scan = _Scan(text)
    scan.document()
    return scan.lines


def line_of(lines: dict[KeyPath, int], path: KeyPath) -> int:
    """Return the line of a key or, when it is not written there, of the nearest thing that would hold it."""
    while path and path not in lines:
        path = path[:-1]
    return lines.get(path, 1)


class _Scan:
    """One pass over the text; it trusts that the text has been parsed before."""

    def __init__(self, text: str) -> None:
        self.lines: dict[KeyPath, int] = {}
        self._text = text
        self._at = 0
        self._elements: dict[KeyPath, int] = {}
        self._counted = (0, 1)

    def document(self) -> None:
        table: KeyPath = ()
        while self._skip_blank():
            table = self._header() if self._peek() == "[" else self._pair(table)

    def _header(self) -> KeyPath:
        line, is_list = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if is_list else 1
        keys = self._dotted("]")
        self._at += 2 if is_list else 1
        path = self._resolve(keys[:-1]) + keys[-1:]
        if is_list:
            self._elements[path] = self._elements.get(path, 0) + 1
            self.lines.setdefault(path, line)
            path += (self._elements[path] - 1,)
        elif path in self._elements:
            path += (self._elements[path] - 1,)
        self.lines.setdefault(path, line)
        return path

    def _resolve(self, keys: KeyPath) -> KeyPath:
        """Return the full path of a header's leading keys: in a list of tables, its latest element."""
        path: KeyPath = ()
        for key in keys:
            path += (key,)
            if path in self._elements:
                path += (self._elements[path] - 1,)
        return path

    def _pair(self, table: KeyPath) -> KeyPath:
        line = self._line()
        path = table
        for key in self._dotted("="):
            path += (key,)
            self.lines.setdefault(path, line)
        self._at += 1
        self._value(path)
        return table

    def _dotted(self, end: str) -> KeyPath:
        """Read a key up to, not including, the character that ends it."""
        start = self._at
        while self._peek() != end:
            if self._peek() in "\"'":
                self._string()
            else:
                self._at += 1
        written = self._text[start : self._at]
        return _unnested(tomllib.loads(f"{written}=0"))

    def _value(self, path: KeyPath) -> None:
        self._skip_blank()
        match self._peek():
            case '"' | "'":
                self._string()
            case "[":
                self._sequence(path, "]")
            case "{":
                self._sequence(path, "}")
            case _:
                while self._at < len(self._text) and self._peek() not in ",]}#\n":
                    self._at += 1

    def _sequence(self, path: KeyPath, end: str) -> None:
        self._at += 1
        position = 0
        while self._skip_blank() and self._peek() != end:
            if self._peek() == ",":
                self._at += 1
            elif end == "}":
                self._pair(path)
            else:
                self.lines[(*path, position)] = self._line()
                self._value((*path, position))
                position += 1
        self._at += 1

    def _string(self) -> None:
        quote = self._peek()
        fence = quote * 3 if self._text.startswith(quote * 3, self._at) else quote
        self._at += len(fence)
        while not self._text.startswith(fence, self._at):
            self._at += 2 if quote == '"' and self._peek() == "\\" else 1
        self._at += len(fence)
        while len(fence) == 3 and self._peek() == quote:
            # A multi-line string may end in up to two quotes of its own.
            self._at += 1

    def _skip_blank(self) -> bool:
        """Skip white space and comments; return whether anything follows."""
        while self._at < len(self._text):
            if self._peek() == "#":
                end = self._text.find("\n", self._at)
                self._at = len(self._text) if end < 0 else end
            elif self._peek() in " \t\r\n":
                self._at += 1
            else:
                return True
        return False

    def _peek(self) -> str:
        return self._text[self._at : self._at + 1]

    def _line(self) -> int:
        start, line = self._counted
        self._counted = (self._at, line + self._text.count("\n", start, self._at))
        return self._counted[1]


def _unnested(table: dict[str, object]) -> KeyPath:
    keys: KeyPath = ()
    value: object = table
    while isinstance(value, dict):
        ((key, value),) = value.items()
        keys += (key,)
    return keys
