import { createPrivateKey, randomUUID } from 'node:crypto'
import { productContract } from '@duka/contracts'
import { createProof } from '@duka/kit'
import type autocannon from 'autocannon'
import { serviceKeyName } from '../supervisor/secrets'
import type { Shop } from '../supervisor/shop'

/** One product that everybody wants, as the order service sees it. */
export interface Reservations {
  /** The product service's own address. */
  url: string
  path: string
  /** A piece for one more order. */
  nextOrder(): { token: string; body: object }
  /** Makes one such order each time it is sent. */
  nextRequest(): autocannon.Request
}

const { method, path } = productContract.reserveStock

/** The hot product has to have more pieces than a run can reserve. */
export function openReservations(shop: Shop, productId: string): Reservations {
  const prove = proveOrder(shop)
  const nextOrder = () => ({
    token: prove(),
    body: { orderId: randomUUID(), attempt: 1, items: [{ productId, quantity: 1, price: null }] },
  })
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    const { token, body } = nextOrder()
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    return { ...request, headers, body: JSON.stringify(body) }
  }
  return { url: shop.urls.product ?? '', path, nextOrder, nextRequest: () => ({ method, path, setupRequest }) }
}

/** Proves to product that the order service calls, with the key that this shop made up for it. */
function proveOrder({ secrets }: Shop): () => string {
  const key = Buffer.from(secrets[serviceKeyName('order')] ?? '', 'base64')
  const privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' })
  const proof = createProof({ name: 'order', privateKey, publicKeys: new Map() })
  return () => proof.sign('product')
}
