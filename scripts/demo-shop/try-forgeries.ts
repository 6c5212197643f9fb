import type { paymentContract } from '@duka/contracts'
import { expectProblem, expectSame, expectStatus } from './expect'
import { readPayment } from './pay-order'
import { type Order, readOrder } from './place-orders'
import type { Tour } from './tour'
import { registerStranger } from './visit-shop'

type Payment = paymentContract.Payment

/** A callback that claims success for a try that failed: without the try's own secret it must change nothing. */
export async function forgeCallback({ shop, step }: Tour, token: string, payment: Payment): Promise<void> {
  await step('A forged callback changes nothing', async (saw) => {
    const secret = '0'.repeat(64)
    for (const path of ['/api/webhook/mpesa', `/api/webhook/m/${secret}`]) {
      const answer = await shop.send<{ ResultCode: number }>('POST', path, { body: paidCallback(payment) })
      expectSame(`${answer.call}: ResultCode`, expectStatus(answer, 200).ResultCode, 0)
    }
    const { status } = await readPayment(shop, token, payment.id)
    expectSame('status of the payment after a forged callback', status, 'failed')
    const order = await readOrder(shop, token, payment.orderId)
    expectSame('status of the order after a forged callback', order.status, 'pending')
    saw(`the payment is still ${status}, the order ${order.status}`)
  })
}

/** What is not for the public, and what is somebody else's. */
export async function tryForbiddenDoors({ shop, step }: Tour, order: Order): Promise<void> {
  await step('Internal paths do not exist outside', async (saw) => {
    const body = { orderId: order.id, status: 'paid' }
    expectProblem(await shop.send('POST', '/api/internal/update-status', { body }), 404)
    expectProblem(await shop.send('GET', `/api/internal/orders/${order.id}`), 404)
    expectProblem(await shop.send('POST', '/api/verify', { body: { token: 'x' } }), 404)
    saw('404, three times')
  })
  await step("Another customer cannot see the first one's order", async (saw) => {
    expectProblem(await shop.send('GET', `/api/orders/${order.id}`), 401)
    const token = await registerStranger(shop)
    expectProblem(await shop.send('GET', `/api/orders/${order.id}`, { token }), 404)
    expectProblem(await shop.send('PUT', `/api/orders/${order.id}/cancel`, { token, body: {} }), 404)
    const body = { orderId: order.id, phoneNumber: '0700000000' }
    expectProblem(await shop.send('POST', '/api/payments/mpesa', { token, body }), 404)
    saw('401 without a token, 404 with another one')
  })
}

function paidCallback({ externalReference, amount }: Payment) {
  const Item = [
    { Name: 'Amount', Value: amount },
    { Name: 'MpesaReceiptNumber', Value: 'FORGED0001' },
    { Name: 'TransactionDate', Value: 20260101120000 },
    { Name: 'PhoneNumber', Value: 254700000032 },
  ]
  const stkCallback = {
    MerchantRequestID: 'forged-1',
    CheckoutRequestID: externalReference,
    ResultCode: 0,
    ResultDesc: 'The service request is processed successfully.',
    CallbackMetadata: { Item },
  }
  return { Body: { stkCallback } }
}
