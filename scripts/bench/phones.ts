import { createJsonClient, type JsonClient } from './json-client'

/** A callback as the provider sends it. */
export interface Callback {
  path: string
  body: unknown
}

/** The provider's side of payments, which only its simulator tells of. */
export interface Phones {
  /** While it does, every prompt is paid and none of its callbacks arrives: somebody else delivers them. */
  withholdCallbacks(isWithheld: boolean): Promise<void>
  /** What was withheld. */
  callbackOf(checkoutRequestId: string): Promise<Callback>
  /** How long the shop took to answer each of these prompts' callbacks, in ms. */
  answerTimes(checkoutRequestIds: string[]): Promise<number[]>
}

/** What is read of the simulator's transactions. */
interface Transaction {
  checkoutRequestId: string
  merchantRequestId: string
  amount: number
  phone: string
  callbackUrl: string
  receipt: string | null
  callbackMs: number | null
}

const maxListed = 10_000

export function reachPhones(simulatorUrl: string): Phones {
  const ask = async <T>(work: (client: JsonClient) => Promise<T>): Promise<T> => {
    const client = createJsonClient(simulatorUrl, 1)
    return work(client).finally(() => client.close())
  }
  return {
    async withholdCallbacks(isWithheld) {
      const body = { lost: { rate: isWithheld ? 1 : 0 } }
      await ask((client) => client.send('POST', '/control/faults', 200, { body }))
    },
    async callbackOf(id) {
      return toCallback(await ask((client) => client.send<Transaction>('GET', `/control/transactions/${id}`, 200)))
    },
    async answerTimes(ids) {
      const wanted = new Set(ids)
      const path = `/control/transactions?limit=${maxListed}`
      const { transactions } = await ask((client) => client.send<{ transactions: Transaction[] }>('GET', path, 200))
      return transactions.flatMap(({ checkoutRequestId, callbackMs }) =>
        callbackMs !== null && wanted.has(checkoutRequestId) ? callbackMs : [],
      )
    },
  }
}

/** Spelt as Safaricom spells it. */
function toCallback({ callbackUrl, checkoutRequestId, merchantRequestId, amount, receipt, phone }: Transaction) {
  const Item = [
    { Name: 'Amount', Value: amount },
    { Name: 'MpesaReceiptNumber', Value: receipt },
    { Name: 'PhoneNumber', Value: Number(phone) },
  ]
  const stkCallback = {
    MerchantRequestID: merchantRequestId,
    CheckoutRequestID: checkoutRequestId,
    ResultCode: 0,
    ResultDesc: 'The service request is processed successfully.',
    CallbackMetadata: { Item },
  }
  return { path: new URL(callbackUrl).pathname, body: { Body: { stkCallback } } }
}
