import { hash32 } from '@duka/simulator-kit'
import { makeToken } from './ids'
import type { StripeEvent } from './objects'
import { signText, toHeaders, writeEvent } from './sign-event'
import { count, drawFault, type Simulator } from './simulator'

const evils = ['wrongSecret', 'staleTime', 'futureTime', 'alteredByte'] as const
type Evil = (typeof evils)[number]

/** What a shop must refuse, sent beside the true event; the counters tell whether it was taken. */
export async function sendEvil(sim: Simulator, event: StripeEvent): Promise<void> {
  await Promise.all(
    evils.map(async (evil) => {
      if (!drawFault(sim, evil, hash32(event.id))) return
      const { text, signature } = forge(sim, event, evil)
      const letter = { text, headers: toHeaders(signature) }
      const { how } = await sim.courier.send({ url: sim.account.webhookUrl, write: () => letter })
      count(sim, `evil.${evil}.${how === 'arrived' ? 'taken' : 'refused'}`)
    }),
  )
}

function forge({ account, switches, clock }: Simulator, event: StripeEvent, evil: Evil) {
  const now = Math.floor(clock.now() / 1000)
  const text = writeEvent(event)
  const sign = (body: string, at = now, secrets = account.webhookSecrets) => signText(body, secrets, at)
  if (evil === 'staleTime') return { text, signature: sign(text, now - switches.staleTime.seconds) }
  if (evil === 'futureTime') return { text, signature: sign(text, now + switches.futureTime.seconds) }
  if (evil === 'alteredByte') return { text: alterByte(text), signature: sign(text) }
  const lie = writeEvent(toLie(event))
  return { text: lie, signature: sign(lie, now, [`whsec_${makeToken(32, 'stranger', event.id)}`]) }
}

/** A stranger who knows of an intent says that it is paid. */
function toLie(event: StripeEvent): StripeEvent {
  const { object } = event.data
  const id = `evt_${makeToken(24, 'stranger', event.id)}`
  if (object.object !== 'payment_intent') return { ...event, id }
  const paid = { ...object, status: 'succeeded' as const, amount_received: object.amount }
  return { ...event, id, type: 'payment_intent.succeeded', data: { object: paid } }
}

/** The first digit of the amount is another one; all else stays, and the JSON is whole. */
const alterByte = (text: string) => text.replace(/"amount": (\d)/, (_, digit) => `"amount": ${(Number(digit) % 9) + 1}`)
