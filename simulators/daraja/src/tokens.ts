import { randomInt } from 'node:crypto'
import { DarajaError } from './daraja-error'
import { commit, type Simulator } from './simulator'

const lifeSeconds = 3599
const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

/** Issues the one valid token: the one before it ends at once, as at Safaricom. */
export function issueToken(sim: Simulator, authorization: string, grantType: unknown) {
  const { consumerKey, consumerSecret } = sim.merchant
  const expected = `Basic ${Buffer.from(`${consumerKey}:${consumerSecret}`).toString('base64')}`
  if (authorization !== expected) throw new DarajaError(400, '400.008.01', 'Invalid Authentication passed')
  if (grantType !== 'client_credentials') throw new DarajaError(400, '400.008.02', 'Invalid grant type passed')
  const value = Array.from({ length: 28 }, () => letters[randomInt(letters.length)]).join('')
  commit(sim, { type: 'token', value, expiresAt: sim.clock.now() + lifeSeconds * 1000 })
  return { access_token: value, expires_in: sim.switches.rules.expiresInAsText ? String(lifeSeconds) : lifeSeconds }
}

export function checkToken({ state, clock }: Simulator, authorization: string): void {
  const invalid = new DarajaError(404, '404.001.03', 'Invalid Access Token')
  if (authorization === '') throw invalid
  const [, value] = /^Bearer (\S+)$/i.exec(authorization) ?? []
  if (!value) throw new DarajaError(404, '404.001.04', 'Invalid Authentication Header')
  if (value !== state.token?.value || clock.now() >= state.token.expiresAt) throw invalid
}
