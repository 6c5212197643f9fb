import { randomUUID } from 'node:crypto'
import { type paymentContract, toMinor } from '@duka/contracts'
import { expectProblem, expectSame, expectStatus, expectThat, waitFor } from './expect'
import { type Order, readOrder } from './place-orders'
import type { ShopClient } from './shop-client'
import type { Tour } from './tour'

type Payment = paymentContract.Payment

/** Should the callback be lost, the shop asks Safaricom itself after some 20 seconds. */
const payingSeconds = 60
const receiptShape = /^[A-Z0-9]{10}$/

/** Pays an order by M-Pesa and follows it until the order is paid. */
export async function payOrder({ shop, step, phone }: Tour, token: string, order: Order): Promise<void> {
  const number = await phone('pays')
  const { id } = await step('M-Pesa asks the phone for the money', async (saw) => {
    const { payment, checkoutRequestId } = await askPhone(shop, token, order, number)
    expectSame('phone number of the payment', payment.phoneNumber, `254${number.slice(1)}`)
    saw(`${payment.currency} ${payment.amount}, ${payment.status}, ${checkoutRequestId}`)
    return payment
  })
  await step('A second try meanwhile asks for no second payment', async (saw) =>
    saw(await tryAgain(shop, token, order, { id, number })),
  )
  await step('The payment is completed', async (saw) => {
    const payment = await settle(shop, token, id)
    expectSame('status of the payment', payment.status, 'completed')
    expectThat(
      receiptShape.test(payment.transactionId ?? ''),
      'receipt',
      'ten letters and digits',
      payment.transactionId,
    )
    saw(`receipt ${payment.transactionId}`)
  })
  await step('The order is paid', async (saw) => saw(await watchPaid(shop, token, order)))
}

/** Lets the customer cancel the prompt: the try has failed, the order still waits for its money. */
export async function failToPay({ shop, step, phone }: Tour, token: string, order: Order): Promise<Payment> {
  return step('The customer cancels the prompt on the phone', async (saw) => {
    const { payment } = await askPhone(shop, token, order, await phone('cancels'))
    const settled = await settle(shop, token, payment.id)
    expectSame('status of the payment', settled.status, 'failed')
    expectSame('receipt of a failed payment', settled.transactionId, null)
    const { status, paymentStatus } = await readOrder(shop, token, order.id)
    expectSame('status of the order after a failed try', status, 'pending')
    saw(`failed (${settled.failureCode}); the order is ${status}, its payment ${paymentStatus}`)
    return settled
  })
}

export async function readPayment(shop: ShopClient, token: string, id: string): Promise<Payment> {
  return expectStatus(await shop.send<{ payment: Payment }>('GET', `/api/payments/${id}`, { token }), 200).payment
}

async function askPhone(shop: ShopClient, token: string, order: Order, phoneNumber: string) {
  const answer = await shop.send<{ payment: Payment; checkoutRequestId: string | null }>(
    'POST',
    '/api/payments/mpesa',
    {
      token,
      body: { orderId: order.id, phoneNumber },
      headers: { 'Idempotency-Key': randomUUID() },
    },
  )
  const asked = expectStatus(answer, 201)
  expectSame('orderId of the payment', asked.payment.orderId, order.id)
  expectSame('amount of the payment, in cents', toMinor(asked.payment.amount), toMinor(order.totalAmount))
  expectSame('type of checkoutRequestId', typeof asked.checkoutRequestId, 'string')
  return asked
}

/** The phone may have paid by now; either way there is a conflict, and still only one payment. */
async function tryAgain(shop: ShopClient, token: string, order: Order, first: { id: string; number: string }) {
  const body = { orderId: order.id, phoneNumber: first.number }
  const problem = expectProblem(await shop.send('POST', '/api/payments/mpesa', { token, body }), 409)
  if (problem.code === 'payment_pending') {
    expectSame('payment in the 409', (problem.payment as Payment | undefined)?.id, first.id)
  } else {
    expectSame(
      `status of the payment after ${problem.code}`,
      (await readPayment(shop, token, first.id)).status,
      'completed',
    )
  }
  const list = await shop.send<{ payments: Payment[] }>('GET', `/api/payments/order/${order.id}`, { token })
  expectSame('payments of the order', expectStatus(list, 200).payments.length, 1)
  return `409 ${problem.code}, 1 payment`
}

function settle(shop: ShopClient, token: string, id: string): Promise<Payment> {
  return waitFor({
    what: 'status of the payment',
    expected: 'completed or failed',
    timeoutSeconds: payingSeconds,
    look: () => readPayment(shop, token, id),
    isThere: ({ status }) => status !== 'pending',
    show: ({ status, failureCode }) => [status, failureCode].filter(Boolean).join(', '),
  })
}

async function watchPaid(shop: ShopClient, token: string, { id, orderNumber }: Order) {
  await waitFor({
    what: `order ${orderNumber}`,
    expected: 'status paid and paymentStatus paid',
    timeoutSeconds: 15,
    look: () => readOrder(shop, token, id),
    isThere: ({ status, paymentStatus }) => status === 'paid' && paymentStatus === 'paid',
    show: ({ status, paymentStatus }) => `status ${status} and paymentStatus ${paymentStatus}`,
  })
  const answer = await shop.send<{ orders: Order[]; totalOrders: number }>('GET', '/api/orders', { token })
  const { orders, totalOrders } = expectStatus(answer, 200)
  const listed = orders.find((each) => each.id === id)
  expectSame(`status of ${orderNumber} in the list`, listed?.status, 'paid')
  expectSame('totalOrders', totalOrders, 1)
  return `${orderNumber} paid, in the list of ${totalOrders}`
}
