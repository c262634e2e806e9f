SELECT rolname::text AS name,
       rolcanlogin AS can_login,
       rolsuper AS is_superuser,
       rolreplication AS can_replicate,
       -- 'infinity' is as good as none; the other end is kept within what a date can hold.
       CASE WHEN rolvaliduntil < '9999-01-01' THEN greatest(rolvaliduntil, '0002-01-01') END AS valid_until
FROM pg_roles
WHERE rolname !~ '^pg_'
ORDER BY rolname
