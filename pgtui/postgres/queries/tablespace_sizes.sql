SELECT t.oid::bigint,
       CASE WHEN has_tablespace_privilege(t.oid, 'CREATE') OR pg_has_role('pg_read_all_stats', 'USAGE')
            THEN pg_tablespace_size(t.oid) END
FROM pg_tablespace AS t
