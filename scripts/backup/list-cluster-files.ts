import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { OperatorError } from '../operator-error'

export type ClusterFiles = { directories: string[]; files: string[]; bytes: number }

// What PostgreSQL makes anew at a start, and what would mislead one: the same that pg_basebackup leaves out.
const emptied = new Set([
  'pg_dynshmem',
  'pg_notify',
  'pg_replslot',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
  'pg_wal/archive_status',
  'pg_wal/summaries',
])
const leftOut = /^(postmaster\.(pid|opts)|backup_label(\.old)?|tablespace_map(\.old)?|postgresql\.auto\.conf\.tmp)$/
const leftOutAnywhere = /(^|\/)(pgsql_tmp[^/]*|pg_internal\.init[^/]*)$/
const walSegment = /^pg_wal\/[^/]+$/
const control = 'global/pg_control'

/** The files of a data folder that a backup takes, from its top; pg_control, which has to be copied last, is last. */
export function listClusterFiles(dataDir: string): ClusterFiles {
  const found: ClusterFiles = { directories: [], files: [], bytes: 0 }
  walk(dataDir, '', found)
  found.files = [...found.files.filter((name) => name !== control), control]
  return found
}

function walk(dataDir: string, folder: string, found: ClusterFiles): void {
  for (const entry of readdirSync(join(dataDir, folder), { withFileTypes: true })) {
    const name = folder ? `${folder}/${entry.name}` : entry.name
    if (leftOut.test(name) || leftOutAnywhere.test(name)) continue
    if (entry.isSymbolicLink()) {
      throw new OperatorError(`${join(dataDir, name)} is a link, and what lies behind it would not be in the backup.`)
    }
    if (entry.isDirectory()) {
      found.directories.push(name)
      if (!emptied.has(name)) walk(dataDir, name, found)
    } else if (!walSegment.test(name)) {
      found.files.push(name)
      found.bytes += statSync(join(dataDir, name), { throwIfNoEntry: false })?.size ?? 0
    }
  }
}

const segmentsPerLog = 256

/** The segments of the write-ahead log from one to another, all of which have to be there. */
export function listWal(dataDir: string, first: string, last: string): string[] {
  const names = readdirSync(join(dataDir, 'pg_wal'))
    .filter((name) => /^[0-9A-F]{24}$/.test(name) && name >= first && name <= last)
    .sort()
  if (names.length === numberOf(last) - numberOf(first) + 1) return names.map((name) => `pg_wal/${name}`)
  throw new OperatorError(
    'PostgreSQL wrote more during the backup than it keeps (max_slot_wal_keep_size): make it again at a quieter time.',
  )
}

function numberOf(segment: string): number {
  return Number.parseInt(segment.slice(8, 16), 16) * segmentsPerLog + Number.parseInt(segment.slice(16), 16)
}
