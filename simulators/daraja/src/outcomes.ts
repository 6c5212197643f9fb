/** What a phone does: result codes one after the other, no word ever (`never`), or it waits for a person. */
export type Outcome = string[] | 'never' | 'person'

/** By the last two digits of a phone 2547000000NN, or of an amount from 249,900 to 249,999. */
export const outcomesByEnding: Readonly<Record<string, Outcome>> = {
  '00': ['0'],
  '01': ['1'],
  '03': ['SFC_IC0003'],
  '04': ['4'],
  '06': ['8006'],
  '17': ['17'],
  '19': ['1019'],
  '20': ['2001'],
  '25': ['1025'],
  '28': ['2028'],
  '32': ['1032'],
  '33': ['1032', '0'],
  '37': ['1037'],
  '38': ['1037', '0'],
  '98': 'person',
  '99': 'never',
}

export function outcomeOfPhone(phone: string): Outcome | undefined {
  return phone.startsWith('2547000000') ? outcomesByEnding[phone.slice(-2)] : undefined
}

export function outcomeOfAmount(amount: number): Outcome | undefined {
  return amount >= 249_900 && amount <= 249_999 ? outcomesByEnding[String(amount).slice(-2)] : undefined
}
