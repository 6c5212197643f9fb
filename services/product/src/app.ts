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
import { importProducts } from './import-products'
import { listCategories } from './list-categories'
import { listLowStock } from './list-low-stock'
import { listProducts } from './list-products'
import { listStockMovements } from './list-stock-movements'
import { readProduct, requireProduct } from './read-product'
import { releaseStock } from './release-stock'
import { reserveStock } from './reserve-stock'
import { withdrawProduct } from './withdraw-product'

const pictures = join(__dirname, '..', 'pictures')

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  const find = ({ params }: { params: { id: string } }) => requireProduct(deps, params.id)
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    mount: (app) => app.use('/api/products/pictures', express.static(pictures, { maxAge: '1d', index: false })),
    routes: [
      route(contract.listProducts, ({ query }) => listProducts(deps, query)),
      route(contract.importProducts, (call) => importProducts(deps, call)),
      route(contract.exportProducts, ({ response }) => exportProducts(deps, response)),
      route(contract.listLowStock, ({ query }) => listLowStock(deps, query)),
      route(contract.listCategories, () => listCategories(deps)),
      route(contract.readProduct, ({ params, response }) => readProduct(deps, params.id, response)),
      route(contract.createProduct, ({ body, user, response }) => createProduct(deps, user, body, response)),
      route(contract.updateProduct, (call) => changeProduct(deps, call), find),
      route(contract.patchProduct, (call) => changeProduct(deps, call), find),
      route(contract.withdrawProduct, ({ params, request }) => withdrawProduct(deps, params.id, request)),
      route(contract.adjustStock, ({ params, body, user }) => adjustStock(deps, user, params.id, body), find),
      route(contract.listStockMovements, ({ params, query }) => listStockMovements(deps, params.id, query), find),
      route(contract.checkStock, ({ body }) => checkStock(deps, body.items)),
      route(contract.reserveStock, ({ body }) => reserveStock(deps, body)),
      route(contract.commitStock, ({ body }) => commitStock(deps, body)),
      route(contract.releaseStock, ({ body }) => releaseStock(deps, body)),
    ],
  })
}
