import type { Config } from '../config'

/** A merchant's access to Safaricom's Daraja API. */
export interface MpesaAccount {
  baseUrl: string
  /** Where callbacks come in from outside: the gateway's public address. */
  callbackBaseUrl: string
  consumerKey: string
  consumerSecret: string
  /** The paybill, or a till's store number. */
  shortcode: string
  passkey: string
  /** Set where the shop is paid into a till. */
  tillNumber: string | null
  /** The API user that gives money back; null where the shop only takes money. */
  initiator: { name: string; credential: string; payoutShortcode: string } | null
}

const hosts = {
  sandbox: 'https://sandbox.safaricom.co.ke',
  production: 'https://api.safaricom.co.ke',
}

/** The account, or null where the shop has none: M-Pesa is then not offered. */
export function mpesaAccount(config: Config): MpesaAccount | null {
  const { MPESA_CONSUMER_KEY, MPESA_CONSUMER_SECRET, MPESA_SHORTCODE, MPESA_PASSKEY } = config
  if (!MPESA_CONSUMER_KEY || !MPESA_CONSUMER_SECRET || !MPESA_SHORTCODE || !MPESA_PASSKEY) return null
  return {
    baseUrl: config.MPESA_BASE_URL ?? hosts[config.MPESA_ENVIRONMENT],
    callbackBaseUrl: config.MPESA_CALLBACK_URL ?? config.PUBLIC_BASE_URL,
    consumerKey: MPESA_CONSUMER_KEY,
    consumerSecret: MPESA_CONSUMER_SECRET,
    shortcode: MPESA_SHORTCODE,
    passkey: MPESA_PASSKEY,
    tillNumber: config.MPESA_TILL_NUMBER ?? null,
    initiator: initiatorOf(config, MPESA_SHORTCODE),
  }
}

function initiatorOf(config: Config, shortcode: string): MpesaAccount['initiator'] {
  const { MPESA_INITIATOR_NAME: name, MPESA_SECURITY_CREDENTIAL: credential } = config
  return name && credential ? { name, credential, payoutShortcode: config.MPESA_B2C_SHORTCODE ?? shortcode } : null
}
