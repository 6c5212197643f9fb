import { closeDatabases, closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { startPaymentJobs } from './jobs'
import { migrations } from './migrations'
import { watchOpenMoney } from './watch-open-money'

runService('payment', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.PAYMENT_DATABASE_URL, migrations, log)
  const deps = createDeps(config, log)
  deps.identity.start()
  watchOpenMoney(deps.database)
  const server = await listen(createApp(deps), config.PAYMENT_PORT, config.HOST)
  const jobs = await startPaymentJobs(deps, config.PAYMENT_DATABASE_URL)
  return [() => closeServer(server), deps.identity.stop, () => jobs.stop(), () => closeDatabases(deps)]
})
