import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, pictureOf } from '../catalogue'
import { drawProduct } from '../draw-product'

const folder = join(__dirname, '../../../services/product/pictures')
const products = catalogue.flatMap(({ products }) => products)

test('the demo shop has something of everything', () => {
  expect(catalogue.length).toBeGreaterThanOrEqual(9)
  expect(products.length).toBeGreaterThanOrEqual(72)
  // A second seeding looks at one page of the shop's products.
  expect(products.length).toBeLessThan(100)
  expect(products.filter(({ stock }) => stock === 0)).toHaveLength(2)
  expect(products.some(({ stock }) => stock >= 1 && stock <= 3)).toBe(true)
  expect(products.some(({ name }) => name.includes('Samsung'))).toBe(true)
})

test('SKUs are unique, prices are whole shillings, descriptions are sentences', () => {
  expect(new Set(products.map(({ sku }) => sku)).size).toBe(products.length)
  for (const { sku, price, description } of products) {
    expect(sku).toMatch(/^[A-Z0-9]+(-[A-Z0-9]+)*$/)
    expect(Number.isInteger(price) && price >= 50).toBe(true)
    expect(description).toMatch(/^[A-Z0-9].{40,}\.$/)
  }
})

test('every product has its picture, and the pictures are those that the drawings make', () => {
  const drawn = catalogue.flatMap(({ name, products }) =>
    products.map((product) => [pictureOf(product), drawProduct(product, name)] as const),
  )
  expect(readdirSync(folder).sort()).toEqual(drawn.map(([file]) => file).sort())
  for (const [file, svg] of drawn) {
    expect(readFileSync(join(folder, file), 'utf8')).toBe(svg)
    expect(Buffer.byteLength(svg)).toBeLessThan(3000)
    expect(svg).not.toMatch(/<script|href=|url\((?!#b\))|"(main|dark|light)"/)
  }
})
