"""Where base backups and archived WAL are kept."""
