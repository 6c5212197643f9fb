import { existsSync } from 'node:fs'
import { exitCodes, OperatorError } from '../operator-error'
import { defaultAdminEmail } from '../supervisor/complete-settings'
import { dataDirOf, type GivenSettings } from '../supervisor/read-settings'
import { keepSecrets, secretsFile } from '../supervisor/secrets'
import { logIn } from './create-products'
import { isThisMachine } from './shop-address'
import type { ShopClient } from './shop-client'

export interface Admin {
  email: string
  password: string
}

/** Who may be a shop's admin: whom the settings name, and on this machine whom this folder's npm start has made. */
export function possibleAdmins(url: string, settings: GivenSettings, rootDir: string): Admin[] {
  const { ADMIN_EMAIL: email = defaultAdminEmail, ADMIN_PASSWORD: password } = settings
  const kept = isThisMachine(url) ? keptSecrets(rootDir, settings)?.adminPassword : undefined
  const passwords = [...new Set([password, kept])].filter((each) => each !== undefined)
  return passwords.map((each) => ({ email, password: each }))
}

/** What this folder's npm start made up; undefined where it never ran. */
export function keptSecrets(rootDir: string, settings: GivenSettings): Readonly<Record<string, string>> | undefined {
  const dataDir = dataDirOf(rootDir, settings)
  return existsSync(secretsFile(dataDir)) ? keepSecrets(dataDir) : undefined
}

/** The first of them who can sign in, and their token. */
export async function findAdmin(
  shop: ShopClient,
  admins: readonly Admin[],
  log: (line: string) => void,
): Promise<{ admin: Admin; token: string }> {
  let refusal: unknown = new OperatorError(
    "Set ADMIN_EMAIL and ADMIN_PASSWORD to the shop's admin: this folder keeps none.",
    exitCodes.wrongSetting,
  )
  for (const admin of admins) {
    try {
      return { admin, token: await logIn(shop, { admin, log }) }
    } catch (error) {
      refusal = error
    }
  }
  throw refusal
}
