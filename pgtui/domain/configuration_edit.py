"""One line of a configuration file exchanged for another, everything else kept byte for byte.

The lines are found by what they are, never by number, so a file that was changed meanwhile is not
spoilt; and no step ever holds more of a file, which may contain passwords, than that one line.
"""

import re
from dataclasses import dataclass

from pgtui.domain.command import SERVER_ACCOUNT, Command

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


def auto_line(name: str, value: str | None) -> str:
    """Return the line that ALTER SYSTEM writes; "" for a setting that it resets."""
    if value is None:
        return ""
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"{name} = '{escaped}'"


def changed_line(line: str, value: str) -> str | None:
    """Return a line with another value, the comment behind it kept; None when it sets nothing."""
    match = _LINE.fullmatch(line)
    return f"{match['head']}{file_literal(value)}{match['tail']}" if match else None


# The new file takes the old one's place in one go, with its owner and mode; a link to it stays a link. Where
# the file is a mount of its own it cannot be replaced, and is written anew.
_SCRIPT = r"""
set -eu
while [ $# -ge 4 ]; do
file=$(readlink -f -- "$1") new=$file.pgtui
ends=; [ -z "$(tail -c 1 -- "$file")" ] && ends=1
trap 'rm -f -- "$new"' EXIT
rm -f -- "$new"
cp -p -- "$file" "$new"
OLD=$2 NEW=$3 ENDS=$ends CUT=$4 LC_ALL=C awk '
  BEGIN { old = ENVIRON["OLD"] ""; new = ENVIRON["NEW"] ""; ends = ENVIRON["ENDS"] "" }
  { line[NR] = $0 "" }
  END {
    count = NR; at = NR; while (at > 0 && (line[at] != old || old == "")) at--
    done = NR; while (done > 0 && (line[done] != new || new == "")) done--
    if (old == "") { if (!done) { line[++count] = new; ends = 1 } }
    # Where the new line stands behind the old one, this was done before.
    else if (at > done && new == "") {
      for (n = at; n < count; n++) line[n] = line[n + 1]
      if (at == count && ENVIRON["CUT"] != "") ends = ""
      count--
    }
    else if (at > done) line[at] = new
    else if (new != "" && !done) exit 3
    for (n = 1; n <= count; n++) printf "%s%s", line[n], (n < count || ends != "" ? "\n" : "")
  }' "$file" >"$new" || { echo "$1 was changed meanwhile: its line is not there any more: $2" >&2; exit 1; }
sync "$new" 2>/dev/null || sync
mv -f -- "$new" "$file" 2>/dev/null || cat "$new" >"$file"
shift 4
done
"""


def edit_command(edits: tuple[LineEdit, ...], account: str = SERVER_ACCOUNT) -> Command:
    """Return the command that makes edits, one after the other; what is made already is left as it is."""
    words = [
        word for edit in edits for word in (edit.file, edit.old, edit.new, "1" if edit.adds_line_feed else "")
    ]
    return Command(("sh", "-c", _SCRIPT.lstrip(), "sh", *words), user=account)
