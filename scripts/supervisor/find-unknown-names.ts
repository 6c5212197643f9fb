import { settingNames } from './processes'
import { readEnvFile } from './read-env-file'

/**
 * What nothing reads and somebody seems to mean: any such name in .env, and one in the environment that is nearly ours.
 * One phrase each, with the name that may be meant.
 */
export function findUnknownNames(rootDir: string, env: NodeJS.ProcessEnv): string[] {
  const inFile = Object.keys(readEnvFile(rootDir)).filter((name) => !settingNames.has(name))
  const around = Object.keys(env).filter((name) => !settingNames.has(name) && !inFile.includes(name))
  return [...inFile, ...around.filter((name) => nearestName(name))].map((name) => {
    const meant = nearestName(name)
    return meant ? `${name} (${meant}?)` : name
  })
}

const mostSlips = 2
/** Short names of other programs are near to something by chance. */
const shortest = 8

function nearestName(name: string): string | undefined {
  if (name.length < shortest) return undefined
  const near = [...settingNames].map((each) => ({ each, slips: countSlips(name.toUpperCase(), each) }))
  const best = near.reduce((one, other) => (other.slips < one.slips ? other : one))
  return best.slips <= mostSlips ? best.each : undefined
}

/** Signs to add, to leave out or to change, to make one of the other (Levenshtein). */
function countSlips(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index)
  for (const [index, sign] of [...one].entries()) {
    const next = [index + 1]
    for (const [place, wanted] of [...other].entries()) {
      const changed = (row[place] ?? 0) + Number(sign !== wanted)
      next.push(Math.min(changed, (row[place + 1] ?? 0) + 1, (next[place] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
