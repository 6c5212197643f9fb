/** Letters of these scripts never join by an invisible sign. */
const aloof = String.raw`[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}]`
const joinable = String.raw`(?:(?!${aloof})[\p{L}\p{M}\p{Extended_Pictographic}\p{Emoji_Modifier}])`

const runOfJoiners = /([\u200c\u200d])[\u200c\u200d]+/gu
/** Persian, Hindi and families of emoji need them between two of their signs; elsewhere they hide. */
const strayJoiner = new RegExp(`(?<!${joinable})[\\u200c\\u200d]|[\\u200c\\u200d](?!${joinable})`, 'gu')
const strayVariation = /(?<=^|\u200c|\u200d|[\p{Script=Latin}\s\p{M}])\p{Variation_Selector}/gu
/** Letters that nobody sees, but for those that make the flags of England, Scotland and Wales. */
const strayTag = /(?<!\u{1f3f4}[\u{e0030}-\u{e007a}]{0,6})[\u{e0000}-\u{e007f}]/gu
/** Zero width, direction, soft hyphens, fillers, and the frames of annotations. */
const unseen =
  /(?!\u200c|\u200d|[\u{e0000}-\u{e007f}\p{Variation_Selector}])\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb]/gu
const ignorable = /\p{Default_Ignorable_Code_Point}/gu
const lineEnd = /[\u0085\u2028\u2029]/g
const control = /(?!\s)\p{Cc}/gu
const plain = /^[ -~]*$/
const visible = /[^\s\p{Z}\p{M}\p{Default_Ignorable_Code_Point}\u2800]/u

/** NUL stays where it is, for whoever judges the text: taking it out would store another text than was sent. */
function dropUnseen(value: string): string {
  if (plain.test(value)) return value
  return value
    .normalize('NFC')
    .replace(lineEnd, '\n')
    .replace(control, (sign) => (sign === '\0' ? sign : ''))
    .replace(unseen, '')
    .replace(strayTag, '')
    .replace(strayVariation, '')
    .normalize('NFC')
    .replace(runOfJoiners, '$1')
    .replace(strayJoiner, '')
    .normalize('NFC')
}

/** What can be seen of a text of one or more lines, in NFC and trimmed; nothing where nothing can be seen. */
export function cleanText(value: string): string {
  const shown = dropUnseen(value).trim()
  return visible.test(shown) ? shown : ''
}

/** The same on one line, with one space wherever there was space of any kind. */
export function cleanLine(value: string): string {
  return cleanText(value).replace(/\s+/g, ' ')
}

/** The same without any sign that is not seen, not even those that join others. */
export function cleanCode(value: string): string {
  return cleanLine(value.replace(ignorable, ''))
}

/** A web address as it is, which NFC could turn into another one, but for signs that are not seen and space around it. */
export function cleanAddress(value: string): string {
  return value.replace(ignorable, '').trim()
}

/** False where PostgreSQL cannot store it: for a NUL, or half of a surrogate pair. */
export function isStorable(value: string): boolean {
  return !value.includes('\0') && value.isWellFormed()
}
