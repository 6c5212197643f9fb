import { Client } from 'pg'
import type { Books } from '../audit/books'
import type { Finding } from '../audit/finding'
import { auditUntilQuiet, type Result } from '../audit/run-audit'

/**
 * The simulated phone rings for 8 s, money follows a failure after 15, and what is told comes 4 late: whoever asks a
 * provider sooner asks about what is still to happen.
 */
const settleSeconds = 30

/** True of what a job, or a provider, ends by itself. What takes a person's decision, or days, is waited for by nobody. */
export function endsByItself({ cover = '' }: Finding): boolean {
  return cover !== '' && !/^review|person/.test(cover)
}

/** Audits until nothing is open but what a person decides; whatever has a time of its own comes first once the providers are done. */
export function waitForQuiet(books: Books, databaseUrls: Record<string, string>, seconds: number): Promise<Result[]> {
  const hastenFrom = Date.now() + settleSeconds * 1000
  const hasten = async () => {
    if (Date.now() > hastenFrom) await hastenSchedules(databaseUrls)
  }
  return auditUntilQuiet(books, seconds, { isAwaited: endsByItself, hasten })
}

const nextTries = `UPDATE graphile_worker._private_jobs SET run_at = now()
  WHERE run_at > now() AND locked_at IS NULL AND attempts < max_attempts`
const nextQuestions = ['payments', 'refunds'].map(
  (table) => `UPDATE ${table} SET next_check_at = now() WHERE next_check_at > now()`,
)

/**
 * Brings forward the tries of jobs that were put off, and the questions to providers, which are up to five minutes apart.
 * What has no next time gets none, so what was forgotten stays open.
 */
export async function hastenSchedules(databaseUrls: Record<string, string>): Promise<void> {
  for (const [name, url] of Object.entries(databaseUrls)) {
    await run(url, name === 'payment' ? [nextTries, ...nextQuestions] : [nextTries])
  }
}

async function run(connectionString: string, statements: string[]): Promise<void> {
  const client = new Client({ connectionString, application_name: 'prove' })
  await client.connect()
  try {
    for (const sql of statements) await client.query(sql)
  } finally {
    await client.end()
  }
}
