SELECT greatest(c.timeline_id, r.min_recovery_end_timeline)
FROM pg_control_checkpoint() AS c, pg_control_recovery() AS r
