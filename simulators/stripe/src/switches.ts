import { mergeSwitches, roll } from '@duka/simulator-kit'
import { z } from 'zod'

const rate = z.number().min(0).max(1)
const milliseconds = z.number().int().min(0).max(3_600_000)
const seconds = z.number().int().min(301).max(100_000_000)

/** Everything that can be turned while the simulator runs. A rate is the share of requests or events (0 to 1) that it strikes. */
export const switchesSchema = z.strictObject({
  seed: z.number().int(),
  rules: z.strictObject({ minimumAmount: z.boolean() }),
  auto: z.strictObject({ answer: z.enum(['person', 'pay']), delayMs: milliseconds, followUpMs: milliseconds }),
  refunds: z.strictObject({ answer: z.enum(['succeed', 'pending', 'fail']), settleMs: milliseconds }),
  retries: z.strictObject({ afterMs: z.array(milliseconds).max(100) }),
  rateLimit: z.strictObject({ perSecond: z.number().int().min(0) }),
  rateLimited: z.strictObject({ rate }),
  serverError: z.strictObject({ rate, shouldRetry: z.enum(['true', 'false', 'unsaid']) }),
  savedError: z.strictObject({ rate, applied: z.boolean(), shouldRetry: z.enum(['true', 'false', 'unsaid']) }),
  conflict: z.strictObject({ rate }),
  latency: z.strictObject({ rate, ms: milliseconds }),
  answerLost: z.strictObject({ rate }),
  cancelRace: z.strictObject({ rate }),
  beforeAnswer: z.strictObject({ rate }),
  late: z.strictObject({ rate, ms: milliseconds }),
  lost: z.strictObject({ rate }),
  doubled: z.strictObject({ rate, times: z.number().int().min(1).max(20), gapMs: milliseconds }),
  twin: z.strictObject({ rate }),
  reordered: z.strictObject({ rate, maxMs: milliseconds }),
  slowBody: z.strictObject({ rate, ms: milliseconds }),
  wrongSecret: z.strictObject({ rate }),
  staleTime: z.strictObject({ rate, seconds }),
  futureTime: z.strictObject({ rate, seconds }),
  alteredByte: z.strictObject({ rate }),
})
export type Switches = z.infer<typeof switchesSchema>

export type FaultName = {
  [Key in keyof Switches]: Switches[Key] extends { rate: number } ? Key : never
}[keyof Switches]

/** No fault, people who pay by hand, and Stripe's three days of retries within five minutes. */
export const defaultSwitches: Switches = {
  seed: 1,
  rules: { minimumAmount: true },
  auto: { answer: 'person', delayMs: 1000, followUpMs: 1000 },
  refunds: { answer: 'succeed', settleMs: 5000 },
  retries: { afterMs: [1000, 5000, 20_000, 60_000, 120_000, 120_000] },
  rateLimit: { perSecond: 0 },
  rateLimited: { rate: 0 },
  serverError: { rate: 0, shouldRetry: 'unsaid' },
  savedError: { rate: 0, applied: false, shouldRetry: 'false' },
  conflict: { rate: 0 },
  latency: { rate: 0, ms: 3000 },
  answerLost: { rate: 0 },
  cancelRace: { rate: 0 },
  beforeAnswer: { rate: 0 },
  late: { rate: 0, ms: 5000 },
  lost: { rate: 0 },
  doubled: { rate: 0, times: 1, gapMs: 0 },
  twin: { rate: 0 },
  reordered: { rate: 0, maxMs: 5000 },
  slowBody: { rate: 0, ms: 3000 },
  wrongSecret: { rate: 0 },
  staleTime: { rate: 0, seconds: 3600 },
  futureTime: { rate: 0, seconds: 86_400 },
  alteredByte: { rate: 0 },
}

/** The switches with a part of them changed, as in `{ lost: { rate: 0.1 } }`. An unknown name or value throws a ZodError. */
export const changeSwitches = (current: Switches, patch: unknown): Switches =>
  mergeSwitches(switchesSchema, current, patch)

/** Whether a fault strikes here: the same seed and sequence always give the same answer. */
export function strikes(switches: Switches, fault: FaultName, sequence: number, about = ''): boolean {
  return roll(switches.seed, fault + about, sequence) < switches[fault].rate
}
