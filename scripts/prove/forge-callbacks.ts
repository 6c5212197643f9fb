import type { AcknowledgedOrder } from './memory'
import { askForPrompt } from './pay-by-mpesa'
import type { Shopper } from './shopper'

/** A customer who would like to have the goods for nothing, and knows all but the secret of the payment's own address. */
export async function forgeCallbacks(shopper: Shopper, order: AcknowledgedOrder): Promise<void> {
  const asked = await askForPrompt(shopper, order)
  if (!asked) return
  const { random, world } = shopper
  const body = {
    Body: {
      stkCallback: {
        MerchantRequestID: `forged-${random.text(8)}`,
        CheckoutRequestID: asked.checkoutRequestId ?? 'ws_CO_unknown',
        ResultCode: 0,
        ResultDesc: 'The service request is processed successfully.',
        CallbackMetadata: {
          Item: [
            { Name: 'Amount', Value: order.totalAmount },
            { Name: 'MpesaReceiptNumber', Value: `FORGED${random.text(6).toUpperCase()}` },
            { Name: 'TransactionDate', Value: 20260101120000 },
            { Name: 'PhoneNumber', Value: Number(asked.payment.phoneNumber ?? 0) },
          ],
        },
      },
    },
  }
  const secret = Array.from({ length: 64 }, () => random.between(0, 15).toString(16)).join('')
  for (const [path, known] of [
    [`/api/webhook/m/${secret}`, secret],
    ['/api/webhook/mpesa', ''],
  ] as const) {
    world.memory.count('forgeries')
    const answer = await shopper.ask('POST', path, { body })
    if (answer?.status === 200) world.memory.callbacks.push({ secret: known, body: JSON.stringify(body) })
  }
}

/** One shilling for whatever it costs. */
export async function offerLess(shopper: Shopper, { id: orderId }: AcknowledgedOrder): Promise<void> {
  const { memory } = shopper.world
  memory.count('forgeries')
  const body = { orderId, phoneNumber: '254711000098', amount: 1 }
  const answer = await shopper.ask('POST', '/api/payments/mpesa', { body, key: shopper.newKey() })
  if (answer && answer.status < 300) memory.broken.push(`order ${orderId} could be paid with one shilling`)
}
