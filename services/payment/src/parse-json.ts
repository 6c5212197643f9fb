/**
 * Parses what was sent in a provider's name; undefined where it is no JSON. Its texts are looked up and kept in PostgreSQL,
 * which takes neither NUL nor half of a surrogate pair, and JSON can spell both without containing them.
 */
export function parseJson(body: string): unknown {
  try {
    return JSON.parse(body, (_name, value) => (typeof value === 'string' ? replaceNul(value).toWellFormed() : value))
  } catch {
    return undefined
  }
}

/** Puts Unicode's sign for what cannot be shown in the place of each NUL. */
export function replaceNul(text: string): string {
  return text.replaceAll('\u0000', '\ufffd')
}
