/** How many of the smallest units are one whole, written down from docs.stripe.com/currencies, apart from any shop's table. */
const units: Readonly<Record<number, string>> = {
  1: 'bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf',
  100:
    'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bmd bnd bob brl bsd bwp byn bzd cad cdf chf cny cop crc cve czk ' +
    'dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gtq gyd hkd hnl htg huf idr ils inr isk jmd kes kgs khr kyd kzt lak lbp ' +
    'lkr lrd lsl mad mdl mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk php pkr pln qar ron rsd ' +
    'rub sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu uzs wst xcd yer zar zmw',
  1000: 'bhd jod kwd omr tnd',
}
const unitsByCode = new Map(
  Object.entries(units).flatMap(([count, codes]) => codes.split(' ').map((code) => [code, Number(count)] as const)),
)

/** Amounts that must end in zeros: these have no decimals and are counted in hundredths, and of three decimals the last is 0. */
const withoutDecimals = new Set(['isk', 'ugx'])
const stepOf = (currency: string): number => {
  if (withoutDecimals.has(currency)) return 100
  return unitsByCode.get(currency) === 1000 ? 10 : 1
}

/** In the smallest units. Stripe asks for about 50 US cents after conversion; for KES that is taken at 130 to the dollar. */
const minimums: Readonly<Record<string, number>> = { usd: 50, eur: 50, gbp: 30, kes: 6500 }

export const currencies: readonly string[] = [...unitsByCode.keys()]
export const isCurrency = (code: string): boolean => unitsByCode.has(code)
export const unitsPerWhole = (currency: string): number => unitsByCode.get(currency) ?? 100
export const minimumAmount = (currency: string): number => minimums[currency] ?? 1

/** Why Stripe takes no such amount; undefined where it does. */
export function whyNoAmount(amount: number, currency: string): string | undefined {
  const step = stepOf(currency)
  if (amount % step === 0) return undefined
  const zeros = step === 100 ? 'its two decimals must be 00' : 'the last digit must be 0'
  return `Invalid amount: in ${currency.toUpperCase()} ${zeros}.`
}

/** As in `KES 1,234.50`. */
export function formatAmount(amount: number, currency: string): string {
  const whole = unitsPerWhole(currency)
  const digits = withoutDecimals.has(currency) ? 0 : Math.log10(whole)
  const major = (amount / whole).toLocaleString('en-KE', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  })
  return `${currency.toUpperCase()} ${major}`
}
