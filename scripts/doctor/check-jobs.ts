import { type Finding, ok, warning } from './check'
import type { Opened } from './check-databases'

const lateMinutes = 10

const query = `SELECT count(*) FILTER (WHERE attempts >= max_attempts AND locked_at IS NULL)::int AS given_up,
  count(*) FILTER (WHERE attempts < max_attempts AND locked_at IS NULL
    AND run_at < now() - make_interval(mins => ${lateMinutes}))::int AS late
  FROM graphile_worker._private_jobs`

/** Jobs that nobody does any more, or that nobody gets to. */
export async function checkGivenUpJobs({ service, client }: Opened): Promise<Finding[]> {
  const { rows: tables } = await client.query(
    `SELECT to_regclass('graphile_worker._private_jobs') IS NOT NULL AS there`,
  )
  if (!tables[0].there) return []
  const { rows } = await client.query<{ given_up: number; late: number }>(query)
  const { given_up: givenUp, late } = rows[0] as { given_up: number; late: number }
  const what = `${service} jobs`
  const see = `see why at GET /api/admin/jobs/${service}, mend it, and have them tried again there`
  const found = [
    ...(givenUp > 0 ? [warning(what, `${givenUp} gave up after their last try`, see)] : []),
    ...(late > 0
      ? [
          warning(
            what,
            `${late} are due for over ${lateMinutes} minutes`,
            `look whether ${service} runs, and at its log`,
          ),
        ]
      : []),
  ]
  return found.length > 0 ? found : [ok(what, 'none gave up, none is late')]
}
