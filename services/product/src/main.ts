import { closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { migrations } from './migrations'

runService('product', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.PRODUCT_DATABASE_URL, migrations)
  const deps = createDeps(config, log)
  deps.identity.start()
  const server = await listen(createApp(deps), config.PRODUCT_PORT, config.HOST)
  return [() => closeServer(server), deps.identity.stop, () => deps.database.close()]
})
