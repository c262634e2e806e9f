-- reset_val, not setting: the latter shows "(disabled)" for archive_command while archiving is off.
SELECT json_build_object(
    'version_num', current_setting('server_version_num')::int,
    'in_recovery', pg_is_in_recovery(),
    'is_superuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
    'may_switch', has_function_privilege('pg_switch_wal()', 'EXECUTE'),
    'may_make_restore_point', has_function_privilege('pg_create_restore_point(text)', 'EXECUTE'),
    'allows_alter_system', coalesce(current_setting('allow_alter_system', true), 'on') = 'on',
    'user', current_user,
    'database', current_database(),
    'encoding', current_setting('server_encoding'),
    'sockets', (SELECT setting FROM pg_settings WHERE name = 'unix_socket_directories'),
    'port', current_setting('port')::int,
    'config_file', (SELECT setting FROM pg_settings WHERE name = 'config_file'),
    'sees_files', has_table_privilege('pg_file_settings', 'SELECT')
        AND has_function_privilege('pg_show_all_file_settings()', 'EXECUTE'),
    'sees_identifier', has_function_privilege('pg_control_system()', 'EXECUTE'),
    'settings', (
        SELECT json_agg(json_build_object(
            'name', name, 'value', coalesce(reset_val, ''), 'context', context, 'source', source,
            'pending_restart', pending_restart, 'boot_value', coalesce(boot_val, '')))
        FROM pg_settings
        WHERE name IN ('wal_level', 'archive_mode', 'archive_command', 'archive_library', 'archive_timeout',
                       'max_wal_senders', 'logging_collector', 'log_destination')),
    'waiting', (SELECT coalesce(json_agg(name ORDER BY name), '[]') FROM pg_settings WHERE pending_restart)
)::text
