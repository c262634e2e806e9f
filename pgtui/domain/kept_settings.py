"""Settings that must not leave their server, kept there while a plan may still be undone.

A former archive_command may hold a password or key, and nobody can tell from its text alone. So no plan,
script, journal or command line ever holds it: before it is changed, its file is copied beside itself for its
owner only, and what brings it back reads the line out of that copy, on the server's own machine.
"""

from collections.abc import Iterable

from pgtui.domain.archive_command import archive_directory
from pgtui.domain.command import SERVER_ACCOUNT, Command
from pgtui.domain.configuration_edit import BEGIN, END
from pgtui.domain.errors import BadInput
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
# Through a pipe, so that no other program is given the line as an argument, which everybody could read.
_LINE = f"""\
{_KEPT}\
line=$(head -n "$3" -- "$kept" | tail -n 1)
printf '%s\\n' "$line" | grep -qiE "^[[:space:]]*$4([[:space:]]|=)" || {{
  echo "$1 was changed meanwhile: its line $3 does not set $4 any more" >&2; exit 1
}}
number_of_line() {{ printf '%s\\n' "$line" | grep -nxF -f - -- "$file" | tail -n 1 | cut -d : -f 1; }}
"""
_EXCHANGE = f"""\
[ "${{done:-0}}" -le "${{old:-0}}" ] || exit 0
[ -n "$old" ] || {{ echo "$1 was changed meanwhile: the line that sets $4 is another one now" >&2; exit 1; }}
cp -p -- "$file" "$new"
[ "$old" -gt "$(wc -l <"$file")" ] || end='\\n'
{{ head -n $((old - 1)) -- "$file"; printf "%s${{end-}}" "$text"; tail -n +$((old + 1)) -- "$file"; }} >"$new"
{END}"""
_REPLACE = f"""\
{_LINE}\
old=$(number_of_line) done=$(number_of "$5") text=$5
{_EXCHANGE}"""
_RESTORE = f"""\
{_LINE}\
old=$(number_of "$5") done=$(number_of_line) text=$line
{_EXCHANGE}"""
_RESTORE_AUTO = f"""\
{_KEPT}\
cp -p -- "$file" "$new"
grep -vE "^($3) = " -- "$file" >"$new" || true
grep -E "^($3) = " -- "$kept" >>"$new" || true
{END}"""


def keep_command(file: str, token: str, account: str) -> Command:
    """Return the command that keeps a file as it is, readable by its owner only."""
    return _command(account, _KEEP, file, token)


def forget_command(file: str, token: str, account: str) -> Command:
    """Return the command that removes what was kept."""
    return _command(account, _FORGET, file, token)


def replace_command(file: str, token: str, number: int, name: str, new: str, account: str) -> Command:
    """Return the command that puts a line in the place of the kept one; done already, nothing happens."""
    return _command(account, _REPLACE, file, token, str(number), name, new)


def restore_command(file: str, token: str, number: int, name: str, new: str, account: str) -> Command:
    """Return the command that puts the kept line back in the place of the new one."""
    return _command(account, _RESTORE, file, token, str(number), name, new)


def restore_auto_command(file: str, token: str, names: Iterable[str]) -> Command:
    """Return the command that has settings in postgresql.auto.conf as they were kept.

    The server may run: it takes the file as it is, in one go, and reads it when it is told to reload.
    """
    return _command(SERVER_ACCOUNT, _RESTORE_AUTO, file, token, "|".join(names))


def _command(account: str, script: str, *words: str) -> Command:
    return Command(("sh", "-c", script, "sh", *words), user=account)
