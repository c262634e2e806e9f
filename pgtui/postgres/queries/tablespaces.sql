SELECT t.oid::bigint AS oid,
       t.spcname::text AS name,
       pg_tablespace_location(t.oid) AS location
FROM pg_tablespace AS t
ORDER BY t.spcname
