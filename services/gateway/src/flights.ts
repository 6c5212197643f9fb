import { isOfPath } from './kept-store'

/** One request to a service, and who waits for its answer beside the one who caused it. */
export interface Flight<Waiting> {
  startedAt: number
  /** False where something wrote to its address since, or somebody asked anew. */
  isLatest(): boolean
  /** Ends it once; nobody joins it any more. */
  land(tell: (waiting: Waiting) => void): void
}

export interface Flights<Waiting> {
  /** Lets one wait for the request that is under way for this key; false where there is none to wait for. */
  join(key: string, waiting: Waiting): boolean
  start(key: string): Flight<Waiting>
  /** Whoever comes from now on does not join what is under way for a path, with whatever query. */
  forget(path: string): void
}

/** Nobody joins one that takes longer: its answer may be too old for them. */
const joinMs = 1_000

export function createFlights<Waiting>(now: () => number): Flights<Waiting> {
  const latest = new Map<string, { startedAt: number; waiting: Waiting[] }>()

  return {
    join(key, waiting) {
      const flight = latest.get(key)
      if (!flight || flight.startedAt + joinMs <= now()) return false
      flight.waiting.push(waiting)
      return true
    },
    start(key) {
      const flight = { startedAt: now(), waiting: [] as Waiting[] }
      latest.set(key, flight)
      const isLatest = () => latest.get(key) === flight
      return {
        startedAt: flight.startedAt,
        isLatest,
        land(tell) {
          if (isLatest()) latest.delete(key)
          for (const each of flight.waiting.splice(0)) tell(each)
        },
      }
    },
    forget(path) {
      for (const key of [...latest.keys()]) if (isOfPath(key, path)) latest.delete(key)
    },
  }
}
