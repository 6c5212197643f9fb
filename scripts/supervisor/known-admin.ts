import { type Admin, findAdmin } from '../demo-shop/find-admin'
import { createShopClient } from '../demo-shop/shop-client'
import { OperatorError } from '../operator-error'
import type { Shop } from './shop'

/** Who can sign in as admin now; undefined where neither the password that is set nor the one made up here is theirs. */
export async function findKnownAdmin(shop: Shop): Promise<Admin | undefined> {
  const { ADMIN_EMAIL: email, ADMIN_PASSWORD: password } = shop.settings
  const { gateway } = shop.urls
  if (!email || !password || !gateway) return undefined
  // An account keeps the password that it was made with, whatever was set later.
  const passwords = [...new Set([password, shop.secrets.adminPassword ?? password])]
  const admins = passwords.map((each) => ({ email, password: each }))
  try {
    return (await findAdmin(createShopClient(gateway), admins, () => {})).admin
  } catch (error) {
    if (error instanceof OperatorError) return undefined
    throw error
  }
}
