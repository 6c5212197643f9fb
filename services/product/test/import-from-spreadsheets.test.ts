import { randomBytes } from 'node:crypto'
import { type Catalogue, startCatalogue } from './support'

let shop: Catalogue

beforeAll(async () => {
  shop = await startCatalogue()
})
afterAll(() => shop.stop())
beforeEach(async () => {
  await shop.rows('DELETE FROM stock_movements')
  await shop.rows('DELETE FROM products')
})

const post = () => shop.asAdmin('post', '/api/products/import')
const file = 'sku,name,price\nA,Café,1'

const names = async () => (await shop.rows<{ name: string }>('SELECT name FROM products')).map(({ name }) => name)

describe('a file as spreadsheets and browsers send it', () => {
  it.each(['text/csv', 'application/vnd.ms-excel', 'application/octet-stream', 'Text/CSV; charset=utf8'])(
    'is taken as %s',
    async (type) => {
      await post().set('Content-Type', type).send(Buffer.from(file)).expect(200)
      expect(await names()).toEqual(['Café'])
    },
  )

  it('is taken out of a form, with fields beside it', async () => {
    const { body } = await post()
      .field('note', 'from a page')
      .attach('anything', Buffer.from(`\ufeff${file}`), {
        filename: 'products.csv',
        contentType: 'application/vnd.ms-excel',
      })
      .expect(200)
    expect(body).toMatchObject({ created: 1, rejected: [] })
    expect(await names()).toEqual(['Café'])
  })

  it('is refused where a form has none, two, or no end', async () => {
    const none = await post().field('note', 'no file').expect(400)
    expect(none.body).toMatchObject({ code: 'invalid_body', detail: expect.stringContaining('no file') })
    const two = await post().attach('a', Buffer.from(file), 'a.csv').attach('b', Buffer.from(file), 'b.csv').expect(400)
    expect(two.body.detail).toContain('more than one file')
    const cut = `--x\r\nContent-Disposition: form-data; name="a"; filename="a.csv"\r\n\r\n${file}`
    await post().set('Content-Type', 'multipart/form-data; boundary=x').send(cut).expect(400)
    await post().set('Content-Type', 'multipart/form-data').send(cut).expect(400)
    expect(await names()).toEqual([])
  })

  it('is refused in a form as it is alone, with an answer that arrives', async () => {
    const long = Buffer.from(`sku\n${randomBytes(5_000_000).toString('hex')}`)
    expect((await post().attach('a', long, 'a.csv').expect(413)).body.detail).toContain('Line 2')
    const notText = Buffer.concat([Buffer.from('sku,name,price\nA,Caf'), Buffer.from([0xe9]), Buffer.from(',1')])
    expect((await post().attach('a', notText, 'a.csv').expect(200)).body.totalRejected).toBe(1)
  })

  it('may have capital names, sep=, an empty last column and empty rows', async () => {
    const csv =
      '\ufeffsep=;\r\nSKU;Name;PRICE;stock;IsActive;\r\n;;;;;\r\nA;Kanga, red;5;1;TRUE;\r\n;;;;;\r\nB;Leso;6;1;FALSE;;;\r\n'
    const { body } = await post().set('Content-Type', 'text/csv').send(csv).expect(200)
    expect(body).toMatchObject({ created: 2, rejected: [] })
    const more = ['sku,name,price,', ...Array(1500).fill(',,,'), 'C,Bad,-1,', 'D,Shifted,1,x'].join('\n')
    const told = (await post().set('Content-Type', 'text/csv').send(more).expect(200)).body
    expect(told.rejected).toEqual([
      { line: 1502, reason: expect.stringContaining('price') },
      { line: 1503, reason: 'It has 4 cells, and the first line has 3.' },
    ])
  })

  it('is exported with a byte order mark, so that Excel reads it as UTF-8', async () => {
    await post().set('Content-Type', 'text/csv').send(file).expect(200)
    const answer = await shop.asAdmin('get', '/api/products/export').buffer().expect(200)
    expect(answer.get('content-type')).toBe('text/csv; charset=utf-8')
    expect(answer.text.startsWith('\ufeffsku,name,')).toBe(true)
    const { body } = await post().set('Content-Type', 'text/csv').send(answer.text).expect(200)
    expect(body).toMatchObject({ unchanged: 1, rejected: [] })
  })
})
