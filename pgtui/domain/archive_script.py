"""Waiting for settings and for an archived segment, as bash lines: what services/archive_proof.py does."""

import shlex
from collections.abc import Callable

from pgtui.domain.archive_sample import COMPRESSED
from pgtui.domain.plan import AwaitSettings, ProveArchiving
from pgtui.domain.sql import FILE_ERRORS, settings_query

AsServer = Callable[..., str]
"""Writes a command's words, quoted for bash, so that it runs where the server runs, as its account."""

_HASH = 'sha256sum <"$1" | cut -d " " -f 1'
# Only these endings: `.partial` and `.00000028.backup` are other files.
_NAMES = " ".join(('"$1"', *(f'"$1"{ending}' for ending in COMPRESSED)))
_FOUND = f'for file in {_NAMES}; do [ ! -f "$file" ] || {{ printf "%s\\n" "$file"; exit 0; }}; done'


def await_settings_lines(psql: str, step: AwaitSettings) -> tuple[str, ...]:
    """Write the wait for settings; `psql` ends where `-c STATEMENT` is to follow."""
    missing = f"{psql} -c {shlex.quote(settings_query(step.settings))}"
    return (
        "tries=0",
        f'until missing=$({missing} 2>&1) && [ -z "$missing" ]; do',
        "  tries=$((tries + 1))",
        "  if [ $tries -gt 60 ]; then",
        '    echo "The server does not have the settings: $missing" >&2',
        f"    {psql} -c {shlex.quote(FILE_ERRORS)} >&2; exit 1",
        "  fi",
        "  sleep 0.5",
        "done",
    )


def prove_archiving_lines(psql: str, as_server: AsServer, step: ProveArchiving) -> tuple[str, ...]:
    """Write the switch of WAL, the wait, and the comparison."""

    def asked(sql: str) -> str:
        return f"$({psql} -c {shlex.quote(sql)})"

    def hashed(directory: str) -> str:
        return f'$({as_server("sh", "-c", _HASH, "sh")} {shlex.quote(directory)}/"$segment")'

    lines = [
        f"failed={asked('SELECT failed_count FROM pg_stat_archiver')}",
        f"segment={asked(step.switch)}",
        f"original={hashed(f'{step.data_directory}/pg_wal')}",
        "tries=0",
        "while :; do",
        f"""  last={asked("SELECT coalesce(left(last_archived_wal, 24), '') FROM pg_stat_archiver")}""",
        '  if [[ ! "$last" < "$segment" ]]; then break; fi',
        "  tries=$((tries + 1))",
        f"  now={asked('SELECT failed_count FROM pg_stat_archiver')}",
        "  if [ $tries -gt 120 ] || [ $((now - failed)) -ge 2 ]; then",
        '    echo "The server cannot archive $segment: its log tells why." >&2; exit 1',
        "  fi",
        "  sleep 0.5",
        "done",
    ]
    if not step.archive:
        return (*lines, 'echo "The server has archived $segment."')
    copy = f'{as_server("sh", "-c", _FOUND, "sh")} {shlex.quote(step.archive)}/"$segment"'
    return (
        *lines,
        f"copy=$({copy})",
        'case "$copy" in',
        '  "") echo "$segment is not in the archive." >&2; exit 1;;',
        '  */"$segment")',
        f'    if [ {hashed(step.archive)} != "$original" ]; then',
        '      echo "$copy is not what the server wrote." >&2; exit 1',
        "    fi",
        '    echo "$copy is the same as the server wrote, byte for byte.";;',
        '  *) echo "$copy is there: it is compressed, so it was not compared.";;',
        "esac",
    )
