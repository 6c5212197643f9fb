import type { Client } from '@duka/kit'

/** Another move that comes in at a moment of a move: before one of its calls to another service, or after it. */
interface Interruption {
  /** How many moments pass first. */
  after: number
  act: () => Promise<unknown>
  hasHappened: boolean
}

/** Lets a test run something at every moment in which a move of an order can be overtaken. */
export function createMoments() {
  const waiting = new Map<string, Interruption>()
  async function pass(orderId: string | undefined): Promise<void> {
    const interruption = orderId ? waiting.get(orderId) : undefined
    if (!interruption || interruption.hasHappened || interruption.after-- > 0) return
    interruption.hasHappened = true
    await interruption.act()
  }
  return {
    watch: ({ call }: Client): Client => ({
      async call(contract, request) {
        const orderId = orderOf(request)
        await pass(orderId)
        const answer = await call(contract, request)
        await pass(orderId)
        return answer
      },
    }),
    /** Runs a move, and another one in the middle of it. False where it was over before that moment. */
    async interrupt(orderId: string, after: number, move: () => Promise<unknown>, act: () => Promise<unknown>) {
      const interruption = { after, act, hasHappened: false }
      waiting.set(orderId, interruption)
      await move()
      waiting.delete(orderId)
      return interruption.hasHappened
    },
  }
}

/** Every call that is about an order names it, in one of three ways. */
function orderOf(request: object): string | undefined {
  const { body, params } = request as Record<'body' | 'params', Record<string, string> | undefined>
  return body?.orderId ?? params?.orderId ?? params?.id
}
