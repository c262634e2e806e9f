-- pg_control names the timeline of the last checkpoint, which after a promotion is the one before.
SELECT ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))::bit(32)::int WHERE NOT pg_is_in_recovery()
