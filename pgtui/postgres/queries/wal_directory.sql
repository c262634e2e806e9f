-- Everything is counted here: 100,000 files that wait are as many rows for the server, and one for us.
WITH status AS MATERIALIZED (
    SELECT left(name, -6) COLLATE "C" AS file, modification, length(name) = 30 AS is_segment
    FROM pg_ls_archive_statusdir()
    WHERE name LIKE '%%.ready'
),
wal AS MATERIALIZED (
    SELECT name COLLATE "C" AS name, size, length(name) = 24 AS is_segment
    FROM pg_ls_waldir()
)
SELECT clock_timestamp() AS taken,
       t.ready,
       t.oldest_ready,
       ARRAY(SELECT file FROM status WHERE is_segment ORDER BY file LIMIT %(most)s) AS ready_names,
       t.other_ready,
       w.segments,
       w.size,
       ARRAY(SELECT name FROM wal WHERE is_segment ORDER BY name DESC LIMIT %(most)s) AS names
FROM (
         SELECT count(*) FILTER (WHERE is_segment) AS ready,
                min(modification) FILTER (WHERE is_segment) AS oldest_ready,
                count(*) FILTER (WHERE NOT is_segment) AS other_ready
         FROM status
     ) AS t
CROSS JOIN (
         SELECT count(*) FILTER (WHERE is_segment) AS segments,
                coalesce(sum(size), 0)::bigint AS size
         FROM wal
     ) AS w
