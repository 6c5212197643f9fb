import type { TestShop } from '../shop-support'

const secretName = /password|token|secret|authorization/i
const phoneName = /phone/i
/** Shorter ones would be found by chance. */
const minLength = 20

/** Keeps every secret that goes over the wire, so that what the shop prints can be searched for them. */
export function collectSecrets(shop: TestShop) {
  const secrets = new Set<string>()
  const note = (value: unknown) => {
    if (typeof value === 'string' && value.length >= minLength) secrets.add(value)
  }
  const walk = (value: unknown) => {
    if (value === null || typeof value !== 'object') return
    for (const [name, field] of Object.entries(value)) {
      if (secretName.test(name)) note(field)
      // A number is the same in every spelling from its first significant digit on.
      else if (phoneName.test(name) && /^[\d+ ]{9,}$/.test(String(field)))
        secrets.add(String(field).replace(/\D/g, '').slice(-9))
      else walk(field)
    }
  }
  shop.onExchange = ({ body, token, answer, answerHeaders }) => {
    walk(body)
    walk(answer)
    note(token)
    note(answerHeaders.get('x-cart-token'))
  }
  return { note, all: secrets }
}

/** The lines that hold a secret, with it blotted out. */
export function linesWith(secrets: ReadonlySet<string>, lines: readonly string[]): string[] {
  return lines.flatMap((line) => {
    const found = [...secrets].find((secret) => line.includes(secret))
    return found === undefined ? [] : [line.replaceAll(found, '[SECRET]').slice(0, 500)]
  })
}
