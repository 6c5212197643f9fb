import { mergeSwitches, roll } from '@duka/simulator-kit'
import { z } from 'zod'

const rate = z.number().min(0).max(1)
const milliseconds = z.number().int().min(0).max(3_600_000)

/** Everything that can be turned while the simulator runs. A rate is the share of pushes (0 to 1) that a fault strikes. */
export const switchesSchema = z.strictObject({
  seed: z.number().int(),
  rules: z.strictObject({
    lengthLimits: z.boolean(),
    alphanumericReference: z.boolean(),
    repeatSeconds: z.number().int().min(0).max(3600),
    timestampMinutes: z.number().int().min(0).max(1440),
    expiresInAsText: z.boolean(),
    balanceItem: z.boolean(),
  }),
  auto: z.strictObject({ answer: z.enum(['person', 'pay']), delayMs: milliseconds, followUpMs: milliseconds }),
  prompt: z.strictObject({ seconds: z.number().int().min(1).max(3600) }),
  float: z.strictObject({ amount: z.number().int().min(0) }),
  spikeArrest: z.strictObject({ perSecond: z.number().int().min(0) }),
  quota: z.strictObject({ perDay: z.number().int().min(0) }),
  retries: z.strictObject({ times: z.number().int().min(0).max(100), everyMs: milliseconds }),
  busy: z.strictObject({ rate }),
  answerLost: z.strictObject({ rate }),
  beforeAnswer: z.strictObject({ rate }),
  late: z.strictObject({ rate, ms: milliseconds }),
  lost: z.strictObject({ rate }),
  doubled: z.strictObject({ rate, times: z.number().int().min(1).max(20), gapMs: milliseconds }),
  reordered: z.strictObject({ rate, maxMs: milliseconds }),
  contradictory: z.strictObject({ rate }),
  lateSuccess: z.strictObject({ rate }),
  wrongAmount: z.strictObject({ rate, by: z.number().int() }),
  wrongIds: z.strictObject({ rate }),
  textResultCode: z.strictObject({ rate }),
  forged: z.strictObject({ rate }),
  slowBody: z.strictObject({ rate, ms: milliseconds }),
  queryDisagrees: z.strictObject({ rate }),
})
export type Switches = z.infer<typeof switchesSchema>

export type FaultName = {
  [Key in keyof Switches]: Switches[Key] extends { rate: number } ? Key : never
}[keyof Switches]

/** No fault; `strict` adds the rules that benchmarks and demos, which reuse phones, could not live with. */
export function defaultSwitches(strict: boolean): Switches {
  return {
    seed: 1,
    rules: {
      lengthLimits: true,
      alphanumericReference: strict,
      repeatSeconds: strict ? 120 : 0,
      timestampMinutes: strict ? 10 : 0,
      expiresInAsText: false,
      balanceItem: true,
    },
    auto: { answer: 'person', delayMs: 1000, followUpMs: 1000 },
    prompt: { seconds: 60 },
    float: { amount: 1_000_000 },
    spikeArrest: { perSecond: 0 },
    quota: { perDay: 0 },
    retries: { times: 0, everyMs: 1000 },
    busy: { rate: 0 },
    answerLost: { rate: 0 },
    beforeAnswer: { rate: 0 },
    late: { rate: 0, ms: 5000 },
    lost: { rate: 0 },
    doubled: { rate: 0, times: 1, gapMs: 0 },
    reordered: { rate: 0, maxMs: 5000 },
    contradictory: { rate: 0 },
    lateSuccess: { rate: 0 },
    wrongAmount: { rate: 0, by: -1 },
    wrongIds: { rate: 0 },
    textResultCode: { rate: 0 },
    forged: { rate: 0 },
    slowBody: { rate: 0, ms: 3000 },
    queryDisagrees: { rate: 0 },
  }
}

/** The switches with a part of them changed, as in `{ lost: { rate: 0.1 } }`. An unknown name or value throws a ZodError. */
export const changeSwitches = (current: Switches, patch: unknown): Switches =>
  mergeSwitches(switchesSchema, current, patch)

/** Whether a fault strikes this push: the same seed and sequence always give the same answer. */
export function strikes(switches: Switches, fault: FaultName, sequence: number, about = ''): boolean {
  return roll(switches.seed, fault + about, sequence) < switches[fault].rate
}
