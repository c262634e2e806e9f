SELECT clock_timestamp() AS taken,
       current_setting('server_version_num')::int AS version_num,
       version() AS version_text,
       pg_is_in_recovery() AS in_recovery,
       pg_postmaster_start_time() AS started,
       current_setting('wal_level') AS wal_level,
       (SELECT setting::bigint FROM pg_settings WHERE name = 'wal_segment_size') AS wal_segment_size,
       -- The session's own is UTC; this is what it would have been.
       (SELECT reset_val FROM pg_settings WHERE name = 'TimeZone') AS time_zone,
       (SELECT setting FROM pg_settings WHERE name = 'data_directory') AS data_directory,
       quote_ident(current_user) AS role
