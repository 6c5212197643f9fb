import { join } from 'node:path'
import { dataDirOf, readGivenSettings } from './supervisor/read-settings'
import { readRunningShop } from './supervisor/running-shop'
import { measureMemory } from './supervisor/shop'
import { writeMemory } from './supervisor/write-memory'

const rootDir = join(__dirname, '../..')
const running = readRunningShop(dataDirOf(rootDir, readGivenSettings(rootDir, process.env)))
if (running) {
  console.log(`${'npm start'.padEnd(16)} process ${running.pid}`)
  for (const [name, url] of Object.entries(running.urls)) console.log(`${name.padEnd(16)} ${url}`)
  console.log(writeMemory(measureMemory(running.processes)))
} else {
  console.log('No shop runs on this data folder: npm start starts it.')
  process.exitCode = 1
}
