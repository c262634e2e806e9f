SELECT n.oid::bigint,
       (SELECT count(*) FROM pg_class AS c WHERE c.relnamespace = n.oid)
FROM pg_namespace AS n
WHERE n.nspname = %s
