"""The archive_command that pgtui sets: what it is, and what its exit codes mean."""

import shlex

from pgtui.domain.archive_draft import clean_directory

ARCHIVE_MARK = ".pgtui-archive"
"""An empty file in the archive: where it is missing, a volume is not mounted, and nothing may be written."""

NOT_MOUNTED, OTHER_CONTENT, NOT_WRITTEN = 10, 11, 12
"""Exit codes. All are below 126: the server counts only those as failures, and tries again."""

# Written to a name of its own and given the segment's name when it is on disk: a segment is in the archive
# whole or not at all. `set -C` makes the name its own even where two containers count processes alike, and
# link(1) fails where something has the segment's name, so of several runs one alone puts its file there: only
# a file system without hard links gets `mv -n`. Whoever put it there, success is an identical file on disk:
# the server archives the last segment once more after a crash. Files of killed runs are removed only when
# the segment is there: a run that loses its own by it can no longer put anything there.
_COMMAND = (
    'd={directory}; n=%f; p=%p; f="$d/$n"; t="$d/.$n-$$.tmp"; '
    '[ -f "$d/{mark}" ] || {{ echo "archive $d not mounted" >&2; exit {not_mounted}; }}; '
    'if ! [ -e "$f" ]; then set -C; true >"$t" || exit {not_written}; '
    'dd if="$p" of="$t" bs=1M conv=fsync status=none && '
    '{{ link "$t" "$f" 2>/dev/null || [ -e "$f" ] || mv -n "$t" "$f"; }}; '
    'rm -f "$t"; [ -e "$f" ] || [ -L "$f" ] || exit {not_written}; fi; '
    'cmp -s "$p" "$f" || {{ echo "$n exists with different contents" >&2; exit {other_content}; }}; '
    'rm -f "$d/.$n.tmp" "$d/.$n-"*.tmp; sync "$f" "$d" || exit {not_written}'
)
PROGRAMS = ("cmp", "dd", "link", "mv", "sync", "rm")
"""What the command needs where the server runs, beside a shell."""

MAX_COMMAND = 1023
"""Bytes of a command with its names put in: PostgreSQL 15 and older cut off what is longer (MAXPGPATH)."""
_LONGEST_NAME = "0" * 24 + ".00000000.backup"


def safe_command(directory: str) -> str:
    """Return an archive_command that is atomic and never overwrites, for any absolute directory."""
    return _COMMAND.format(
        directory=shlex.quote(clean_directory(directory)).replace("%", "%%"),
        mark=ARCHIVE_MARK,
        not_mounted=NOT_MOUNTED,
        other_content=OTHER_CONTENT,
        not_written=NOT_WRITTEN,
    )


def command_bytes(directory: str) -> int:
    """Return how long the command may become when the server has put a file's names into it."""
    command = safe_command(directory).replace("%%", " ")
    command = command.replace("%p", f"pg_wal/{_LONGEST_NAME}").replace("%f", _LONGEST_NAME)
    return len(command.encode(errors="surrogateescape"))
