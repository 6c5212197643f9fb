/** Contacts, web pages and PDFs write them with signs of direction, odd spaces, dashes, dots and brackets. */
const spaces = /[\p{Zs}\p{Default_Ignorable_Code_Point}]/gu
const separators = /[\p{Pd}\u2212.·/()[\]]/gu
const zeroAfterCountry = /^(\+?254)\(0\)/

function strip(typed: string): string {
  return typed.replace(spaces, '').replace(zeroAfterCountry, '$1').replace(separators, '')
}

const msisdn = /^(?:\+?254|0)?([17]\d{8})$/

/** A Kenyan mobile number in any usual spelling as 2547… or 2541… (numbers starting 01 exist since 2019), if it is one. */
export function readPhoneNumber(typed: string): string | undefined {
  const [, number] = msisdn.exec(strip(typed)) ?? []
  return number && `254${number}`
}

/** A part of such a number, from its beginning or from anywhere in it, as it stands in a kept one; if it is one. */
export function readPartOfPhoneNumber(typed: string): string | undefined {
  const digits = strip(typed).replace(/^(?:\+|0(?=[17]))/, (prefix) => (prefix === '0' ? '254' : ''))
  return /^\d+$/.test(digits) ? digits : undefined
}
