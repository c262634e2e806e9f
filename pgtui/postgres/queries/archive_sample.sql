-- Asked once a second: nothing here reads a table, a directory, or the whole list of settings.
SELECT clock_timestamp() AS taken,
       pg_postmaster_start_time() AS started,
       current_setting('server_version_num')::int AS version_num,
       r.in_recovery,
       -- pg_walfile_name refuses during recovery.
       CASE
           WHEN NOT r.in_recovery THEN ('x' || substr(pg_walfile_name(r.lsn), 1, 8))::bit(32)::int
       END AS timeline,
       r.lsn::text AS lsn,
       pg_size_bytes(current_setting('wal_segment_size')) AS segment_size,
       current_setting('archive_mode') AS mode,
       current_setting('archive_command') AS command,
       coalesce(current_setting('archive_library', true), '') AS library,
       extract(epoch FROM current_setting('archive_timeout')::interval)::int AS timeout,
       current_setting('wal_level') AS wal_level,
       s.archived_count,
       s.last_archived_wal,
       s.last_archived_time,
       s.failed_count,
       s.last_failed_wal,
       s.last_failed_time,
       s.stats_reset,
       a.pid AS archiver_pid,
       a.backend_start AS archiver_started,
       a.wait_event AS archiver_wait_event,
       quote_ident(current_user) AS role,
       pg_has_role('pg_read_all_stats', 'USAGE') AS sees_processes,
       has_function_privilege('pg_ls_waldir()', 'EXECUTE')
           AND has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE') AS sees_wal,
       has_function_privilege('pg_control_checkpoint()', 'EXECUTE')
           AND has_function_privilege('pg_control_recovery()', 'EXECUTE') AS sees_control,
       (
           SELECT coalesce(json_agg(json_build_array(
                      p.slot_name,
                      p.active,
                      p.restart_lsn::text,
                      coalesce(p.wal_status, ''),
                      greatest(0, coalesce(pg_wal_lsn_diff(r.lsn, p.restart_lsn), 0))
                  ) ORDER BY p.restart_lsn), '[]')
           FROM (SELECT * FROM pg_replication_slots ORDER BY restart_lsn LIMIT 100) AS p
       ) AS slots
FROM (
         SELECT i.in_recovery,
                CASE WHEN i.in_recovery THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn
         FROM (SELECT pg_is_in_recovery() AS in_recovery OFFSET 0) AS i
         OFFSET 0
     ) AS r
CROSS JOIN pg_stat_archiver AS s
LEFT JOIN pg_stat_get_activity(NULL) AS a ON a.backend_type = 'archiver'
LIMIT 1
