import { randomInt } from 'node:crypto'
import { OperatorError } from '../operator-error'

/** What the person who holds a phone does with the next prompt on it. */
export type PhoneOutcome = 'pays' | 'cancels'

/** A phone at the Daraja simulator that answers its next prompt, by its number as customers write it. */
export type SimulatePhone = (outcome: PhoneOutcome) => Promise<string>

const resultCodes: Record<PhoneOutcome, string> = { pays: '0', cancels: '1032' }

/** Each phone is another one: the shop sends one phone only so many prompts. */
export function createPhones(simulatorUrl: string): SimulatePhone {
  return async (outcome) => {
    const digits = String(randomInt(100_000_000)).padStart(8, '0')
    const answer = await fetch(`${simulatorUrl.replace(/\/+$/, '')}/control/scripts`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ phone: `2541${digits}`, outcome: [resultCodes[outcome]], times: 1 }),
      signal: AbortSignal.timeout(5000),
    })
    if (answer.ok) return `01${digits}`
    throw new OperatorError(
      `The Daraja simulator at ${simulatorUrl} took no script: expected 200, seen ${answer.status}`,
    )
  }
}
