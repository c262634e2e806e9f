SELECT e.extname::text AS name, e.extversion AS version, n.nspname::text AS schema
FROM pg_extension AS e
JOIN pg_namespace AS n ON n.oid = e.extnamespace
ORDER BY e.extname
