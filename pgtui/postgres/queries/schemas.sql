SELECT n.oid::bigint AS oid,
       n.nspname::text AS name,
       pg_get_userbyid(n.nspowner)::text AS owner,
       coalesce(c.relations, 0) AS relations
FROM pg_namespace AS n
LEFT JOIN (
    SELECT relnamespace, count(*) AS relations
    FROM pg_class
    WHERE relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'i', 'I')
    GROUP BY relnamespace
) AS c ON c.relnamespace = n.oid
WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
ORDER BY n.nspname
