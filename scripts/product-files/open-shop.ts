import { logIn } from '../demo-shop/create-products'
import { localShopUrl } from '../demo-shop/shop-address'
import { createShopClient, type ShopClient } from '../demo-shop/shop-client'
import { exitCodes, OperatorError } from '../operator-error'
import type { GivenSettings } from '../supervisor/read-settings'

/** Signs in as the shop's admin. */
export async function openShop(
  url: string | undefined,
  settings: GivenSettings,
  log: (line: string) => void,
): Promise<{ shop: ShopClient; token: string }> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = settings
  if (!email || !password) {
    throw new OperatorError("Set ADMIN_EMAIL and ADMIN_PASSWORD to the shop's admin.", exitCodes.wrongSetting)
  }
  const shop = createShopClient(url ?? localShopUrl(settings))
  return { shop, token: await logIn(shop, { admin: { email, password }, log }) }
}

/** The one file that a command line names. */
export function oneFile(files: string[], usage: string): string {
  const [file] = files
  if (file === undefined || files.length > 1) throw new OperatorError(usage, exitCodes.wrongSetting)
  return file
}
