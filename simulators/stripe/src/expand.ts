import type { Kind, StripeObject } from './objects'
import { type Draft, find } from './simulator'
import { invalid } from './stripe-error'

const expandable: Readonly<Record<string, Kind>> = {
  latest_charge: 'charge',
  charge: 'charge',
  payment_intent: 'payment_intent',
}

type Expanded = Record<string, unknown>

/** Puts whole objects in the place of ids, as `expand[]=latest_charge` or, in lists, `expand[]=data.payment_intent` asks. */
export function expandObject(draft: Draft, object: object, paths: string[] = []): object {
  return paths.reduce((expanded, path) => expandPath(draft, expanded, path.split('.')), object)
}

function expandPath(draft: Draft, object: object, path: string[]): object {
  const [first = '', ...rest] = path
  if ('data' in object && Array.isArray(object.data) && first === 'data') {
    return { ...object, data: object.data.map((item: object) => expandPath(draft, item, rest)) }
  }
  const kind = expandable[first]
  if (!kind || !(first in object)) {
    throw invalid(`This property cannot be expanded (${path.join('.')}).`, { param: 'expand' })
  }
  const value = (object as Expanded)[first]
  const found = typeof value === 'string' ? findWith(draft, kind, value) : (value as StripeObject | null)
  if (!found) return object
  return { ...object, [first]: rest.length > 0 ? expandPath(draft, found, rest) : found }
}

/** Also what this very request has made or changed. */
const findWith = (draft: Draft, kind: Kind, id: string) =>
  draft.objects.find((object) => object.id === id) ?? find(draft.sim, kind, id)
