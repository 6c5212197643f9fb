import { setTimeout as delay } from 'node:timers/promises'
import { type Answer, createShopClient, type ShopClient } from '../demo-shop/shop-client'
import { OperatorError } from '../operator-error'
import type { Random } from './random'
import type { World } from './world'

export interface Question {
  body?: unknown
  key?: string
  /** False for what must not be sent twice, because nothing tells the second from the first. */
  isRepeatable?: boolean
  /** Asked without a token. */
  isAnonymous?: boolean
}

const maxTries = 12
const longestPauseMs = 1500
const passing = new Set(['request_in_progress', 'order_busy'])

/** Somebody with an account: a customer, or the admin. Asks again where the shop does not answer. */
export class Shopper {
  private readonly client: ShopClient
  private token: string | undefined
  private loggingIn: Promise<boolean> | undefined
  /** When it was last left open what became of a request: it may still arrive. */
  lastDoubtAt = 0

  constructor(
    readonly world: World,
    readonly random: Random,
    readonly credentials: { email: string; password: string },
  ) {
    this.client = createShopClient(world.url)
  }

  /** Opens the account; one that is there already, by a request whose answer was lost, is logged into. */
  async register(): Promise<boolean> {
    const body = { name: 'Customer', ...this.credentials }
    const answer = await this.ask<{ token: string }>('POST', '/api/auth/register', { body, isAnonymous: true })
    if (answer?.status === 201) this.token = answer.body.token
    return answer?.status === 201 || (await this.logIn())
  }

  /** Once for all who find at the same moment that the token has ended. */
  logIn(): Promise<boolean> {
    this.loggingIn ??= this.fetchToken().finally(() => {
      this.loggingIn = undefined
    })
    return this.loggingIn
  }

  private async fetchToken(): Promise<boolean> {
    const question = { body: this.credentials, isAnonymous: true }
    const answer = await this.ask<{ token: string }>('POST', '/api/auth/login', question)
    if (answer?.status === 200) this.token = answer.body.token
    return answer?.status === 200
  }

  newKey(): string {
    return `prove-${this.random.text(20)}`
  }

  /** Undefined where no answer came that says what happened. */
  async ask<T>(method: string, path: string, question: Question = {}): Promise<Answer<T> | undefined> {
    for (let tries = 1; tries <= maxTries; tries++) {
      const token = question.isAnonymous ? undefined : this.token
      const answer = await this.send<T>(method, path, question, token)
      if (answer?.status === 401 && !question.isAnonymous) {
        if (token === this.token && !(await this.logIn())) return undefined
        continue
      }
      if (answer && !isPassing(answer)) return answer
      // A 503 too may come of a request that a service still has before it.
      this.lastDoubtAt = Date.now()
      if (question.isRepeatable === false) return undefined
      await delay(Math.min(longestPauseMs, 100 * tries))
    }
    return undefined
  }

  private async send<T>(method: string, path: string, { body, key }: Question, token: string | undefined) {
    try {
      const headers = key ? { 'Idempotency-Key': key } : undefined
      const answer = await this.client.send<T>(method, path, { body, token, ...(headers && { headers }) })
      if (answer.status >= 500) this.world.memory.count(`error.${describe(method, path, answer)}`)
      return answer
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      this.world.memory.count('silence')
      return undefined
    }
  }
}

function isPassing({ status, body }: Answer<unknown>): boolean {
  return status >= 500 || status === 429 || (status === 409 && passing.has(codeOf(body)))
}

export function codeOf(body: unknown): string {
  return String((body as { code?: unknown } | undefined)?.code ?? '')
}

function describe(method: string, path: string, { status, body }: Answer<unknown>): string {
  return `${method} ${path.replace(/[0-9a-f-]{36}/g, ':id')} ${status} ${codeOf(body)}`
}
