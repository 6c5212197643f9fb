import { addProduct, attemptOf, type Catalogue, expectSoundLedger, lineOf, startCatalogue, stockOf } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
afterEach(() => expectSoundLedger(shop))

const exported = async () => (await shop.asAdmin('get', '/api/products/export').expect(200)).text

async function importFile(csv: string, query = '') {
  const post = shop.asAdmin('post', `/api/products/import${query}`).set('Content-Type', 'text/csv')
  return (await post.send(csv).expect(200)).body
}

async function sell(product: Parameters<typeof lineOf>[0], quantity: number) {
  const sale = attemptOf(shop, [lineOf(product, quantity)])
  await sale.reserve().expect(200)
  await sale.commit().expect(200)
}

describe('stock in a file', () => {
  it('that is as it was exported brings nothing sold back, and one that was counted since is a count', async () => {
    const sold = await addProduct(shop, { sku: 'SOLD', name: 'Sold', price: 5, stock: 10 })
    const counted = await addProduct(shop, { sku: 'COUNTED', name: 'Counted', price: 5, stock: 20 })
    const file = await exported()
    await sell(sold, 7)
    const edited = file.replaceAll('5.00', '6.00').replace('6.00,20,', '6.00,25,')
    const told = {
      created: 0,
      updated: 2,
      stockChanges: [{ line: 3, sku: 'COUNTED', before: 20, after: 25 }],
      totalStockChanges: 1,
      totalStockLeft: 1,
    }
    expect(await importFile(edited, '?dryRun=true')).toMatchObject(told)
    expect(await importFile(edited)).toMatchObject(told)
    expect([await stockOf(shop, sold), await stockOf(shop, counted)]).toEqual([3, 25])
    expect(await importFile(edited)).toMatchObject({
      updated: 0,
      unchanged: 2,
      totalStockChanges: 0,
      totalStockLeft: 1,
    })
  })

  it('counts in a file without the exported figure, or without one in its cell', async () => {
    const product = await addProduct(shop, { sku: 'PLAIN', stock: 10 })
    await sell(product, 7)
    expect(await importFile('sku,stock,stockExported\nPLAIN,10,')).toMatchObject({ updated: 1, totalStockLeft: 0 })
    expect(await importFile('sku,stock\nPLAIN,4')).toMatchObject({
      stockChanges: [{ line: 2, sku: 'PLAIN', before: 10, after: 4 }],
    })
    expect(await stockOf(shop, product)).toBe(4)
    const { rejected } = await importFile('sku,stock,stockExported\nPLAIN,10,many')
    expect(rejected).toEqual([{ line: 2, reason: 'stockExported: must be a whole number such as 25' }])
  })

  it('is left alone altogether where that is asked for', async () => {
    const product = await addProduct(shop, { sku: 'LEFT', name: 'Left', price: 5, stock: 10 })
    const file = 'sku,name,price,stock\nLEFT,Left,6,99\nFRESH,Fresh,6,99'
    expect(await importFile(file, '?leaveStock=true')).toMatchObject({
      created: 1,
      updated: 1,
      totalStockChanges: 0,
      totalStockLeft: 1,
    })
    const rows = await shop.rows(`SELECT sku, stock, price FROM products WHERE sku IN ('LEFT', 'FRESH') ORDER BY sku`)
    expect(rows).toEqual([
      { sku: 'FRESH', stock: 0, price: '6.00' },
      { sku: 'LEFT', stock: 10, price: '6.00' },
    ])
    expect(await stockOf(shop, product)).toBe(10)
  })

  it('tells a bounded number of changes, and counts the rest', async () => {
    const lines = (stock: number) => Array.from({ length: 1200 }, (_, n) => `MANY-${n},Many,1,${stock}`)
    const send = (stock: number) => importFile(['sku,name,price,stock', ...lines(stock)].join('\n'))
    expect(await send(1)).toMatchObject({ created: 1200, totalStockChanges: 0 })
    const { stockChanges, totalStockChanges } = await send(2)
    expect([stockChanges.length, totalStockChanges]).toEqual([1000, 1200])
  })
})
