import { exitCodes, OperatorError } from '../operator-error'
import type { GivenSettings } from '../supervisor/read-settings'

const loopbackHosts = ['localhost', '127.0.0.1', '[::1]']

/** Where this machine's shop listens, going by its settings. */
export function localShopUrl(settings: GivenSettings): string {
  return `http://localhost:${settings.GATEWAY_PORT ?? 5000}`
}

export function isThisMachine(url: string): boolean {
  return URL.canParse(url) && loopbackHosts.includes(new URL(url).hostname)
}

/** Throws an OperatorError where the shop is another machine's, and so perhaps a real one. */
export function refuseRemote(url: string, doing: string): void {
  if (!URL.canParse(url)) throw new OperatorError(`${url} is not an address.`, exitCodes.wrongSetting)
  if (isThisMachine(url)) return
  throw new OperatorError(`${url} is not this machine: add --force-remote if ${doing} is really meant for it.`)
}
