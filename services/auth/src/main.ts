import { closeServer, listen, migrateDatabase, runService } from '@duka/kit'
import { createApp } from './app'
import { loadConfig } from './config'
import { createDeps } from './deps'
import { ensureAdmin } from './ensure-admin'
import { migrations } from './migrations'

runService('auth', async (log) => {
  const config = loadConfig()
  await migrateDatabase(config.AUTH_DATABASE_URL, migrations)
  const deps = createDeps(config, log)
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = config
  if (email && password) await ensureAdmin(deps, { email, password })
  const server = await listen(createApp(deps), config.AUTH_PORT, config.HOST)
  return [() => closeServer(server), () => deps.database.close()]
})
