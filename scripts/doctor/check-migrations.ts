import { type Finding, ok, warning, wrong } from './check'
import type { Opened } from './check-databases'

type MigrationsModule = { migrations: readonly { name: string }[] }

/** Whether the tables are those that this program expects. */
export async function checkMigrations({ service, client, installation }: Opened): Promise<Finding[]> {
  const code = installation.load(service, 'migrations') as MigrationsModule | undefined
  const what = `${service} migrations`
  if (!code) return [warning(what, 'not checked: its program is not here', 'build it with npm run build')]
  const { rows: tables } = await client.query(`SELECT to_regclass('"SequelizeMeta"') IS NOT NULL AS there`)
  const done = tables[0].there ? (await client.query<{ name: string }>('SELECT name FROM "SequelizeMeta"')).rows : []
  return compareMigrations(
    what,
    done.map(({ name }) => name),
    code.migrations.map(({ name }) => name),
  )
}

export function compareMigrations(what: string, done: string[], wanted: string[]): Finding[] {
  const pending = wanted.filter((name) => !done.includes(name))
  const unknown = done.filter((name) => !wanted.includes(name))
  if (unknown.length > 0) {
    return [
      wrong(
        what,
        `the database is newer than this program: ${unknown.join(', ')}`,
        'run the version of Duka that made them',
      ),
    ]
  }
  if (pending.length > 0) {
    return [
      warning(what, `not done yet: ${pending.join(', ')}`, 'start the service with this program: it migrates first'),
    ]
  }
  return [ok(what, `all ${wanted.length} done`)]
}
