import { closeDatabases, closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { startOrderJobs } from './jobs'
import { migrations } from './migrations'
import { watchOrders } from './watch-orders'

runService('order', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.ORDER_DATABASE_URL, migrations, log)
  const deps = createDeps(config, log)
  deps.identity.start()
  watchOrders(deps.database)
  const server = await listen(createApp(deps), config.ORDER_PORT, config.HOST)
  const jobs = await startOrderJobs(deps, config.ORDER_DATABASE_URL)
  return [() => closeServer(server), deps.identity.stop, () => jobs.stop(), () => closeDatabases(deps)]
})
