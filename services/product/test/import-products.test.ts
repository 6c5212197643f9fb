import { readdirSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { asUser } from '@duka/testkit'
import { receiveFile } from '../src/receive-file'
import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

function send(csv: string | Buffer, query = '') {
  return shop.asAdmin('post', `/api/products/import${query}`).set('Content-Type', 'text/csv').send(csv)
}

async function importLines(header: string, lines: string[], query = '') {
  return (await send([header, ...lines].join('\n'), query).expect(200)).body
}

async function find(sku: string) {
  const [row] = await shop.rows<Record<string, unknown>>(
    `SELECT name, description, price, stock, category, image_url, images, is_active, version FROM products WHERE sku = $1`,
    [sku],
  )
  return row
}

describe('importing products', () => {
  it('creates and updates by sku, and writes each change of stock into the ledger', async () => {
    const old = await addProduct(shop, { sku: 'OLD', name: 'Old', stock: 10, category: 'Cloth', description: 'Kept' })
    await attemptOf(shop, [lineOf(old, 4)])
      .reserve()
      .expect(200)
    const body = await importLines('sku,name,price,stock,category,images,isActive', [
      'NEW,"Kanga, ""red""",1499.50,7,Cloth,/a.svg https://x.test/b.svg,TRUE',
      'OLD,Renamed,12,9,,,',
    ])
    expect(body).toEqual({
      message: expect.any(String),
      dryRun: false,
      created: 1,
      updated: 1,
      unchanged: 0,
      rejected: [],
      totalRejected: 0,
      stockChanges: [{ line: 3, sku: 'OLD', before: 6, after: 9 }],
      totalStockChanges: 1,
      totalStockLeft: 0,
    })
    expect(await find('NEW')).toMatchObject({
      name: 'Kanga, "red"',
      price: '1499.50',
      stock: 7,
      images: ['/a.svg', 'https://x.test/b.svg'],
    })
    expect(await find('OLD')).toMatchObject({
      name: 'Renamed',
      stock: 9,
      category: null,
      description: 'Kept',
      version: 2,
    })
    const moved = await shop.rows(
      `SELECT kind, available_delta, actor FROM stock_movements JOIN products p ON p.id = product_id
       WHERE reason = 'import' ORDER BY p.sku`,
    )
    expect(moved).toEqual([
      { kind: 'opening', available_delta: 7, actor: shop.adminId },
      { kind: 'import', available_delta: 3, actor: shop.adminId },
    ])
  })

  it('touches nothing that is so already, and only the stock where only that differs', async () => {
    const product = await addProduct(shop, { sku: 'SAME', name: 'Same', price: 5, stock: 3 })
    expect(await importLines('sku,name,price,stock', ['SAME,Same,5.00,3'])).toMatchObject({ unchanged: 1, updated: 0 })
    expect(await importLines('stock,sku', ['4,SAME'])).toMatchObject({ updated: 1 })
    expect(await stockOf(shop, product)).toBe(4)
    expect(await find('SAME')).toMatchObject({ name: 'Same', version: 1 })
  })

  it('rejects bad lines by number and reason, whole, and takes every good one', async () => {
    await addProduct(shop, { sku: 'KNOWN', name: 'Known', price: 5, stock: 3 })
    const lines = [
      'A-1,Good,1,1',
      'A-2,Bad price,cheap,1',
      'A-3,Too exact,1.005,1',
      ',No sku,1,1',
      'A-4,Short,1',
      '',
      'A-1,Twice,1,1',
      'A-5,"Open quote,1,1',
      'A-6,5" pipe,1,1',
      'A-7,"Two\nlines",1,1',
      'KNOWN,Renamed,1,-1',
      'A-8,,1,1',
      'A-9,"Quoted" badly,1,1',
      'A-10,Good,1,1',
    ]
    const body = await importLines('sku,name,price,stock', lines)
    expect(body).toMatchObject({ created: 3, updated: 0, totalRejected: 10 })
    const reasons = Object.fromEntries(
      body.rejected.map(({ line, reason }: { line: number; reason: string }) => [line, reason]),
    )
    expect(reasons).toMatchObject({
      3: expect.stringContaining('price'),
      4: expect.stringContaining('price'),
      5: expect.stringContaining('sku'),
      6: 'It has 3 cells, and the first line has 4.',
      8: 'Its sku stands in line 2 already.',
      9: 'The quotes in it do not come out right.',
      10: 'The quotes in it do not come out right.',
      13: expect.stringContaining('stock'),
      14: 'A new product needs a name and a price.',
      15: 'The quotes in it do not come out right.',
    })
    expect(await find('A-7')).toMatchObject({ name: 'Two\nlines' })
    expect(await find('A-10')).toBeDefined()
    expect(await find('KNOWN')).toMatchObject({ name: 'Known', stock: 3 })
  })

  it('rejects what only the database knows to be wrong, and takes its neighbours', async () => {
    await shop.rows(`ALTER TABLE products ADD CONSTRAINT no_thirteen CHECK (name <> 'Thirteen') NOT VALID`)
    const body = await importLines('sku,name,price', ['D-1,Twelve,1', 'D-2,Thirteen,1', 'D-3,Fourteen,1'])
    expect(body).toMatchObject({ created: 2, rejected: [{ line: 3, reason: 'The database refused it.' }] })
    await shop.rows('ALTER TABLE products DROP CONSTRAINT no_thirteen')
  })

  it('updates what others add in the meantime', async () => {
    const lines = (price: number) => Array.from({ length: 700 }, (_, n) => `BOTH-${n},Both,${price},${price}`)
    const send = (price: number, query = '') => importLines('sku,name,price,stock', lines(price), query)
    const answers = await Promise.all([send(1), send(2), send(3, '?dryRun=true')])
    for (const { created, updated, unchanged, rejected } of answers) {
      expect({ taken: created + updated + unchanged, rejected }).toEqual({ taken: 700, rejected: [] })
    }
    expect(answers[0].created + answers[1].created).toBe(700)
  })

  it('keeps the file nowhere where a process that is killed would leave it', async () => {
    const leftovers = () => readdirSync(tmpdir()).filter((name) => name.startsWith('duka-import-'))
    const before = leftovers()
    let during: string[] = []
    const answer = await receiveFile(Readable.from([Buffer.from('sku\n'), Buffer.from('A')]), async (bytes) => {
      during = leftovers()
      return text(Readable.from(bytes))
    })
    expect(answer).toBe('sku\nA')
    expect(during.filter((name) => !before.includes(name))).toEqual([])
  })

  it('says in a dry run what it would do, and does nothing', async () => {
    await addProduct(shop, { sku: 'DRY', stock: 1 })
    const lines = ['DRY,5,Was dry,1', 'WET,5,Wet,1', 'BAD,x,Bad,1']
    const counts = { created: 1, updated: 1, totalRejected: 1 }
    expect(await importLines('sku,stock,name,price', lines, '?dryRun=true')).toMatchObject({ ...counts, dryRun: true })
    expect(await find('WET')).toBeUndefined()
    expect(await find('DRY')).toMatchObject({ stock: 1, version: 1 })
    expect(await importLines('sku,stock,name,price', lines)).toMatchObject(counts)
  })

  it('tells a bounded number of rejected lines, and counts the rest', async () => {
    const body = await importLines(
      'sku,name,price',
      Array.from({ length: 1500 }, (_, n) => `R-${n},Rejected,-1`),
    )
    expect(body.totalRejected).toBe(1500)
    expect(body.rejected).toHaveLength(1000)
  })

  it('reads what spreadsheets write: a BOM, semicolons, CRLF', async () => {
    const csv = '\ufeffsku;name;price\r\nX-1;Kanga, red;5\r\n"X-2";"Leso; blue";6\r\n'
    expect((await send(csv).expect(200)).body).toMatchObject({ created: 2, rejected: [] })
    expect(await find('X-1')).toMatchObject({ name: 'Kanga, red' })
    expect(await find('X-2')).toMatchObject({ name: 'Leso; blue' })
    const latin = Buffer.concat([
      Buffer.from('sku,name,price\nX-3,Caf'),
      Buffer.from([0xe9]),
      Buffer.from(',5\nX-4,Tea,5'),
    ])
    const { body } = await send(latin).expect(200)
    expect(body).toMatchObject({ created: 1, rejected: [{ line: 2, reason: expect.stringContaining('UTF-8') }] })
  })

  it('knows a sku again in another case and with wider spaces, and leaves it as it is written', async () => {
    await addProduct(shop, { sku: 'Kanga Red', stock: 2 })
    const { updated, created, rejected } = await importLines('sku,name,price,stock', [
      'KANGA  red,Kanga,7,3',
      'kanga red,Twice,8,4',
      'leso,Leso,1,1',
      'LESO,Twice,2,2',
    ])
    expect({ updated, created }).toEqual({ updated: 1, created: 1 })
    expect(rejected).toEqual([
      { line: 3, reason: 'Its sku stands in line 2 already.' },
      { line: 5, reason: 'Its sku stands in line 4 already.' },
    ])
    expect(await find('Kanga Red')).toMatchObject({ name: 'Kanga', stock: 3 })
    expect((await shop.client.get('/api/products?search=KANGA%20RED').expect(200)).body.products[0]).toMatchObject({
      sku: 'Kanga Red',
    })
  })

  it('judges amounts by their text, and says what they must be', async () => {
    const good = ['1.500', '0012.5', '9999999999.99', ' 7 ', '0']
    const bad = ['1.10000000000000000001', '1.005', '1e3', '-1', '+5', '"1,499.50"', '5.', 'NaN', '10000000000']
    const lines = [...good, ...bad].map((price, n) => `T-${n},Text,${price},5.0,`)
    const others = ['T-S1,x,1,4.00000000000000000001,', 'T-S2,x,1,1e3,', 'T-A1,x,1,1,constructor', 'T-A2,x,1,1,yes']
    const { created, rejected } = await importLines('sku,name,price,stock,isActive', [...lines, ...others])
    expect(created).toBe(good.length)
    const reasons = rejected.map(({ reason }: { reason: string }) => reason)
    for (const reason of reasons.slice(0, bad.length)) expect(reason).toMatch(/^price: must be an amount/)
    expect(reasons.slice(bad.length)).toEqual([
      ...Array(2).fill('stock: must be a whole number such as 25'),
      ...Array(2).fill('isActive: must be true or false'),
    ])
  })

  it('takes back whatever character an export has', async () => {
    await addProduct(shop, { sku: 'ODD', name: 'A \ufffd in it' })
    expect(await importLines('sku,name', ['ODD,A \ufffd in it'])).toMatchObject({ unchanged: 1, rejected: [] })
  })

  it.each([
    ['', 'empty'],
    ['name,price\nx,1', 'The column sku is missing'],
    ['sku,prise\nx,1', 'There is no column "prise"'],
    ['sku,,name\nx,,1', 'Column 2 has no name'],
    ['sep=;\nsku,name\nx,1', 'There is no column "sku,name"'],
    ['sku,name,name\nx,1,1', 'The column name stands twice'],
    ['"sku,name\nx,1', 'quotes'],
    ['sku,name\rx,1\r', 'not with CR alone'],
    [Buffer.from('\ufeffsku,name\nx,1\n', 'utf16le'), 'not UTF-8'],
    [Buffer.from('sku,name\nx,1\n', 'utf16le'), 'not UTF-8'],
    [gzipSync('sku,name\nx,1\n'), 'not UTF-8'],
  ])('refuses a file that begins like %j', async (csv, reason) => {
    const { body } = await send(csv).expect(400)
    expect(body).toMatchObject({ code: 'invalid_file', detail: expect.stringContaining(reason) })
  })

  it('refuses what is no CSV, or too large for one', async () => {
    const post = () => shop.asAdmin('post', '/api/products/import')
    expect((await post().set('Content-Type', 'application/json').send('{}').expect(415)).body.detail).toContain(
      'text/csv',
    )
    for (const [name, value] of [
      ['Content-Type', 'text/csv; charset=latin1'],
      ['Content-Encoding', 'gzip'],
    ] as const) {
      const refused = post().set('Content-Type', 'text/csv').set(name, value).send('sku\nx')
      expect((await refused.expect(415)).body.detail).toContain('UTF-8, and not compressed')
    }
    await post().set('Content-Type', 'text/csv; charset="UTF-8"').send('sku\n').expect(200)
    expect((await send(`sku\n${'x'.repeat(300_000)}`).expect(413)).body.detail).toContain('Line 2')
    expect((await send(`sku\n${'x\n'.repeat(200_002)}`).expect(413)).body.detail).toContain('200000 lines')
    await send('sku\n', '?dryRun=perhaps').expect(400)
  })

  it('is for admins', async () => {
    const post = shop.client.post('/api/products/import').set('Content-Type', 'text/csv')
    await post.send('sku\n').expect(401)
    const customer = shop.client
      .post('/api/products/import')
      .set('Authorization', asUser())
      .set('Content-Type', 'text/csv')
    await customer.send('sku\n').expect(403)
  })

  it('keeps the ledger whole when two imports, counts and orders meet', async () => {
    const products = await Promise.all(
      Array.from({ length: 20 }, (_, n) => addProduct(shop, { sku: `M-${n}`, stock: 50 })),
    )
    const lines = (stock: number) => products.map(({ sku }) => `${sku},${stock}`)
    const orders = products.map((product) => attemptOf(shop, [lineOf(product, 2)]).reserve())
    const answers = await Promise.all([
      send(['sku,stock', ...lines(30)].join('\n')),
      send(['sku,stock', ...lines(40).reverse()].join('\n')),
      ...orders,
    ])
    expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200))
    expect(answers.slice(0, 2).map(({ body }) => body.totalRejected)).toEqual([0, 0])
  })
})

describe('exporting products', () => {
  const exported = async () => (await shop.asAdmin('get', '/api/products/export').expect(200)).text

  it('gives every product, in a form that spreadsheets do not run and an import takes back', async () => {
    await shop.rows('TRUNCATE products CASCADE')
    const tricky = [
      { sku: '=1+1', name: '=HYPERLINK("http://x.test")', description: '-1, "quoted"\r\nand\nlines;' },
      { sku: "'=1", name: "''@x", description: "'plain quote", category: '+254' },
      { sku: 'ABC', name: '@SUM(A1)', images: ['/a.svg', 'https://x.test/b,c.svg'], imageUrl: '/a.svg' },
      { sku: 'ቡና', name: 'Café', isActive: false, stock: 0, price: 0.05 },
    ]
    for (const product of tricky) await addProduct(shop, product)
    const csv = await exported()
    for (const cell of csv.replaceAll('"', '').split(/[,\n]/)) expect(cell).not.toMatch(/^[=+@-]/)
    const body = (await send(csv).expect(200)).body
    expect(body).toMatchObject({ created: 0, updated: 0, unchanged: 4, totalRejected: 0 })
    const before = await shop.rows('SELECT sku, name, description, category, images FROM products ORDER BY id')
    await shop.rows('TRUNCATE products CASCADE')
    expect((await send(csv).expect(200)).body.created).toBe(4)
    expect(await shop.rows('SELECT sku, name, description, category, images FROM products ORDER BY id')).toHaveLength(4)
    for (const row of before as { sku: string }[]) {
      const again = await shop.rows('SELECT sku, name, description, category, images FROM products WHERE sku = $1', [
        row.sku,
      ])
      expect(again).toEqual([row])
    }
  })

  it('streams more than one page, once each', async () => {
    await shop.rows('TRUNCATE products CASCADE')
    await shop.rows(`INSERT INTO products (id, name, description, price, stock, images, sku, is_active)
      SELECT new_id(), 'Plate', '', 1, 0, '{}', 'P-' || n, true FROM generate_series(1, 2500) AS n`)
    const lines = (await exported()).trimEnd().split('\r\n')
    expect(lines).toHaveLength(2501)
    expect(new Set(lines).size).toBe(2501)
  })

  it('is for admins', async () => {
    await shop.client.get('/api/products/export').expect(401)
    await shop.client.get('/api/products/export').set('Authorization', asUser()).expect(403)
  })
})
