import { join } from 'node:path'
import { productContract as contract } from '@duka/contracts'
import { createServiceApp, queryRows, route } from '@duka/kit'
import express, { type Express } from 'express'
import { adjustStock } from './adjust-stock'
import { changeProduct } from './change-product'
import { checkStock } from './check-stock'
import { commitStock } from './commit-stock'
import { createProduct } from './create-product'
import type { Deps } from './deps'
import { exportProducts } from './export-products'
import { afterEdit, afterMove, afterRelease } from './forget-changed'
import { importProducts } from './import-products'
import { listCategories } from './list-categories'
import { listLowStock } from './list-low-stock'
import { listOrderMovements } from './list-order-movements'
import { listProducts } from './list-products'
import { listStockMovements } from './list-stock-movements'
import { readProduct, requireProduct } from './read-product'
import { releaseStock } from './release-stock'
import { reserveStock } from './reserve-stock'
import { withdrawProduct } from './withdraw-product'

const productsOf = ({ items }: { items: { productId: string }[] }) => items.map(({ productId }) => productId)

const pictures = join(__dirname, '..', 'pictures')

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  const find = ({ params }: { params: { id: string } }) => requireProduct(deps, params.id)
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    mount: (app) => app.use('/api/products/pictures', express.static(pictures, { maxAge: '1d', index: false })),
    routes: [
      route(contract.listProducts, (call) => listProducts(deps, call)),
      route(contract.importProducts, (call) => importProducts(deps, call)),
      route(contract.exportProducts, ({ response }) => exportProducts(deps, response)),
      route(contract.listLowStock, ({ query }) => listLowStock(deps, query)),
      route(contract.listCategories, (call) => listCategories(deps, call)),
      route(contract.readProduct, (call) => readProduct(deps, call)),
      route(contract.createProduct, ({ body, user, response }) =>
        afterEdit(deps, null, createProduct(deps, user, body, response)),
      ),
      route(contract.updateProduct, (call) => afterEdit(deps, call.params.id, changeProduct(deps, call)), find),
      route(contract.patchProduct, (call) => afterEdit(deps, call.params.id, changeProduct(deps, call)), find),
      route(contract.withdrawProduct, ({ params: { id }, request }) =>
        afterEdit(deps, id, withdrawProduct(deps, id, request)),
      ),
      route(
        contract.adjustStock,
        ({ params: { id }, body, user }) => afterMove(deps, [id], adjustStock(deps, user, id, body)),
        find,
      ),
      route(contract.listStockMovements, ({ params, query }) => listStockMovements(deps, params.id, query), find),
      route(contract.checkStock, ({ body }) => checkStock(deps, body.items)),
      route(contract.reserveStock, ({ body }) => afterMove(deps, productsOf(body), reserveStock(deps, body))),
      route(contract.commitStock, ({ body }) => commitStock(deps, body)),
      route(contract.listOrderMovements, ({ params }) => listOrderMovements(deps, params.orderId)),
      route(contract.releaseStock, ({ body }) => afterRelease(deps, body, releaseStock(deps, body))),
    ],
  })
}
