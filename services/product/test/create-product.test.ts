import { randomUUID } from 'node:crypto'
import { productContract } from '@duka/contracts'
import { asService, asUser } from '@duka/testkit'
import { oneSpellingOfSkus } from '../src/migrations/008-one-spelling-of-skus'
import { addProduct, type Catalogue, expectSoundLedger, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())

const kikoi = { name: 'Kikoi', price: 19.99, sku: 'KIKOI-1' }

describe('adding a product', () => {
  it('stores it, and its stock as the opening movement', async () => {
    const images = ['/a,b.svg', 'https://duka.test/"quoted"\\{x}.svg']
    const body = { ...kikoi, description: 'Cotton', stock: 7, category: 'Cloth', imageUrl: '/kikoi.svg', images }
    const answer = await shop.asAdmin('post', '/api/products', body).expect(201)
    const time = expect.stringMatching(/Z$/)
    expect(answer.body).toEqual({
      message: expect.any(String),
      product: {
        ...body,
        // What the shop serves itself is kept as a path, and shown under the address that the shop has today.
        imageUrl: 'https://shop.example/kikoi.svg',
        images: ['https://shop.example/a,b.svg', images[1]],
        id: expect.any(String),
        currency: 'KES',
        isActive: true,
        createdAt: time,
        updatedAt: time,
      },
    })
    const { id } = answer.body.product
    const [row] = await shop.rows('SELECT price, stock, images, version FROM products WHERE id = $1', [id])
    expect(row).toEqual({ price: '19.99', stock: 7, images, version: 1 })
    const movements = await shop.rows('SELECT kind, available_delta, actor FROM stock_movements')
    expect(movements).toEqual([{ kind: 'opening', available_delta: 7, actor: shop.adminId }])
    await expectSoundLedger(shop)
  })

  it('needs name, price and sku only; without stock there is no movement', async () => {
    const { body } = await shop.asAdmin('post', '/api/products', { ...kikoi, sku: 'BARE' }).expect(201)
    expect(body.product).toMatchObject({ description: '', stock: 0, category: null, imageUrl: null, images: [] })
    expect(await shop.rows('SELECT 1 FROM stock_movements WHERE product_id = $1', [body.product.id])).toEqual([])
  })

  it('refuses a sku that another product has, also where both come at once', async () => {
    const twin = { ...kikoi, sku: 'TWIN', stock: 3 }
    const answers = await Promise.all([1, 2, 3].map(() => shop.asAdmin('post', '/api/products', twin)))
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409])
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({ code: 'sku_taken', status: 409 })
    expect(await shop.rows(`SELECT 1 FROM products WHERE sku = 'TWIN'`)).toHaveLength(1)
    await expectSoundLedger(shop)
  })

  it('takes skus that differ in case and spaces for one, as the database does', async () => {
    await shop.asAdmin('post', '/api/products', { ...kikoi, sku: 'One  Sku' }).expect(201)
    const twins = ['ONE SKU', 'one\t\u000b sku', ' One Sku ']
    for (const sku of twins) {
      expect((await shop.asAdmin('post', '/api/products', { ...kikoi, sku }).expect(409)).body.code).toBe('sku_taken')
    }
    const samples = [
      ...[...twins, 'OneSku', 'Straße', 'ÉTÉ', 'E\u0301TE\u0301', 'İ', 'a\u00a0B', '\u2003x', 'x\r\n Y'],
      ...[
        'a\u202eb\u200bc\ufeffd\u00ade',
        'a\u200db',
        'क\u200dष',
        '1\ufe0f\u20e3',
        'a\u0007b\u0085c\u009fd',
        'e\u200b\u0301',
      ],
      ...['\ufff9a\ufffb', '\u3164a', 'a\u{e0041}\u{1d173}b', '\u00a0a\u3000', 'ﬁ ½', '👩🏽\u200d🚀'],
    ]
    const keys = await shop.rows<{ key: string }>('SELECT sku_key(each) AS key FROM unnest($1::text[]) AS each', [
      samples.map((sku) => sku.trim()),
    ])
    expect(keys.map(({ key }) => key)).toEqual(samples.map(productContract.skuKey))
  })

  it('names the products of an older database that break that rule, and leaves them as they are', async () => {
    await shop.database.query(String(oneSpellingOfSkus.down))
    for (const sku of ['OLD', 'old', 'Other'])
      await shop.asAdmin('post', '/api/products', { ...kikoi, sku }).expect(201)
    await expect(shop.database.query(String(oneSpellingOfSkus.up))).rejects.toThrow(
      /UPDATE products SET sku.*: OLD and old$/,
    )
    await shop.rows(`UPDATE products SET sku = 'old-2' WHERE sku = 'old'`)
    await shop.database.query(String(oneSpellingOfSkus.up))
  })

  it('has one form for a sku and a category, and finds them by any', async () => {
    const typed = { sku: 'Cafe\u0301-1\u200b', category: '\u202aCafe\u0301s\u00a0du\u00a0soir', name: 'Filter\u202e' }
    const { body } = await shop.asAdmin('post', '/api/products', { ...kikoi, ...typed }).expect(201)
    expect(body.product).toMatchObject({ sku: 'Café-1', category: 'Cafés du soir', name: 'Filter' })
    for (const sku of ['Café-1', 'cafe\u0301-1', 'Caf\u200cé-1']) {
      expect((await shop.asAdmin('post', '/api/products', { ...kikoi, sku }).expect(409)).body.code).toBe('sku_taken')
    }
    for (const category of ['Cafés du soir', 'Cafe\u0301s du soir']) {
      const found = await shop.client.get('/api/products').query({ category }).expect(200)
      expect(found.body.totalProducts).toBe(1)
    }
  })

  it.each([
    ['name', '\u200b\u200b'],
    ['name', '\u202e'],
    ['category', '\u2066\u2069'],
    ['sku', '\ufeff'],
    ['price', -1],
    ['price', 1.005],
    ['price', '10'],
    ['price', 1e21],
    ['price', 10_000_000_000],
    ['stock', -1],
    ['stock', 1.5],
    ['stock', 1_000_000_001],
    ['name', ''],
    ['name', 'a\u0000b'],
    ['name', '\ud800'],
    ['sku', '   '],
    ['imageUrl', 'javascript:alert(1)'],
    ['images', ['data:image/png;base64,AA']],
  ])('answers 400 to %s: %j', async (field, value) => {
    const { body } = await shop.asAdmin('post', '/api/products', { ...kikoi, [field]: value }).expect(400)
    expect(body).toMatchObject({ code: 'validation_failed', requestId: expect.any(String) })
    expect(body.errors[0].path).toMatch(new RegExp(`^${field}`))
  })

  it('takes the largest price that a column holds, to the cent', async () => {
    const product = await addProduct(shop, { price: 9_999_999_999.99 })
    const { body } = await shop.client.get(`/api/products/${product.id}`).expect(200)
    expect(body.product.price).toBe(9_999_999_999.99)
  })

  it('is for admins: 401 without a token, with a bad one and with a service’s, 403 for a customer', async () => {
    const post = (authorization?: string) =>
      shop.client
        .post('/api/products')
        .set(authorization ? { authorization } : {})
        .send({})
    await post().expect(401)
    await post('Bearer nonsense').expect(401)
    await post(asService('order', 'product')).expect(401)
    const { body } = await post(asUser(randomUUID())).expect(403)
    expect(body.code).toBe('forbidden')
  })

  it('keeps its rules in the database too', async () => {
    const { id } = await addProduct(shop, { stock: 1 })
    const refused = [
      `UPDATE products SET stock = -1 WHERE id = '${id}'`,
      `UPDATE products SET price = -0.01 WHERE id = '${id}'`,
      `INSERT INTO stock_movements (product_id, kind, available_delta, actor) VALUES ('${id}', 'reserve', 1, 'x')`,
      `INSERT INTO stock_movements (product_id, kind, available_delta, actor) VALUES ('${id}', 'adjustment', 0, 'x')`,
      `INSERT INTO stock_movements (product_id, kind, available_delta, actor) VALUES ('${id}', 'gift', 1, 'x')`,
      `INSERT INTO reservations (order_id, attempt, status) VALUES ('${id}', 0, 'active')`,
      `INSERT INTO reservations (order_id, attempt, status) VALUES ('${id}', 1, 'maybe')`,
      `WITH r AS (INSERT INTO reservations VALUES ('${id}', 1, 'active') RETURNING 1)
       INSERT INTO reservation_lines VALUES ('${id}', 1, '${id}', 0)`,
    ]
    for (const sql of refused) await expect(shop.rows(sql)).rejects.toThrow('violates check constraint')
    const two = `INSERT INTO reservations (order_id, attempt, status) VALUES ('${id}', 1, 'active'), ('${id}', 2, 'active')`
    await expect(shop.rows(two)).rejects.toMatchObject({ parent: { constraint: 'reservations_one_standing' } })
  })
})
