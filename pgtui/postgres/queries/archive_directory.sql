-- No row's worth of anything when it is missing.
SELECT isdir FROM pg_stat_file(%s, true)
