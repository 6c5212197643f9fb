import { readdirSync, readFileSync } from 'node:fs'
import type { ProcessMemory, Shop } from '../supervisor/shop'

/** Processor time that a process has had so far. */
export interface ProcessUse {
  name: string
  seconds: number
}

const postgres = 'postgresql'
// Linux tells processor time in hundredths of a second on every machine that Node runs on.
const ticksPerSecond = 100

/** Processor time of each process of the shop and of this one, which makes the load; null where /proc is missing. */
export function readUse(shop: Shop): ProcessUse[] | null {
  if (process.platform !== 'linux') return null
  const services = shop.memory().map(({ name, pid }) => ({ name, seconds: secondsOf([pid]) }))
  const own = process.cpuUsage()
  return [
    ...services,
    { name: postgres, seconds: secondsOf(postgresPids(shop)) },
    { name: 'load', seconds: (own.user + own.system) / 1e6 },
  ]
}

/** The difference of two readings, on top of an earlier one. */
export function subtractUse(after: ProcessUse[] | null, before: ProcessUse[] | null, earlier: ProcessUse[] | null) {
  if (!after || !before || !earlier) return null
  const secondsIn = (uses: ProcessUse[], wanted: string) => uses.find(({ name }) => name === wanted)?.seconds ?? 0
  return after.map(({ name, seconds }) => ({
    name,
    seconds: seconds - secondsIn(before, name) + secondsIn(earlier, name),
  }))
}

/** Resident memory of each process. PostgreSQL's share theirs: it is counted once, where the system tells. */
export function readMemory(shop: Shop): ProcessMemory[] {
  const pid = shop.postgresPid ?? 0
  const bytes =
    process.platform === 'linux' ? postgresPids(shop).reduce((total, each) => total + fairShare(each), 0) : 0
  return [...shop.memory(), ...(bytes > 0 ? [{ name: postgres, pid, bytes }] : [])]
}

function postgresPids({ postgresPid }: Shop): number[] {
  if (postgresPid === undefined) return []
  const pids = readdirSync('/proc').map(Number).filter(Number.isInteger)
  return [postgresPid, ...pids.filter((pid) => Number(statFields(pid)[1]) === postgresPid)]
}

function secondsOf(pids: number[]): number {
  const ticks = pids.map((pid) => {
    // User and system time, then those of children that have ended.
    const times = statFields(pid).slice(11, 15)
    return times.reduce((total, each) => total + Number(each), 0)
  })
  return ticks.reduce((total, each) => total + each, 0) / ticksPerSecond
}

/** The fields after the program's name, which may hold spaces and parentheses itself. */
function statFields(pid: number): string[] {
  const stat = read(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
}

/** A process's memory with what it shares divided by those who share it, in bytes. */
function fairShare(pid: number): number {
  return Number(/^Pss:\s+(\d+) kB/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) * 1024
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
