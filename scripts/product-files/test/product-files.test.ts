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
import { readPieces } from '../read-pieces'

let server: Server
let url: string
let folder: string
let pieces: string[]
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
    const lines = body.trimEnd().split('\n')
    const rejected = lines.flatMap((line, index) =>
      line.includes('bad') ? [{ line: index + 1, reason: 'is bad' }] : [],
    )
    const created = lines.length - 1 - rejected.length
    const answer = { created, updated: 0, unchanged: 0, rejected, totalRejected: rejected.length }
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
  const run = (path: string, log: string[] = []) =>
    importFile({ shop: createShopClient(url), token: 'admin', path, dryRun: false, log: (line) => log.push(line) })

  test('sends it in pieces and tells rejected lines by their numbers in the file', async () => {
    const lines = Array.from({ length: 4500 }, (_, n) => (n % 2000 === 7 ? `bad ${n}` : `SKU-${n}`))
    const log: string[] = []
    busy = 1
    const totals = await run(write(['sku', ...lines].join('\n')), log)
    expect(totals).toEqual({ created: 4497, updated: 0, unchanged: 0, totalRejected: 3 })
    expect(pieces.map((piece) => piece.trimEnd().split('\n').length)).toEqual([2001, 2001, 501])
    expect(log.slice(1)).toEqual([9, 2009, 4009].map((line) => `Line ${line}: is bad`))
  })

  test('stops with one line where the shop refuses it, or there is no such file', async () => {
    await expect(run(write('nonsense\nx'))).rejects.toThrow('Stopped before line 2: 400 invalid_file (No such column.)')
    await expect(run(join(folder, 'nothing.csv'))).rejects.toThrow('nothing.csv cannot be read (ENOENT)')
  })
})

describe('the pieces of a file', () => {
  const piecesOf = async (content: string, lines: number) => {
    const all = []
    for await (const piece of readPieces(write(content), lines)) all.push(piece)
    return all
  }

  test('do not end within a quoted cell, and together are the file', async () => {
    const content = 'sku,name\r\nA,"one\nand\ntwo"\nB,x\nC,"y"\nD,z'
    const all = await piecesOf(content, 2)
    expect(all.map(({ text }) => text)).toEqual(['A,"one\nand\ntwo"\n', 'B,x\nC,"y"\n', 'D,z'])
    expect(all.map(({ firstLine }) => firstLine)).toEqual([2, 5, 7])
    expect(all.at(-1)?.bytesRead).toBe(content.length)
  })

  test('stay small after a stray quote', async () => {
    const all = await piecesOf(`sku\n5" pipe\n${'x\n'.repeat(100)}`, 10)
    expect(Math.max(...all.map(({ text }) => text.length))).toBeLessThan(100)
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
