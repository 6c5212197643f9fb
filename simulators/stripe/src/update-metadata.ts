import type { Metadata } from './objects'

/** Keys are added and changed; one with an empty text goes, and an empty text for all of it takes every key. */
export function updateMetadata(before: Metadata, given: Metadata | '' | undefined): Metadata {
  if (given === '') return {}
  return Object.fromEntries(Object.entries({ ...before, ...given }).filter(([, value]) => value !== ''))
}
