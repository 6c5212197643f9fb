import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { createShopClient } from '../../demo-shop/shop-client'
import { exportFile } from '../export-file'
import { importFile } from '../import-file'
import { createProgress } from '../progress'

let server: Server
let url: string
let folder: string
let pieces: string[]
let queries: string[]
let busy: number
let cut: boolean

/** Rejects the lines with "bad" in them, as the shop would. */
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const body = await text(request)
    if (request.headers.authorization !== 'Bearer admin') return response.writeHead(401).end()
    if (request.method === 'GET') {
      response.writeHead(200, { 'content-type': 'text/csv' }).write('sku,name\r\nA,1\r\n')
      return cut ? setImmediate(() => response.destroy()) : response.end('B,2\r\n')
    }
    const headers = { 'content-type': 'application/json', 'retry-after': '0' }
    if (busy-- > 0) return response.writeHead(503, headers).end('{}')
    pieces.push(body)
    queries.push(request.url ?? '')
    const lines = body.trimEnd().split('\n')
    const rejected = lines.flatMap((line, index) =>
      line.includes('bad') ? [{ line: index + 1, reason: 'is bad' }] : [],
    )
    const created = lines.length - 1 - rejected.length
    const stockChanges = lines.flatMap((each, index) =>
      each.startsWith('moved') ? [{ line: index + 1, sku: each.trim(), before: 1, after: 2 }] : [],
    )
    const stock = { stockChanges, totalStockChanges: stockChanges.length, totalStockLeft: 0 }
    const answer = { created, updated: 0, unchanged: 0, rejected, totalRejected: rejected.length, ...stock }
    const refused = JSON.stringify({ code: 'invalid_file', detail: 'No such column.' })
    if (body.startsWith('nonsense')) return response.writeHead(400, headers).end(refused)
    return response.writeHead(200, headers).end(`  ${JSON.stringify(answer)}`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duka-files-'))
  pieces = []
  queries = []
  busy = 0
  cut = false
})
afterEach(() => rmSync(folder, { recursive: true }))

function write(content: string): string {
  const path = join(folder, 'products.csv')
  writeFileSync(path, content)
  return path
}

describe('importing a file', () => {
  const run = (path: string, log: string[] = [], asked = {}) =>
    importFile({
      shop: createShopClient(url),
      token: 'admin',
      path,
      dryRun: false,
      leaveStock: false,
      log: (line) => log.push(line),
      ...asked,
    })

  test('sends it in pieces and tells rejected lines by their numbers in the file', async () => {
    const lines = Array.from({ length: 2250 }, (_, n) => (n % 1000 === 7 ? `bad ${n}` : `SKU-${n}`))
    const log: string[] = []
    busy = 1
    const totals = await run(write(['sku', ...lines].join('\n')), log)
    expect(totals).toMatchObject({ created: 2247, updated: 0, unchanged: 0, totalRejected: 3 })
    expect(pieces.map((piece) => piece.trimEnd().split('\n').length)).toEqual([1001, 1001, 251])
    expect(log.slice(1)).toEqual([9, 1009, 2009].map((line) => `Line ${line}: is bad`))
  })

  test('sends no sku twice, wherever in the file it stands again, unless its line was rejected', async () => {
    const between = Array.from({ length: 1500 }, (_, n) => `SKU-${n},x`)
    const lines = ['A,1', 'B,bad', '"C\n",1', ' a ,2', 'B,1', ...between, 'b,2', 'c,2', 'D,1', '"E,1']
    const log: string[] = []
    const totals = await run(write(['', 'sku,name', ...lines, 'F,1'].join('\n')), log)
    expect(totals.totalRejected).toBe(5)
    expect(pieces.join('').match(/^"?[a-f],/gim)).toEqual(['A,', 'B,', 'B,', 'D,', 'F,'])
    expect(log).toEqual([
      'Line 4: is bad',
      'Line 7: Its sku stands in line 3 already.',
      'Line 1509: Its sku stands in line 8 already.',
      'Line 1510: Its sku stands in line 5 already.',
      'Line 1512: The quotes in it do not come out right.',
    ])
  })

  test('tells in a dry run which stock would change, by its line in the file', async () => {
    const lines = Array.from({ length: 1100 }, (_, n) => (n % 1000 === 7 ? `moved ${n}` : `SKU-${n}`))
    const path = write(['sku', ...lines].join('\n'))
    const log: string[] = []
    expect(await run(path, log, { dryRun: true, leaveStock: true })).toMatchObject({ totalStockChanges: 2 })
    expect(log).toEqual(['Line 9: stock of moved 7 from 1 to 2', 'Line 1009: stock of moved 1007 from 1 to 2'])
    expect(queries).toEqual(Array(2).fill('/api/products/import?dryRun=true&leaveStock=true'))
    await run(path, log)
    expect(log).toHaveLength(2)
  })

  test('sends pieces of bounded length', async () => {
    await run(write(`sku,name\n${Array.from({ length: 12 }, (_, n) => `${n},${'x'.repeat(200_000)}\n`).join('')}`))
    expect(pieces.map((piece) => piece.split('\n').length - 2)).toEqual([5, 5, 2])
  })

  test('stops with one line where the shop refuses it, or there is no such file', async () => {
    await expect(run(write('nonsense\nx'))).rejects.toThrow('Stopped before line 2: 400 invalid_file (No such column.)')
    await expect(run(join(folder, 'nothing.csv'))).rejects.toThrow('nothing.csv cannot be read (ENOENT)')
    await expect(run(folder)).rejects.toThrow('is a folder')
    await expect(run(write(' \n'))).rejects.toThrow('The file is empty')
    await expect(run(write('"sku\n'))).rejects.toThrow('Line 1 must name the columns.')
    await expect(run(write(`sku\n${'x'.repeat(400_000)}`))).rejects.toThrow('Line 2 has more than')
  })
})

describe('exporting a file', () => {
  test('gives it its name once it is whole', async () => {
    const path = join(folder, 'out.csv')
    expect(await exportFile({ url, token: 'admin', path, expected: 2 })).toBe(3)
    expect(readFileSync(path, 'utf8')).toBe('sku,name\r\nA,1\r\nB,2\r\n')
  })

  test('leaves nothing where it breaks off or is refused', async () => {
    const path = join(folder, 'out.csv')
    cut = true
    await expect(exportFile({ url, token: 'admin', path, expected: 2 })).rejects.toThrow('broke off')
    await expect(exportFile({ url, token: 'guest', path, expected: 2 })).rejects.toThrow('401')
    expect(readdirSync(folder)).toEqual([])
  })
})

test('progress is a bar on a terminal and a few lines elsewhere', () => {
  const written: string[] = []
  const output = (isTTY: boolean) =>
    ({ isTTY, write: (line: string) => written.push(line) }) as unknown as NodeJS.WriteStream
  const log = createProgress('Importing', 1000, output(false))
  for (let done = 0; done <= 1000; done++) log.show(done)
  expect(written).toHaveLength(11)
  const bar = createProgress('Importing', 10, output(true))
  bar.show(5)
  bar.end()
  expect(written.at(-2)).toMatch(/\r.*#{15}\.{15}. 50 %/)
})
