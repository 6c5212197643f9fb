import { randomUUID } from 'node:crypto'
import { eventually } from '@duka/testkit'
import type { TestShop } from '../shop-support'
import { unknownSecret, type World } from './world'

interface Ids {
  MerchantRequestID: string
  CheckoutRequestID: string
}

type Result = { code?: number; amount?: unknown; receipt?: unknown }

function writeCallback(ids: Ids, { code = 0, amount = 2400, receipt = 'FORGED0001' }: Result = {}) {
  const Item = [
    { Name: 'Amount', Value: amount },
    { Name: 'MpesaReceiptNumber', Value: receipt },
    { Name: 'PhoneNumber', Value: 254711000000 },
  ]
  return { Body: { stkCallback: { ...ids, ResultCode: code, ResultDesc: 'Done', CallbackMetadata: { Item } } } }
}

/** Money has come when Safaricom says so, and nobody else. */
export function describeWebhooks(getWorld: () => World, noteSecret: (secret: string) => void): void {
  /** A payment that waits for a person, with what only Safaricom and the shop know of it. */
  async function startToPay(shop: TestShop) {
    const started = await shop.startToPay()
    const response = await fetch(`${shop.simulatorUrl}/control/transactions/${started.checkoutRequestId}`)
    const { callbackUrl, merchantRequestId } = (await response.json()) as {
      callbackUrl: string
      merchantRequestId: string
    }
    const secret = callbackUrl.split('/').at(-1)!
    expect(secret).toMatch(/^[0-9a-f]{64}$/)
    noteSecret(secret)
    const ids = { MerchantRequestID: merchantRequestId, CheckoutRequestID: started.checkoutRequestId }
    return { ...started, secret, ids }
  }

  /** Sends callbacks, each answered alike, and waits until those that name a secret have been looked at. */
  async function deliver(shop: TestShop, callbacks: readonly [path: string, body: unknown][]) {
    const seen = () =>
      shop.lines.filter((line) => line.startsWith('payment: ') && line.includes('"mpesa_callback"')).length
    const before = seen()
    for (const [path, body] of callbacks) {
      const { status, body: answer } = await shop.post(path, body)
      expect([status, answer]).toEqual([200, { ResultCode: 0, ResultDesc: 'Accepted' }])
    }
    const withSecret = callbacks.filter(([path]) => path.includes('/m/')).length
    await eventually('the callbacks to be applied', async () => seen() >= before + withSecret)
  }

  async function expectUnpaid(shop: TestShop, { buyer, orderId, paymentId }: Awaited<ReturnType<typeof startToPay>>) {
    const [payment, order] = await Promise.all([
      shop.get(`/api/payments/${paymentId}`, buyer),
      shop.get(`/api/orders/${orderId}`, buyer),
    ])
    expect(payment.body).toMatchObject({ payment: { status: 'pending', transactionId: null } })
    expect(order.body).toMatchObject({ order: { status: 'pending', paymentStatus: 'pending' } })
  }

  test('a forged callback pays for nothing, and the true one still does, once', async () => {
    const { shop } = getWorld()
    const [victim, attacker] = await Promise.all([startToPay(shop), startToPay(shop)])
    const { ids, secret } = victim
    const flipped = secret.replace(/.$/, (last) => (last === '0' ? '1' : '0'))
    const wrongSecrets = [unknownSecret(), flipped, secret.slice(1), `${secret}0`, 'mpesa', victim.checkoutRequestId]
    await deliver(shop, [
      ['/api/webhook/mpesa', writeCallback(ids)],
      ['/api/payments/webhook/mpesa', writeCallback(ids, { receipt: 'FORGED0002' })],
      ['/api/webhook/mpesa', writeCallback(ids, { code: 1032 })],
      ...wrongSecrets.flatMap((wrong): [string, unknown][] => [
        [`/api/webhook/m/${wrong}`, writeCallback(ids)],
        [`/api/payments/webhook/m/${wrong}`, writeCallback(ids, { receipt: 'FORGED0003' })],
      ]),
      [`/api/webhook/m/${attacker.secret}`, writeCallback(ids)],
      [
        `/api/webhook/m/${attacker.secret}`,
        writeCallback({ ...ids, MerchantRequestID: attacker.ids.MerchantRequestID }),
      ],
    ])
    await expectUnpaid(shop, victim)
    await expectUnpaid(shop, attacker)

    // Even who knows the secret cannot say anything: ids, amount and receipt have to fit.
    const leaked = [
      writeCallback({ ...ids, CheckoutRequestID: `ws_CO_${randomUUID()}` }),
      writeCallback({ ...ids, MerchantRequestID: randomUUID() }),
      ...[1, 2399.99, 24_000, -2400, '2400 ', null, { $gt: 0 }, 1e300].map((amount) => writeCallback(ids, { amount })),
      ...['', null, 'A B', "' OR 1=1", 'x'.repeat(500), 5].map((receipt) => writeCallback(ids, { receipt })),
      [writeCallback(ids)],
      { Body: { stkCallback: { ...ids, ResultCode: 0 } } },
      'paid',
    ]
    await deliver(
      shop,
      leaked.map((body) => [`/api/webhook/m/${secret}`, body]),
    )
    await expectUnpaid(shop, victim)

    await shop.simulator(`/control/prompts/${victim.checkoutRequestId}/pay`)
    const paid = await shop.untilPaid(victim.buyer, victim.orderId, victim.paymentId)
    expect(paid.transactionId).not.toMatch(/FORGED/)

    // Replays, by Safaricom and by others, and whatever else comes after the money.
    await shop.simulator(`/control/transactions/${victim.checkoutRequestId}/redeliver`)
    await deliver(shop, [
      [`/api/webhook/m/${secret}`, writeCallback(ids, { receipt: paid.transactionId })],
      [`/api/webhook/m/${secret}`, writeCallback(ids, { receipt: 'FORGED0009' })],
      [`/api/webhook/m/${secret}`, writeCallback(ids, { code: 1032 })],
      [`/api/webhook/m/${attacker.secret}`, writeCallback(attacker.ids, { receipt: paid.transactionId })],
    ])
    await expectUnpaid(shop, attacker)
    const { buyer, orderId, paymentId } = victim
    expect((await shop.get(`/api/payments/${paymentId}`, buyer)).body).toEqual({ payment: paid })
    const history = (await shop.get(`/api/orders/${orderId}/history`, buyer)).body as { history: { to: string }[] }
    expect(history.history.map(({ to }) => to)).toEqual(['pending', 'paid'])
  }, 90_000)
}
