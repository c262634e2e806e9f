SELECT c.oid::bigint AS oid,
       c.relname::text AS name,
       c.relkind::text AS kind,
       pg_get_userbyid(c.relowner)::text AS owner,
       pg_table_size(c.oid) AS size,
       CASE WHEN c.relkind IN ('r', 'p', 'm') AND c.reltuples >= 0 THEN c.reltuples::bigint END AS rows
FROM pg_class AS c
WHERE c.relnamespace = %s AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I')
ORDER BY c.relname
