import { closeDatabases, closeServer, listen, migrateDatabase, runService, startSweeps } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { ensureAdmin } from './ensure-admin'
import { migrations } from './migrations'
import { sweepsOf } from './sweeps'

runService('auth', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.AUTH_DATABASE_URL, migrations, log)
  const deps = createDeps(config, log)
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config
  if (email && password) await ensureAdmin(deps, { email, password })
  const server = await listen(createApp(deps), config.AUTH_PORT, config.HOST)
  const stopSweeps = startSweeps(sweepsOf(deps), log)
  return [() => closeServer(server), stopSweeps, () => closeDatabases(deps)]
})
