import { join } from 'node:path'
import { readOptions, runCommand } from './demo-shop/run-command'
import { OperatorError } from './operator-error'
import { dataDirOf, type GivenSettings } from './supervisor/read-settings'
import { readRunningShop } from './supervisor/running-shop'
import { measureMemory } from './supervisor/shop'
import { writeMemory } from './supervisor/write-memory'

const usage = `npm run status
Prints the process of npm start, where each other one listens, and its memory.`

const rootDir = join(__dirname, '../..')

async function main(args: string[], given: GivenSettings): Promise<void> {
  readOptions(args, {})
  const running = readRunningShop(dataDirOf(rootDir, given))
  if (!running) throw new OperatorError('No shop runs on this data folder: npm start starts it.')
  console.log(`${'npm start'.padEnd(16)} process ${running.pid}`)
  for (const [name, url] of Object.entries(running.urls)) console.log(`${name.padEnd(16)} ${url}`)
  console.log(writeMemory(measureMemory(running.processes)))
}

if (require.main === module) runCommand(main, usage)
