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

    The comment behind it is in it, unless it looks as if it held a secret: see `hidden_comment`.
    """
    match = _LINE.fullmatch(line)
    if not match:
        return None
    tail = "" if hidden_comment(line) else match["tail"]
    return f"{match['head']}{file_literal(value)}{tail}"


def hidden_comment(line: str) -> int:
    """Return how many bytes at a line's end are a comment that no plan may hold; 0 when it may."""
    match = _LINE.fullmatch(line)
    if not match or masked(match["tail"]) == match["tail"]:
        return 0
    return len(match["tail"].encode(errors="surrogateescape"))


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
# Puts $text in the place of line $old. Where the new line, $done, stands behind it, this was done before.
EXCHANGE = f"""\
[ "${{done:-0}}" -le "${{old:-0}}" ] || exit 0
[ -n "$old" ] || {{ printf '%s was changed meanwhile%s\\n' "$1" "$gone" >&2; exit 1; }}
cp -p -- "$file" "$new"
[ "$old" -gt "$(wc -l <"$file")" ] || end='\\n'
{{ head -n $((old - 1)) -- "$file"; printf "%s${{end-}}" "$text"; tail -n +$((old + 1)) -- "$file"; }} >"$new"
{END}"""
_REPLACE = f"""\
{BEGIN}\
old=$(number_of "$2") done=$(number_of "$3") text=$3 gone=", this line is gone: $2"
{EXCHANGE}"""
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
# Of each setting the file must hold what was written there, or what it held before. All are looked at before
# one is touched: whoever changed one of them since relies on the others too. The words that follow the file's
# are three by three: a setting, its line as it was written, and whatever `line_before` makes of the third.
TAKE_BACK = f"""\
line_of() {{ grep -iE "^[[:space:]]*$2([[:space:]]|=)" -- "$1" | tail -n 1; }}
names= lines= written=
while [ $# -ge 3 ]; do
  now=$(line_of "$file" "$1") before=$(line_before "$@")
  if [ "$now" = "$2" ]; then
    written=1
  elif [ "$now" != "$before" ]; then
    printf '%s was changed meanwhile in %s, so nothing is taken back: undo the newer change first\\n' \\
      "$1" "$file" >&2
    exit 1
  fi
  names="$names${{names:+|}}$1"
  [ -z "$before" ] || lines="$lines$before
"
  shift 3
done
[ -n "$written" ] || exit 0
cp -p -- "$file" "$new"
grep -viE "^[[:space:]]*($names)([[:space:]]|=)" -- "$file" >"$new" || true
printf '%s' "$lines" >>"$new"
{END}"""
_AUTO = f"""\
{BEGIN}\
line_before() {{ printf '%s' "$3"; }}
shift
{TAKE_BACK}"""

# Looked at before any line is taken back: where one was changed since, the others are relied on.
_GUARD = """\
set -eu
LC_ALL=C; export LC_ALL
refuse() {
  printf '%s was changed meanwhile in %s, so nothing is taken back: undo the newer change first\\n' "$@" >&2
  exit 1
}
sets() { grep -qiE "^[[:space:]]*$1([[:space:]]|=)" -- "$2"; }
auto=$1
shift
while [ $# -ge 4 ]; do
  ! sets "$1" "$auto" || refuse "$1" "$auto"
  if [ -z "$2" ] || grep -qxF -e "$4" -- "$2"; then :
  elif [ -n "$3" ]; then grep -qxF -e "$3" -- "$2" || refuse "$1" "$2"
  else ! sets "$1" "$2" || refuse "$1" "$2"
  fi
  shift 4
done
"""


def guard_command(auto_file: str, edits: Mapping[str, LineEdit | None]) -> Command:
    """Return the command that fails where edits, by setting, are not the last word on it any more.

    An edit that is taken back already is as good; None: only postgresql.auto.conf, which wins, is looked at.
    """
    words = [
        word
        for name, edit in edits.items()
        for word in ((name, edit.file, edit.old, edit.new) if edit else (name, "", "", ""))
    ]
    return Command(("sh", "-c", _GUARD, "sh", auto_file, *words))


def edit_command(edit: LineEdit, account: str = SERVER_ACCOUNT) -> Command:
    """Return the command that makes an edit; what is made already is left as it is."""
    if edit.old and edit.new:
        words: tuple[str, ...] = (_REPLACE, "sh", edit.file, edit.old, edit.new)
    elif edit.new:
        words = (_ADD, "sh", edit.file, edit.new)
    else:
        words = (_UNENDED if edit.adds_line_feed else _REMOVE, "sh", edit.file, edit.old)
    return Command(("sh", "-c", *words), user=account)


def auto_command(file: str, written: Mapping[str, str], before: Mapping[str, str | None]) -> Command:
    """Return the command that takes back in postgresql.auto.conf what ALTER SYSTEM wrote there.

    Where any of it was changed since, nothing is changed and it fails. The server may run: it takes the file
    as it is, in one go, and reads it when it is told to reload.
    """
    words = [
        word
        for name, value in written.items()
        for word in (name, auto_line(name, value), _line_or_none(name, before[name]))
    ]
    return Command(("sh", "-c", _AUTO, "sh", file, *words))


def _line_or_none(name: str, value: str | None) -> str:
    return "" if value is None else auto_line(name, value)
