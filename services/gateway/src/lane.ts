import { Problem, RemoteUnavailable } from '@duka/kit/errors'
import { counter } from '@duka/kit/metrics'
import type { Exchange } from './exchange'

const refusals = counter({
  name: 'http_upstream_no_place_total',
  help: 'Requests refused because too many were on their way to a service, of all clients or of theirs.',
  labels: ['upstream'],
})

export interface LaneLimits {
  /** Requests that may wait for the service at once; more are refused at once. */
  maxWaiting: number
  /** Of these, from one client's network, of who is not signed in. */
  maxPerAddress: number
  maxPerUser: number
  /** From one client's network, of all who are signed in. */
  maxUsersPerAddress: number
}

/** A large body takes as many places as its memory is worth, so the places bound what all bodies take. */
const bytesPerPlace = 32_768

/** What a request holds from when it goes to its service until that begins to answer. */
export interface Place {
  /** May be called again. */
  giveBack(): void
}

/**
 * The requests of one kind that wait for one service. Who is signed in takes places of their own, so that no account
 * keeps out its neighbours behind one address.
 */
export class Lane {
  private readonly all: PlaceCount
  private readonly addresses: PlaceCount
  private readonly users: PlaceCount
  private readonly usersOfAddresses: PlaceCount
  // Told as 0 from the start, so that the first one is a rise.
  private readonly refused: ReturnType<typeof refusals.with>

  constructor(
    private readonly serviceName: string,
    limits: LaneLimits,
  ) {
    this.refused = refusals.with(serviceName)
    this.all = new PlaceCount(limits.maxWaiting)
    this.addresses = new PlaceCount(limits.maxPerAddress)
    this.users = new PlaceCount(limits.maxPerUser)
    this.usersOfAddresses = new PlaceCount(limits.maxUsersPerAddress)
  }

  /** Throws where there is no place. */
  enter({ userId, clientNetwork, body }: Exchange): Place {
    const isUserFull = userId !== undefined && this.users.isFull(userId)
    const ofAddress = userId === undefined ? this.addresses : this.usersOfAddresses
    if (isUserFull || ofAddress.isFull(clientNetwork)) throw this.refuse(tooManyAtOnce(isUserFull))
    if (this.all.isFull('')) {
      throw this.refuse(new RemoteUnavailable(this.serviceName, false, false, 'too many requests wait'))
    }
    let places = 1 + Math.floor((body?.length ?? 0) / bytesPerPlace)
    const take = (count: number) => {
      this.all.add('', count)
      ofAddress.add(clientNetwork, count)
      if (userId !== undefined) this.users.add(userId, count)
    }
    const giveBack = () => {
      take(-places)
      places = 0
    }
    take(places)
    return { giveBack }
  }

  private refuse(problem: Problem): Problem {
    this.refused.inc()
    return problem
  }
}

class PlaceCount {
  private readonly taken = new Map<string, number>()

  constructor(private readonly max: number) {}

  isFull(key: string): boolean {
    return (this.taken.get(key) ?? 0) >= this.max
  }

  add(key: string, places: number): void {
    const taken = (this.taken.get(key) ?? 0) + places
    if (taken > 0) this.taken.set(key, taken)
    else this.taken.delete(key)
  }
}

function tooManyAtOnce(isUser: boolean): Problem {
  const whose = isUser ? 'your account' : 'your address'
  const detail = `Too many requests from ${whose} are running at once. Wait for some to end and try again.`
  return new Problem(429, 'too_many_at_once', detail, { headers: { 'Retry-After': '1' } })
}
