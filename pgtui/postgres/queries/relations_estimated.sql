-- Sizes as of the last VACUUM or ANALYZE: no file is opened, and no lock of another session is waited for.
SELECT c.oid::bigint AS oid,
       c.relname::text AS name,
       c.relkind::text AS kind,
       pg_get_userbyid(c.relowner)::text AS owner,
       (c.relpages + coalesce(t.relpages, 0))::bigint * current_setting('block_size')::bigint AS size,
       CASE WHEN c.relkind IN ('r', 'm') AND (c.reltuples > 0 OR c.reltuples = 0 AND c.relpages > 0)
            THEN c.reltuples::bigint END AS rows
FROM pg_class AS c
LEFT JOIN pg_class AS t ON t.oid = c.reltoastrelid
WHERE c.relnamespace = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I')
ORDER BY c.relname
