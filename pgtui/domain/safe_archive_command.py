"""The archive_command that pgtui sets: what it is, and what its exit codes mean."""

import shlex

from pgtui.domain.archive_draft import clean_directory

ARCHIVE_MARK = ".pgtui-archive"
"""An empty file in the archive: where it is missing, a volume is not mounted, and nothing may be written."""

NOT_MOUNTED, OTHER_CONTENT, NOT_WRITTEN = 10, 11, 12
"""Exit codes. All are below 126: the server counts only those as failures, and tries again."""

# Written to a name of its own and renamed when it is on disk: a segment is in the archive whole or not at
# all. An identical file is success, because the server archives the last segment once more after a crash.
_COMMAND = (
    'd={directory}; f="$d/%f"; t="$d/.%f.tmp"; '
    '[ -f "$d/{mark}" ] || {{ echo "archive $d not mounted" >&2; exit {not_mounted}; }}; '
    'if [ -e "$f" ]; then cmp -s "%p" "$f" && exit 0; '
    'echo "%f exists with different contents" >&2; exit {other_content}; fi; '
    'dd if="%p" of="$t" bs=1M conv=fsync status=none && mv "$t" "$f" && sync "$d" '
    '|| {{ rm -f "$t"; exit {not_written}; }}'
)
PROGRAMS = ("cmp", "dd", "mv", "sync", "rm")
"""What the command needs where the server runs, beside a shell."""


def safe_command(directory: str) -> str:
    """Return an archive_command that is atomic and never overwrites, for any absolute directory."""
    return _COMMAND.format(
        directory=shlex.quote(clean_directory(directory)).replace("%", "%%"),
        mark=ARCHIVE_MARK,
        not_mounted=NOT_MOUNTED,
        other_content=OTHER_CONTENT,
        not_written=NOT_WRITTEN,
    )
