import type { DemoProduct } from './catalogue'
import { drawings } from './drawings'
import { backgrounds, tints } from './tints'

const longestLine = 26

/** A product's picture as an SVG document of 600 by 600: its drawing on the colours of its category, its name below. */
export function drawProduct(product: DemoProduct, category: string): string {
  const background = backgrounds[category]
  if (!background) throw new Error(`Category "${category}" has no background: add one to tints.ts`)
  const lines = wrapName(product.name)
  return [
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 600 600" width="600" height="600" role="img">',
    `<title>${escapeXml(product.name)}</title>`,
    `<linearGradient id="b" x2="0" y2="1"><stop stop-color="${background.top}"/><stop offset="1" stop-color="${background.bottom}"/></linearGradient>`,
    '<path d="M0 0h600v600H0z" fill="url(#b)"/>',
    '<g fill="#fff"><circle cx="300" cy="262" r="212" opacity=".55"/><circle cx="68" cy="82" r="110" opacity=".25"/><circle cx="560" cy="470" r="130" opacity=".2"/></g>',
    `<ellipse cx="300" cy="420" rx="165" ry="15" fill="${background.ink}" opacity=".16"/>`,
    `<g transform="translate(140 108) scale(1.6)">${tinted(product)}</g>`,
    `<g fill="${background.ink}" font-family="system-ui,'Segoe UI',Roboto,sans-serif" text-anchor="middle">`,
    ...lines.map((line, index) => nameLine(line, lines.length === 1 ? 532 : 516 + index * 40)),
    `<text x="300" y="44" font-size="17" letter-spacing="3" opacity=".6">${escapeXml(category.toUpperCase())}</text></g></svg>\n`,
  ].join('')
}

function nameLine(line: string, y: number): string {
  return `<text x="300" y="${y}" font-size="30" font-weight="600">${escapeXml(line)}</text>`
}

function tinted(product: DemoProduct): string {
  const drawing = drawings[product.drawing]
  if (!drawing) throw new Error(`${product.sku} wants the drawing "${product.drawing}", which does not exist`)
  const colours = tints[product.tint]
  return drawing
    .replace(/"(main|dark|light)"/g, (_, name: 'main' | 'dark' | 'light') => `"${colours[name]}"`)
    .replace(/\n\s*/g, '')
}

/** One line, or two of about the same length; a number stays with its unit. */
function wrapName(name: string): string[] {
  if (name.length <= longestLine) return [name]
  const spaces = [...name.matchAll(/(?<![\d/]) (?!\/)/g)].map((match) => match.index)
  const middle = name.length / 2
  const cut = spaces.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))[0] ?? name.length
  return [name.slice(0, cut), name.slice(cut + 1)]
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;')
}
