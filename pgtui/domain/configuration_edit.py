"""One line of a configuration file exchanged for another, everything else kept byte for byte.

The lines are found by what they are, never by number, so a file that was changed meanwhile is not
spoilt; and no step ever holds more of a file, which may contain passwords, than that one line.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.masked import masked

_LINE = re.compile(
    r"(?P<head>\s*[A-Za-z_][A-Za-z0-9_.]*\s*=?\s*)(?P<value>'(?:[^'\\]|''|\\.)*'|[^\s#']+)(?P<tail>.*)",
    re.DOTALL,
)


@dataclass(frozen=True)
class LineEdit:
    """A line to be put into a file in the place of another."""

    file: str
    old: str
    """The line as it is, without its line feed; "": a line is added at the end."""
    new: str
    """The line as it will be; "": the line is taken out."""
    adds_line_feed: bool = False
    """Whether the file's last line has no line feed: adding a line then adds two, removing it takes both."""

    @property
    def reverse(self) -> "LineEdit":
        """What brings the file back to what it was."""
        return LineEdit(self.file, self.new, self.old, self.adds_line_feed)


def file_literal(value: str) -> str:
    """Return a value as it is written in a configuration file."""
    if re.fullmatch(r"[A-Za-z0-9_]+", value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"


def added_line(name: str, value: str) -> str:
    """Return the line that sets a value."""
    return f"{name} = {file_literal(value)}"


def auto_line(name: str, value: str) -> str:
    """Return the line that ALTER SYSTEM writes."""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"{name} = '{escaped}'"


def changed_line(line: str, value: str) -> str | None:
    """Return a line with another value; None when it sets nothing.

    The comment behind it is kept, unless it looks as if it held a secret.
    """
    match = _LINE.fullmatch(line)
    if not match:
        return None
    tail = match["tail"] if masked(match["tail"]) == match["tail"] else ""
    return f"{match['head']}{file_literal(value)}{tail}"


# The new file takes the old one's place in one go, with its owner and mode; a link to it stays a link. Where
# the file is a mount of its own it cannot be replaced, and is written anew.
BEGIN = """\
set -eu
LC_ALL=C; export LC_ALL
file=$(readlink -f -- "$1")
new=$file.pgtui
trap 'rm -f -- "$new"' EXIT
number_of() { grep -nxF -e "$1" -- "$file" | tail -n 1 | cut -d : -f 1; }
"""
END = """\
sync "$new" 2>/dev/null || sync
mv -f -- "$new" "$file" 2>/dev/null || cat -- "$new" >"$file"
"""
# Where the new line stands behind the old one, this was done before.
_REPLACE = f"""\
{BEGIN}\
old=$(number_of "$2") done=$(number_of "$3")
[ "${{done:-0}}" -le "${{old:-0}}" ] || exit 0
[ -n "$old" ] || {{ echo "$1 was changed meanwhile, this line is gone: $2" >&2; exit 1; }}
cp -p -- "$file" "$new"
[ "$old" -gt "$(wc -l <"$file")" ] || end='\\n'
{{ head -n $((old - 1)) -- "$file"; printf "%s${{end-}}" "$3"; tail -n +$((old + 1)) -- "$file"; }} >"$new"
{END}"""
_ADD = f"""\
{BEGIN}\
[ -z "$(number_of "$2")" ] || exit 0
cp -p -- "$file" "$new"
[ -z "$(tail -c 1 -- "$new")" ] || echo >>"$new"
printf '%s\\n' "$2" >>"$new"
{END}"""
_REMOVE = f"""\
{BEGIN}\
old=$(number_of "$2")
[ -n "$old" ] || exit 0
cp -p -- "$file" "$new"
{{ head -n $((old - 1)) -- "$file"; tail -n +$((old + 1)) -- "$file"; }} >"$new"
{END}"""
_UNENDED = f"""\
{_REMOVE}\
cp -p -- "$file" "$new"
head -c $(($(wc -c <"$file") - 1)) -- "$file" >"$new"
{END}"""
_AUTO = f"""\
{BEGIN}\
names=$2
shift 2
cp -p -- "$file" "$new"
grep -vE "^($names) = " -- "$file" >"$new" || true
for line do printf '%s\\n' "$line"; done >>"$new"
{END}"""


def edit_command(edit: LineEdit, account: str = SERVER_ACCOUNT) -> Command:
    """Return the command that makes an edit; what is made already is left as it is."""
    if edit.old and edit.new:
        words: tuple[str, ...] = (_REPLACE, "sh", edit.file, edit.old, edit.new)
    elif edit.new:
        words = (_ADD, "sh", edit.file, edit.new)
    else:
        words = (_UNENDED if edit.adds_line_feed else _REMOVE, "sh", edit.file, edit.old)
    return Command(("sh", "-c", *words), user=account)


def auto_command(file: str, values: Mapping[str, str | None]) -> Command:
    """Return the command that does in postgresql.auto.conf what ALTER SYSTEM does, while no server runs."""
    lines = [auto_line(name, value) for name, value in values.items() if value is not None]
    return Command(("sh", "-c", _AUTO, "sh", file, "|".join(values), *lines))
