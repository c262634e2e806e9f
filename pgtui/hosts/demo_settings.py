"""The settings of a demo's server, wherever it lives."""

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
