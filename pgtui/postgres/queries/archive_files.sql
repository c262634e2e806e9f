SELECT n.name
FROM unnest(%(names)s::text[]) AS n(name)
WHERE EXISTS (
    SELECT
    FROM unnest(%(suffixes)s::text[]) AS e(suffix)
    CROSS JOIN LATERAL pg_stat_file(%(directory)s || '/' || n.name || e.suffix, true) AS f
    WHERE NOT f.isdir
)
