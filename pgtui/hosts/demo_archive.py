"""How a demo archives its WAL: the command that neither overwrites nor fills an unmounted directory."""

import shlex

ARCHIVE_MARKER = ".pgtui-archive"
"""A file that says that the archive is really there."""


def archive_command(archive: str) -> str:
    """Return an archive_command for a directory: atomic, idempotent, and only when the marker is there."""
    directory = shlex.quote(archive).replace("%", "%%")
    return (
        f'd={directory}; f="$d/%f"; t="$d/.%f.tmp"; '
        f'[ -f "$d/{ARCHIVE_MARKER}" ] || {{ echo "archive $d not mounted" >&2; exit 10; }}; '
        'if [ -e "$f" ]; then cmp -s "%p" "$f" && exit 0; '
        'echo "%f exists with different contents" >&2; exit 11; fi; '
        'dd if="%p" of="$t" bs=1M conv=fsync status=none && mv "$t" "$f" && sync "$d"'
    )


SETTINGS = (
    ("wal_level", "replica"),
    ("archive_mode", "on"),
    ("track_commit_timestamp", "on"),
    ("max_connections", "20"),
    ("shared_buffers", "32MB"),
    # It is thrown away at the end, so it need not survive a crash of the machine.
    ("fsync", "off"),
    ("full_page_writes", "on"),
)
"""Settings of a demo's server on every host, beside its archive_command."""
