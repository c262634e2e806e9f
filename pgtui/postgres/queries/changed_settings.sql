-- What this very session set (source 'session') is shown as it was before.
SELECT name,
       CASE WHEN source = 'session' THEN reset_val ELSE setting END AS value,
       coalesce(unit, '') AS unit,
       CASE
           WHEN sourcefile IS NOT NULL THEN sourcefile || ':' || sourceline
           WHEN source = 'session' THEN 'configuration'
           ELSE source
       END AS source,
       pending_restart
FROM pg_settings
WHERE pending_restart
   OR source NOT IN ('default', 'override', 'client', 'session') AND setting IS DISTINCT FROM boot_val
   OR source = 'session' AND reset_val IS DISTINCT FROM boot_val
ORDER BY name
