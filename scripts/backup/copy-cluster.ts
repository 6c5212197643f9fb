import { join } from 'node:path'
import type { Client } from 'pg'
import { type Entry, textEntry } from './archive'
import { type ClusterFiles, listClusterFiles, listWal } from './list-cluster-files'
import { readFile, readSteadily } from './read-file'

export type RunningCluster = {
  /** Connected as the admin role; the backup ends with this connection, and so does what PostgreSQL keeps for it. */
  client: Client
  dataDir: string
}
export type Copying = {
  onCopied(bytes: number): void
  /** The data are those of the moment at which `end` ends. What else has to fit them is to be taken right then. */
  atMoment<T>(end: () => Promise<T>): Promise<T>
}

/** The folder of the archive that the cluster is in. */
export const clusterFolder = 'postgres'

/**
 * All databases of a running server as they are at one moment, which is that of the last byte of log in it: files that
 * are copied while they change, and the log that mends them at the first start.
 */
export async function* copyCluster({ client, dataDir }: RunningCluster, copying: Copying): AsyncGenerator<Entry> {
  const first = await beginBackup(client)
  yield* copyFiles(dataDir, listClusterFiles(dataDir), copying)
  const { last, label } = await copying.atMoment(() => endBackup(client))
  yield textEntry(inCluster('backup_label'), label)
  for (const name of listWal(dataDir, first, last)) yield* presentFile(dataDir, name)
}

// The slot keeps the log that is written meanwhile. It is temporary, so a backup that breaks off leaves none.
async function beginBackup(client: Client): Promise<string> {
  await client.query('SELECT pg_create_physical_replication_slot($1, true, true)', [`backup_${process.pid}`])
  const { rows } = await client.query<{ segment: string }>(
    `SELECT pg_walfile_name(pg_backup_start(label => 'duka', fast => true)) AS segment`,
  )
  return (rows[0] as { segment: string }).segment
}

async function endBackup(client: Client): Promise<{ last: string; label: string }> {
  const { rows } = await client.query<{ last: string; label: string }>(
    `SELECT pg_walfile_name(lsn) AS last, labelfile AS label FROM pg_backup_stop(wait_for_archive => false)`,
  )
  return rows[0] as { last: string; label: string }
}

async function* copyFiles(dataDir: string, found: ClusterFiles, { onCopied }: Copying): AsyncGenerator<Entry> {
  yield { name: clusterFolder }
  for (const name of found.directories) yield { name: inCluster(name) }
  for (const name of found.files.slice(0, -1)) {
    for await (const entry of presentFile(dataDir, name)) {
      yield entry
      onCopied(entry.size ?? 0)
    }
  }
  const control = found.files.at(-1) as string
  yield await readSteadily(inCluster(control), join(dataDir, control))
}

// A table that is dropped takes its files with it.
async function* presentFile(dataDir: string, name: string): AsyncGenerator<Entry> {
  const entry = await readFile(inCluster(name), join(dataDir, name))
  if (entry) yield entry
}

function inCluster(name: string): string {
  return `${clusterFolder}/${name}`
}
