import { z } from 'zod'
import { readConfig, setting } from './config'
import { runService } from './lifecycle'
import { type Migration, migrateDatabase } from './migrate'

/**
 * A program that brings a service's database to the newest schema and ends: for deployments that do so before the new
 * release starts. The service does the same at its start, and then finds nothing left to do.
 */
export function runMigrations(service: string, migrations: readonly Migration[]): Promise<void> {
  const urlSetting = `${service.toUpperCase()}_DATABASE_URL`
  return runService(service, async (log) => {
    const config = readConfig(z.object({ [urlSetting]: setting.databaseUrl }))
    await migrateDatabase(config[urlSetting] as string, migrations, log, { absentMs: 0 })
    log.info('migrated', { newest: migrations.at(-1)?.name })
    process.exit(0)
  })
}
