"""Settings for a sandbox's recovery, in the order in which they go onto the server's command line.

The command line beats every configuration file in the backup, so nothing stale in there can win.
"""

import shlex
from collections.abc import Mapping

from pgtui.domain.recovery_target import RecoveryTarget, target_settings
from pgtui.domain.server_version import ServerVersion

CONTROL_LIMITS = (
    "max_connections",
    "max_worker_processes",
    "max_wal_senders",
    "max_prepared_xacts",
    "max_locks_per_xact",
)
"""Settings that pg_controldata reports and that a recovery must not have lower than the primary had."""
_SETTING_OF_LIMIT = {
    "max_prepared_xacts": "max_prepared_transactions",
    "max_locks_per_xact": "max_locks_per_transaction",
}


def restore_command(archive: str) -> str:
    """Return the restore_command for a directory of plain segments.

    Tested for first, so that an absent file is exit code 1 and not an error; `%` in a path is doubled,
    because PostgreSQL reads it as a placeholder. A copy, never a link: PostgreSQL writes to the segment.
    """
    directory = shlex.quote(archive.rstrip("/") or "/").replace("%", "%%")
    return f'test -f {directory}/%f && cp {directory}/%f "%p"'


def sandbox_settings(
    version: ServerVersion,
    target: RecoveryTarget,
    *,
    directory: str,
    archive: str,
    limits: Mapping[str, int],
) -> tuple[tuple[str, str], ...]:
    """Return every setting of a sandbox below `directory` that replays from `archive` up to `target`.

    `limits` are the CONTROL_LIMITS read from the backup's control file.
    """
    return (
        *_own_place(directory),
        *_harmless(version),
        *_fast(),
        *(
            (_SETTING_OF_LIMIT.get(name, name), str(limits[name]))
            for name in CONTROL_LIMITS
            if name in limits
        ),
        ("hot_standby", "on"),
        ("restore_command", restore_command(archive)),
        *target_settings(target),
    )


def _own_place(directory: str) -> tuple[tuple[str, str], ...]:
    # data_directory: a value in the backup's postgresql.conf would send the server to the live data.
    return (
        ("data_directory", f"{directory}/data"),
        ("hba_file", f"{directory}/pg_hba.conf"),
        ("ident_file", f"{directory}/pg_ident.conf"),
        ("external_pid_file", ""),
        ("unix_socket_directories", _list_item(f"{directory}/run")),
        ("unix_socket_permissions", "0700"),
        ("unix_socket_group", ""),
        ("listen_addresses", ""),
        ("port", "5432"),
        ("cluster_name", "pgtui sandbox"),
    )


def _list_item(path: str) -> str:
    """Quote a path where the setting is a list of paths."""
    doubled = path.replace('"', '""')
    return f'"{doubled}"' if "," in path or doubled != path else path


def _harmless(version: ServerVersion) -> tuple[tuple[str, str], ...]:
    """Nothing of the original can be reached: no archiving, no replication, no clean-up of its archive."""
    settings = [
        ("archive_mode", "off"),
        ("archive_command", ""),
        ("archive_cleanup_command", ""),
        ("recovery_end_command", ""),
        ("primary_conninfo", ""),
        ("primary_slot_name", ""),
        ("max_logical_replication_workers", "0"),
        ("ssl", "off"),
        ("logging_collector", "off"),
        ("log_destination", "stderr"),
        ("log_min_messages", "warning"),
        ("lc_messages", "C"),
        ("autovacuum", "off"),
    ]
    if version.major >= 15:
        settings.append(("archive_library", ""))
    if version.major >= 17:
        settings.append(("summarize_wal", "off"))
        settings.append(("sync_replication_slots", "off"))
    return tuple(settings)


def _fast() -> tuple[tuple[str, str], ...]:
    """A sandbox is thrown away after a crash, so it need not survive one."""
    return (
        ("fsync", "off"),
        ("full_page_writes", "off"),
        ("synchronous_commit", "off"),
        ("huge_pages", "try"),
        ("shared_buffers", "256MB"),
        ("max_wal_size", "8GB"),
    )
