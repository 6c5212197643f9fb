import { closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { startPaymentJobs } from './jobs'
import { migrations } from './migrations'

runService('payment', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.PAYMENT_DATABASE_URL, migrations)
  const deps = createDeps(config, log)
  const server = await listen(createApp(deps), config.PAYMENT_PORT, config.HOST)
  const jobs = await startPaymentJobs(deps, config.PAYMENT_DATABASE_URL)
  return [() => closeServer(server), () => jobs.stop(), () => deps.database.close()]
})
