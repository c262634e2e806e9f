SELECT d.oid::bigint AS oid,
       d.datname::text AS name,
       pg_get_userbyid(d.datdba)::text AS owner,
       pg_encoding_to_char(d.encoding)::text AS encoding,
       CASE WHEN d.datlocprovider = 'i' THEN d.daticulocale || ' (ICU)' ELSE d.datcollate END AS collation,
       d.datallowconn AS allows_connections,
       d.datistemplate AS is_template
FROM pg_database AS d
ORDER BY d.datname
