import { closeDatabases, closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { migrations } from './migrations'
import { shareChanges } from './share-changes'
import { watchStock } from './watch-stock'

runService('product', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.PRODUCT_DATABASE_URL, migrations, log)
  const deps = createDeps(config, log)
  const { REDIS_URL: redisUrl } = config
  const stopSharing = redisUrl === undefined ? async () => {} : await shareChanges(redisUrl, deps.answers, log)
  deps.identity.start()
  watchStock(deps.database)
  const server = await listen(createApp(deps), config.PRODUCT_PORT, config.HOST)
  return [() => closeServer(server), deps.identity.stop, stopSharing, () => closeDatabases(deps)]
})
