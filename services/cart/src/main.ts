import { closeServer, deleteExpiredKeys, listen, migrateDatabase, runService, startSweeps } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { deleteExpiredCarts } from './delete-expired-carts'
import { createDeps } from './deps'
import { migrations } from './migrations'

runService('cart', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.CART_DATABASE_URL, migrations, log)
  const deps = createDeps(config, log)
  deps.identity.start()
  const server = await listen(createApp(deps), config.CART_PORT, config.HOST)
  const stopSweeps = startSweeps(
    [
      { name: 'expired_carts', everySeconds: 60, run: () => deleteExpiredCarts(deps) },
      { name: 'expired_keys', everySeconds: 600, run: () => deleteExpiredKeys(deps.database) },
    ],
    log,
  )
  return [() => closeServer(server), deps.identity.stop, stopSweeps, () => deps.database.close()]
})
