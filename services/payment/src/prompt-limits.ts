/** What a prompt is counted for. */
export interface Prompt {
  phoneNumber: string
  orderId: string
  userId: string
}

export interface Limit {
  name: string
  /**
   * Whose prompts count. `known`: of an account whose earlier prompt somebody answered on this very phone. `stranger`: of any
   * other account. `first`: a stranger's, unless the same account has asked this phone lately.
   */
  counts: 'always' | 'known' | 'stranger' | 'first'
  /** As many at once; later one more each time that this share of the window has passed. */
  prompts: number
  windowSeconds: number
  refusal: string
  subjectOf(prompt: Prompt): string
}

const minute = 60
const hour = 3_600
const day = 86_400

const both = ({ userId, phoneNumber }: Prompt) => `${userId} ${phoneNumber}`
const fromThisAccount = 'This phone was sent many M-Pesa requests from your account'

/**
 * Nobody's phone rings without end, and nobody can lock somebody else's phone out of paying. Who was let in once by the
 * phone's owner has a measure of their own, which no stranger fills. Of strangers each fills but a part of what all of them
 * have together, so that one account alone, or three, never lock a phone.
 */
export const limits: readonly Limit[] = [
  {
    name: 'known',
    counts: 'known',
    prompts: 5,
    windowSeconds: 10 * minute,
    refusal: `${fromThisAccount} just now.`,
    subjectOf: both,
  },
  {
    name: 'known-day',
    counts: 'known',
    prompts: 20,
    windowSeconds: day,
    refusal: `${fromThisAccount} today.`,
    subjectOf: both,
  },
  {
    name: 'stranger',
    counts: 'stranger',
    prompts: 3,
    windowSeconds: 10 * minute,
    refusal: `${fromThisAccount} just now.`,
    subjectOf: both,
  },
  {
    name: 'stranger-day',
    counts: 'stranger',
    prompts: 5,
    windowSeconds: day,
    refusal: `${fromThisAccount} today.`,
    subjectOf: both,
  },
  {
    name: 'phones',
    counts: 'first',
    prompts: 6,
    windowSeconds: hour,
    refusal: 'Several phones that you sent M-Pesa requests to did not answer.',
    subjectOf: ({ userId }) => userId,
  },
  {
    name: 'phone',
    counts: 'stranger',
    prompts: 10,
    windowSeconds: 10 * minute,
    refusal: 'This phone was sent many M-Pesa requests just now.',
    subjectOf: ({ phoneNumber }) => phoneNumber,
  },
  {
    name: 'phone-day',
    counts: 'stranger',
    prompts: 30,
    windowSeconds: day,
    refusal: 'This phone was sent many M-Pesa requests today.',
    subjectOf: ({ phoneNumber }) => phoneNumber,
  },
  {
    name: 'order',
    counts: 'always',
    prompts: 6,
    windowSeconds: 15 * minute,
    refusal: 'Many M-Pesa requests were sent for this order.',
    subjectOf: ({ orderId }) => orderId,
  },
  {
    name: 'user',
    counts: 'always',
    prompts: 15,
    windowSeconds: 30 * minute,
    refusal: 'You have sent many M-Pesa requests just now.',
    subjectOf: ({ userId }) => userId,
  },
]
