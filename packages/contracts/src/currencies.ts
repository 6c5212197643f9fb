import type { Minor } from './money'

/** Active currencies by their decimals (ISO 4217, list one, as of 2026). Those of funds and metals are no money of a shop. */
const byDecimals: Record<0 | 2 | 3, string> = {
  0: 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF',
  2:
    'AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP ' +
    'CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS ' +
    'KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD ' +
    'PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP ' +
    'TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG',
  3: 'BHD IQD JOD KWD LYD OMR TND',
}

const decimals = new Map(
  Object.entries(byDecimals).flatMap(([count, codes]) =>
    codes.split(' ').map((code) => [code, Number(count)] as const),
  ),
)

/** How people and programs write some currencies that have another code. */
const misnomers: Readonly<Record<string, string>> = {
  KSH: 'KES',
  KSS: 'KES',
  TSH: 'TZS',
  USH: 'UGX',
  UGS: 'UGX',
  RFR: 'RWF',
  ETH: 'ETB',
  STG: 'GBP',
  UKP: 'GBP',
  EUO: 'EUR',
  RMB: 'CNY',
  YEN: 'JPY',
  NAR: 'NGN',
  CFA: 'XOF',
}

export const currencies: readonly string[] = [...decimals.keys()]

export function isCurrency(code: string): boolean {
  return decimals.has(code)
}

/** The code that was probably meant; undefined where none is near. */
export function likelyCurrency(code: string): string | undefined {
  const upper = code.trim().toUpperCase()
  if (isCurrency(upper)) return upper
  if (!/^[A-Z]{3}$/.test(upper)) return undefined
  return misnomers[upper] ?? currencies.find((known) => known.startsWith(upper.slice(0, 2)))
}

/** The decimals that people write amounts of a currency with; two where it is not known. */
export function decimalsOf(currency: string): number {
  return decimals.get(currency) ?? 2
}

/**
 * The smallest amount of a currency that a shop can ask for, in minor units, which are hundredths in every currency here:
 * amounts have at most two decimals, and none in a currency that has none.
 */
export function smallestAmount(currency: string): Minor {
  return decimalsOf(currency) === 0 ? 100 : 1
}

/** Whether an amount in minor units can be written in a currency, as JPY 1500.50 cannot. */
export function fitsCurrency(amount: Minor, currency: string): boolean {
  return amount % smallestAmount(currency) === 0
}
