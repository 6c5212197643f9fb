import { cartContract as contract } from '@duka/contracts'
import { createServiceApp, queryRows, route } from '@duka/kit'
import type { Express, NextFunction, Request, Response } from 'express'
import { addCartItem } from './add-cart-item'
import { changeCartItem, findOwnLine } from './change-cart-item'
import { checkoutCart } from './checkout-cart'
import { clearCart } from './clear-cart'
import type { Deps } from './deps'
import { mergeCart } from './merge-cart'
import { ownerOf } from './owner'
import { readCart } from './read-cart'
import { removeCartItem } from './remove-cart-item'
import { removeOrderedItems } from './remove-ordered-items'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    mount: (app) => app.use('/api/cart', forbidCaching),
    routes: [
      route(contract.readCart, ({ user, request }) => readCart(deps, ownerOf(user, request))),
      route(contract.clearCart, ({ user, request }) => clearCart(deps, ownerOf(user, request))),
      // It keeps its Idempotency-Keys itself, guests' too, in the statement that adds.
      route({ ...contract.addCartItem, idempotent: false }, ({ user, request, response, body }) =>
        addCartItem(deps, ownerOf(user, request), body, { request, response }),
      ),
      route(
        contract.changeCartItem,
        ({ user, request, params, body }) => changeCartItem(deps, ownerOf(user, request), params.id, body.quantity),
        ({ user, request, params }) => findOwnLine(deps, ownerOf(user, request), params.id),
      ),
      route(contract.removeCartItem, ({ user, request, params }) =>
        removeCartItem(deps, ownerOf(user, request), params.id),
      ),
      route(contract.mergeCart, ({ user, body }) => mergeCart(deps, user.id, body.cartToken)),
      route(contract.checkoutCart, ({ body }) => checkoutCart(deps, body)),
      route(contract.removeOrderedItems, ({ body }) => removeOrderedItems(deps, body)),
    ],
  })
}

/** A cart is its owner's alone, also on the way there. */
function forbidCaching(_request: Request, response: Response, next: NextFunction): void {
  response.set('Cache-Control', 'no-store')
  next()
}
