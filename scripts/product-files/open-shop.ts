import { join } from 'node:path'
import { findAdmin, possibleAdmins } from '../demo-shop/find-admin'
import { localShopUrl } from '../demo-shop/shop-address'
import { createShopClient, type ShopClient } from '../demo-shop/shop-client'
import { exitCodes, OperatorError } from '../operator-error'
import type { GivenSettings } from '../supervisor/read-settings'

const rootDir = join(__dirname, '../../..')

/** Signs in as the shop's admin. */
export async function openShop(
  url: string | undefined,
  settings: GivenSettings,
  log: (line: string) => void,
): Promise<{ shop: ShopClient; token: string }> {
  const shop = createShopClient(url ?? localShopUrl(settings))
  const { token } = await findAdmin(shop, possibleAdmins(shop.url, settings, rootDir), log)
  return { shop, token }
}

/** The one file that a command line names. */
export function oneFile(files: string[], usage: string): string {
  const [file] = files
  if (file === undefined || files.length > 1) {
    throw new OperatorError(`Name one file: ${usage.split('\n', 1)[0]}`, exitCodes.wrongSetting)
  }
  return file
}
