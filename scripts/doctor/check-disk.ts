import { accessSync, constants, existsSync, statfsSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { type Check, ok, warning, wrong } from './check'

const neededMegabytes = 300
const lowMegabytes = 2000
const what = 'disk'

/** Room for what npm start keeps here. */
export function createDiskCheck(freeMegabytes: (dir: string) => number = measureFree): Check {
  return {
    name: 'disk',
    run: async ({ dataDir, isEmbedded }) => {
      if (!isEmbedded) return [ok(what, 'no databases are kept on this machine')]
      const folder = nearest(dataDir)
      if (!isUsable(folder)) {
        const says = `${folder} is no folder that this user may write to`
        return [wrong(what, says, 'look as the user who runs the shop, or set DUKA_DATA_DIR to another folder')]
      }
      const free = freeMegabytes(folder)
      const says = `${free} MB free at ${dataDir}`
      const mend = 'free some space, or set DUKA_DATA_DIR to a folder on another disk'
      if (free < neededMegabytes) return [wrong(what, `${says}, npm start needs ${neededMegabytes}`, mend)]
      return [free < lowMegabytes ? warning(what, says, mend) : ok(what, says)]
    },
  }
}

function nearest(dir: string): string {
  return existsSync(dir) ? dir : nearest(dirname(dir))
}

function isUsable(folder: string): boolean {
  try {
    accessSync(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    return statSync(folder).isDirectory()
  } catch {
    return false
  }
}

function measureFree(dir: string): number {
  const { bavail, bsize } = statfsSync(dir)
  return Math.floor((bavail * bsize) / 1e6)
}
