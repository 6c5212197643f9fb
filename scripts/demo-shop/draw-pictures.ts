import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { catalogue, pictureOf } from './catalogue'
import { drawProduct } from './draw-product'

/** Writes every product's picture; after a change of catalogue or drawings: `node scripts/dist/demo-shop/draw-pictures.js`. */
function drawPictures(folder: string): number {
  mkdirSync(folder, { recursive: true })
  const pictures = catalogue.flatMap(({ name, products }) =>
    products.map((product) => ({ file: pictureOf(product), svg: drawProduct(product, name) })),
  )
  for (const { file, svg } of pictures) writeFileSync(join(folder, file), svg)
  return pictures.length
}

if (require.main === module) {
  const folder = process.argv[2] ?? 'services/product/pictures'
  console.log(`Drew ${drawPictures(folder)} pictures into ${folder}`)
}
