SELECT has_function_privilege('pg_ls_waldir()', 'EXECUTE')
   AND has_function_privilege('pg_ls_archive_statusdir()', 'EXECUTE')
