/** SQL: every job that waits, for its time or in the queue. */
export const waitingJobs = `(
  SELECT task, key, payload::jsonb AS payload, run_at, 0 AS attempts FROM delayed_jobs
  UNION ALL
  SELECT q.task_identifier, q.key, p.payload::jsonb, q.run_at, q.attempts
  FROM graphile_worker.jobs q JOIN graphile_worker._private_jobs p USING (id)) AS waiting_jobs`

/** SQL: the time of every job has come. */
export const letJobsBeDue = `
  WITH delayed AS (UPDATE delayed_jobs SET run_at = now() - interval '1 second')
  UPDATE graphile_worker._private_jobs SET run_at = now() - interval '1 second'`

/** SQL: no job is left. */
export const loseJobs = `WITH delayed AS (DELETE FROM delayed_jobs) DELETE FROM graphile_worker._private_jobs`
