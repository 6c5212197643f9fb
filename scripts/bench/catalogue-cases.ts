import type { productContract } from '@duka/contracts'
import type { BenchCase } from './cases'
import { fireRequests } from './fire-requests'
import { createJsonClient, type RawAnswer } from './json-client'

/** Who may edit products: nobody keeps answers for them, so their reads are made anew each time. */
export interface Editor {
  token: string
}

interface Read {
  name: string
  path: string
  /** Answered from memory; of those that are not, an editor asks. */
  isHot: boolean
}

interface List {
  products: productContract.Product[]
  totalProducts: number
  nextCursor: string | null
}

const limit = 20
const deepPage = 10_000
/** A colour, and a number that one product in 9,000 has in its name. */
const [commonWord, rareWord] = ['black', '1500']
const category = 'Electronics'
const list = `/api/products?limit=${limit}`

/** The reads of a catalogue of some size, by the paths that they have in it. */
export async function findReads(url: string, editor: Editor): Promise<Read[]> {
  const client = createJsonClient(url, 1)
  const read = (path: string) => client.send<List>('GET', path, 200, { token: editor.token })
  try {
    const { products, totalProducts } = await read(list)
    // The last but one where there are not so many.
    const page = Math.max(1, Math.min(deepPage, Math.floor(totalProducts / limit)) - 1)
    const { nextCursor } = await read(`${list}&page=${page}`)
    const detail = `/api/products/${products[0]?.id}`
    const reads: Omit<Read, 'isHot'>[] = [
      { name: 'first page', path: list },
      { name: `page ${page + 1}`, path: `${list}&cursor=${nextCursor}` },
      { name: 'category', path: `${list}&category=${category}` },
      { name: 'common word', path: `${list}&search=${commonWord}` },
      { name: 'best of common word', path: `${list}&search=${commonWord}&sort=relevance` },
      { name: 'rare word', path: `${list}&search=${rareWord}` },
      { name: 'detail', path: detail },
    ]
    return [
      { name: 'hot list', path: list, isHot: true },
      { name: 'hot detail', path: detail, isHot: true },
      ...reads.map((each) => ({ ...each, isHot: false })),
    ]
  } finally {
    client.close()
  }
}

export function createReadCases(reads: Read[], editor: Editor, products: number): BenchCase[] {
  return reads.map(({ name, path, isHot }) => ({
    name,
    products,
    unit: 'requests',
    warmUpSeconds: 3,
    run: ({ url }, connections, seconds) => {
      const headers = isHot ? {} : { authorization: `Bearer ${editor.token}` }
      return fireRequests({ url, connections, seconds, requestsOf: () => [{ method: 'GET', path, headers }] })
    },
  }))
}

/** What the shop answers to each, for the reference to give. */
export async function recordReads(url: string, reads: Read[], editor: Editor): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = []
  const client = createJsonClient(url, 1, (answer) => answers.push(answer))
  try {
    for (const { path, isHot } of reads) if (!isHot) await client.send('GET', path, 200, { token: editor.token })
  } finally {
    client.close()
  }
  return answers
}
