SELECT has_function_privilege('pg_stat_file(text,boolean)', 'EXECUTE')
   AND pg_has_role('pg_read_server_files', 'USAGE')
