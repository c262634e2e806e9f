-- A changed setting that waits for a restart is no error, though the view tells it as one.
SELECT f.name, f.setting, f.sourcefile, f.sourceline,
       CASE WHEN f.error IS NULL OR f.error = 'setting could not be applied' AND s.context = 'postmaster'
            THEN '' ELSE f.error END AS error
FROM pg_file_settings f LEFT JOIN pg_settings s ON lower(s.name) = lower(f.name)
ORDER BY f.seqno
