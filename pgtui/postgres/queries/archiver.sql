SELECT current_setting('archive_mode') AS mode,
       current_setting('archive_command') AS command,
       coalesce(current_setting('archive_library', true), '') AS library,
       (SELECT setting::int FROM pg_settings WHERE name = 'archive_timeout') AS timeout,
       archived_count,
       last_archived_wal,
       last_archived_time,
       failed_count,
       last_failed_wal,
       last_failed_time
FROM pg_stat_archiver
