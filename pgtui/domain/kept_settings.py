"""Settings that must not leave their server, kept there while a plan may still be undone.

A former archive_command may hold a password or key, and nobody can tell from its text alone. So no plan,
script, journal or command line ever holds it: before it is changed, its file is copied beside itself for its
owner only, and what brings it back reads the line out of that copy, on the server's own machine.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.configuration_edit import BEGIN, EXCHANGE, TAKE_BACK, auto_line
from pgtui.domain.errors import BadInput
from pgtui.domain.masked import masked
from pgtui.domain.safe_archive_command import safe_command

SEALED = "archive_command"


def is_sealed(name: str, value: str | None) -> bool:
    """Whether a setting's value is to stay where it is: any archive_command that pgtui did not write."""
    if name != SEALED or not value:
        return False
    try:
        return value != safe_command(archive_directory(value) or "")
    except BadInput:
        return True


def told_value(name: str, value: str) -> str:
    """Return a setting's value as it may be shown; what is sealed is only said to be there."""
    return "another command" if is_sealed(name, value) else masked(value)


def kept_path(file: str, token: str) -> str:
    """Return where a file is kept; PostgreSQL reads only names that end in .conf from a directory."""
    return f"{file}.pgtui-{token}"


_KEEP = f"""\
{BEGIN}\
umask 077
rm -f -- "$new"
cat -- "$file" >"$new"
chown --reference="$file" -- "$new" 2>/dev/null || true
sync "$new" 2>/dev/null || sync
mv -f -- "$new" "$file.pgtui-$2"
"""
_FORGET = f"""\
{BEGIN}\
rm -f -- "$file.pgtui-$2"
"""
_KEPT = f"""\
{BEGIN}\
kept=$file.pgtui-$2
[ -r "$kept" ] || {{ echo "$kept is gone: set by hand in $1 what was there before" >&2; exit 1; }}
"""
# Through a pipe, so that no other program is given a line as an argument, which everybody could read. Of the
# kept line's end so many bytes belong to the new one as well: a comment that may hold a secret too.
_LINE = f"""\
{_KEPT}\
line=$(head -n "$3" -- "$kept" | tail -n 1)
printf '%s\\n' "$line" | grep -qiE "^[[:space:]]*$4([[:space:]]|=)" || {{
  echo "$1 was changed meanwhile: its line $3 does not set $4 any more" >&2; exit 1
}}
changed=$5$(printf '%s' "$line" | tail -c "$6")
gone=": the line that sets $4 is another one now"
number_of() {{ printf '%s\\n' "$1" | grep -nxF -f - -- "$file" | tail -n 1 | cut -d : -f 1; }}
"""
_REPLACE = f"""\
{_LINE}\
old=$(number_of "$line") done=$(number_of "$changed") text=$changed
{EXCHANGE}"""
_RESTORE = f"""\
{_LINE}\
old=$(number_of "$changed") done=$(number_of "$line") text=$line
{EXCHANGE}"""
_RESTORE_AUTO = f"""\
{_KEPT}\
line_before() {{ line_of "$kept" "$1"; }}
shift 2
{TAKE_BACK}"""


def keep_command(file: str, token: str, account: str) -> Command:
    """Return the command that keeps a file as it is, readable by its owner only."""
    return _command(account, _KEEP, file, token)


def forget_command(file: str, token: str, account: str) -> Command:
    """Return the command that removes what was kept."""
    return _command(account, _FORGET, file, token)


@dataclass(frozen=True)
class KeptLine:
    """A line of a kept file, and what takes its place."""

    file: str
    token: str
    number: int
    name: str
    """The setting that it sets."""
    new: str
    """The line in its place, without the comment that stays behind it."""
    hidden: int = 0
    """How many bytes of the kept line's end are that comment."""
    account: str = SERVER_ACCOUNT

    @property
    def words(self) -> tuple[str, ...]:
        """What the scripts are given."""
        return self.file, self.token, str(self.number), self.name, self.new, str(self.hidden)


def replace_command(line: KeptLine) -> Command:
    """Return the command that puts a line in the place of the kept one; done already, nothing happens."""
    return _command(line.account, _REPLACE, *line.words)


def restore_command(line: KeptLine) -> Command:
    """Return the command that puts the kept line back in the place of the new one."""
    return _command(line.account, _RESTORE, *line.words)


def restore_auto_command(file: str, token: str, written: Mapping[str, str]) -> Command:
    """Return the command that has settings in postgresql.auto.conf as they were kept.

    Where any of what ALTER SYSTEM wrote was changed since, nothing is changed and it fails.
    """
    words = [word for name, value in written.items() for word in (name, auto_line(name, value), "")]
    return _command(SERVER_ACCOUNT, _RESTORE_AUTO, file, token, *words)


def _command(account: str, script: str, *words: str) -> Command:
    return Command(("sh", "-c", script, "sh", *words), user=account)
