const all =
  'aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bif bmd bnd bob brl bsd bwp byn bzd cad cdf chf clp cny cop crc cve ' +
  'czk djf dkk dop dzd egp etb eur fjd fkp gbp gel gip gmd gnf gtq gyd hkd hnl htg huf idr ils inr isk jmd jpy kes kgs khr ' +
  'kmf krw kyd kzt lak lbp lkr lrd lsl mad mdl mga mkd mmk mnt mop mur mvr mwk mxn myr mzn nad ngn nio nok npr nzd pab pen pgk ' +
  'php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sos srd std szl thb tjs top try ttd twd tzs uah ugx usd uyu ' +
  'uzs vnd vuv wst xaf xcd xof xpf yer zar zmw'

const known = new Set(all.split(' '))
const withoutMinorUnits = new Set([
  'bif',
  'clp',
  'djf',
  'gnf',
  'jpy',
  'kmf',
  'krw',
  'mga',
  'pyg',
  'rwf',
  'ugx',
  'vnd',
  'vuv',
  'xaf',
  'xof',
  'xpf',
])

/** In minor units. Stripe asks for about 50 US cents after conversion; for KES that is taken at 130 to the dollar. */
const minimums: Readonly<Record<string, number>> = { usd: 50, eur: 50, gbp: 30, kes: 6500 }

export const isCurrency = (code: string): boolean => known.has(code)
export const minimumAmount = (currency: string): number => minimums[currency] ?? 1

/** As in `KES 1,234.50`. */
export function formatAmount(amount: number, currency: string): string {
  const digits = withoutMinorUnits.has(currency) ? 0 : 2
  const major = (amount / 10 ** digits).toLocaleString('en-KE', { minimumFractionDigits: digits })
  return `${currency.toUpperCase()} ${major}`
}
