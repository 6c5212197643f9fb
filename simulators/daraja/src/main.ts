import { runSimulator } from '@duka/simulator-kit'
import { createDarajaSimulator } from './app'
import { readConfig } from './config'

runSimulator({
  readConfig,
  create: (config) => createDarajaSimulator({ ...config.simulator, log: console.log }),
  greeting: (origin) => `Daraja simulator on ${origin}, phones at ${origin}/phone`,
  portSetting: 'DARAJA_SIMULATOR_PORT',
  print: console.log,
  printError: console.error,
})
