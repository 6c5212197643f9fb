import { Client } from 'pg'

export type OwnedDatabase = { database: string; role: string; password: string }

/**
 * Makes databases that do not exist yet, each with a login role that owns it and can connect to no other one.
 * The passwords given replace earlier ones.
 */
export async function createDatabasesWithRoles(adminUrl: string, wanted: OwnedDatabase[]): Promise<void> {
  const client = new Client({ connectionString: adminUrl })
  await client.connect()
  try {
    await client.query('REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC')
    for (const each of wanted) await createDatabase(client, each)
  } finally {
    await client.end()
  }
}

async function createDatabase(client: Client, { database, role, password }: OwnedDatabase): Promise<void> {
  const [databaseName, roleName] = [client.escapeIdentifier(database), client.escapeIdentifier(role)]
  const hasRole = await exists(client, 'SELECT 1 FROM pg_roles WHERE rolname = $1', role)
  await client.query(
    `${hasRole ? 'ALTER' : 'CREATE'} ROLE ${roleName} LOGIN PASSWORD ${client.escapeLiteral(password)}`,
  )
  const hasDatabase = await exists(client, 'SELECT 1 FROM pg_database WHERE datname = $1', database)
  if (!hasDatabase) await client.query(`CREATE DATABASE ${databaseName} OWNER ${roleName}`)
  await client.query(`REVOKE CONNECT, TEMPORARY ON DATABASE ${databaseName} FROM PUBLIC`)
}

async function exists(client: Client, query: string, name: string): Promise<boolean> {
  return (await client.query(query, [name])).rows.length > 0
}
