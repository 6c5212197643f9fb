import http from 'node:http'
import https from 'node:https'
import { isIP } from 'node:net'

/** One place where a service can be reached. */
export interface Address {
  url: URL
  /** What connecting to it takes. The name is for TLS; without one given, Node would work it out for every request. */
  place: { host: string; port: number; servername: string }
  /** Requests that it has not finished answering. */
  running: number
  /** Left out while others are there: it refused, is about to stop, or is not ready. */
  isOut: boolean
}

interface Watched extends Address {
  checkedAt: number
  silences: number
  isProbed: boolean
}

/** Shares the requests to one service out among its addresses. */
export interface Balancer {
  /** The address that has the least to do. */
  choose(): Address
  /** The others, in the order in which to try them. */
  othersThan(address: Address): Address[]
  /** Takes an address out until it says that it is ready. */
  leaveOut(address: Address, reason: string): void
}

export interface BalancerEvents {
  onOut?: ((address: Address, reason: string) => void) | undefined
  onBack?: ((address: Address) => void) | undefined
}

const probeTimeoutMs = 1_000
const probeInMs = 2_000
const probeOutMs = 500
/** A service that is busy may miss one probe. */
const maxSilences = 2

/**
 * Least running requests first, by turns among equals. What is known of an address is looked at again, by its /ready,
 * when a request comes and the knowledge has aged: no timer runs while nobody asks. With all out, all are in again.
 */
export function createBalancer(urls: readonly URL[], { onOut, onBack }: BalancerEvents = {}): Balancer {
  const addresses: Watched[] = urls.map((url) => {
    const place = placeOf(url)
    return { url, place, running: 0, isOut: false, checkedAt: Number.NEGATIVE_INFINITY, silences: 0, isProbed: false }
  })
  let turn = 0

  function leaveOut(address: Watched, reason: string): void {
    address.checkedAt = performance.now()
    if (address.isOut) return
    address.isOut = true
    onOut?.(address, reason)
  }

  async function look(address: Watched): Promise<void> {
    address.isProbed = true
    const found = await probe(address.url)
    address.isProbed = false
    address.checkedAt = performance.now()
    address.silences = found === 'silent' ? address.silences + 1 : 0
    if (found === 'ready') {
      if (address.isOut) onBack?.(address)
      address.isOut = false
    } else if (found !== 'silent' || address.silences >= maxSilences) {
      leaveOut(address, found)
    }
  }

  function lookAgain(): void {
    const now = performance.now()
    for (const address of addresses) {
      // There is nothing to choose while the only address is in.
      if (address.isProbed || (addresses.length === 1 && !address.isOut)) continue
      if (now - address.checkedAt > (address.isOut ? probeOutMs : probeInMs)) void look(address)
    }
  }

  const byLoad = (one: Watched, other: Watched) =>
    Number(one.isOut) - Number(other.isOut) || one.running - other.running

  return {
    choose() {
      lookAgain()
      turn = (turn + 1) % addresses.length
      let best = addresses[turn] as Watched
      for (const address of addresses) if (byLoad(address, best) < 0) best = address
      return best
    },
    othersThan: (address) => addresses.filter((other) => other !== address).sort(byLoad),
    leaveOut: (address, reason) => leaveOut(address as Watched, reason),
  }
}

function placeOf(url: URL): Address['place'] {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const isTls = url.protocol === 'https:'
  const port = Number(url.port) || (isTls ? 443 : 80)
  return { host, port, servername: isTls && !isIP(host) ? host : '' }
}

type Finding = 'ready' | 'not ready' | 'refused' | 'silent'

/** Asks on a connection of its own, for the answer is also about whether one can be had. */
function probe(url: URL): Promise<Finding> {
  return new Promise((resolve) => {
    const transport = url.protocol === 'https:' ? https : http
    const path = `${url.pathname.replace(/\/$/, '')}/ready`
    const signal = AbortSignal.timeout(probeTimeoutMs)
    const request = transport.get(new URL(path, url), { agent: false, signal })
    request.on('response', (answer) => {
      answer.on('error', () => undefined).resume()
      resolve(answer.statusCode === 200 ? 'ready' : 'not ready')
    })
    request.on('error', () => resolve(signal.aborted ? 'silent' : 'refused'))
  })
}
