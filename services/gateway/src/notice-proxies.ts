import type { Log } from '@duka/kit/log'
import type { RequestHandler } from 'express'

export interface Trust {
  /** Proxies in front whose word is believed. */
  trustedHops: number
  /** The shop's public address is https, which the gateway does not speak itself. */
  behindTls?: boolean
}

/** Says at the start whose word is taken for a client's address, and what that means where it cannot be right. */
export function tellTrust({ trustedHops, behindTls = false }: Trust, log: Log): void {
  const clientAddress =
    trustedHops === 0
      ? 'the address that connects; X-Forwarded-For is not believed'
      : `entry ${trustedHops} of X-Forwarded-For, counted from its end`
  log.info('trust_proxy_hops', { hops: trustedHops, clientAddress })
  if (trustedHops === 0 && behindTls)
    warn(log, 'PUBLIC_BASE_URL is https, so something stands in front of this gateway')
}

/** Says once, where no proxy is trusted, that a request looks as if it came through one. */
export function noticeProxies(trustedHops: number, log: Log): RequestHandler {
  let isDone = trustedHops > 0
  return ({ headers }, _response, next) => {
    if (!isDone && (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined)) {
      isDone = true
      warn(log, 'a request has X-Forwarded-For or Forwarded; where nothing stands in front, its client made that up')
    }
    next()
  }
}

function warn(log: Log, found: string): void {
  log.warn('proxy_not_trusted', {
    found,
    looksLike: 'all customers count as one address, that of the proxy: 429 for everybody as soon as many come',
    mend: 'set TRUST_PROXY_HOPS, which is 0, to the number of your proxies in front',
  })
}
