"""pgtui: a terminal console for PostgreSQL backup and recovery."""

__version__ = "0.1.0"
