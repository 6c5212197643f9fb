const json = { 'Content-Type': 'application/json' }
/** As deep as fits into the largest body. */
const deep = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)

interface Attack {
  name: string
  raw: Buffer | string
  headers?: Record<string, string>
  statuses: readonly number[]
}

/** Bodies that are wrong whatever they are for. */
export const brokenBodies: readonly Attack[] = [
  { name: 'too large', raw: `{"a":"${'x'.repeat(300_000)}"}`, statuses: [413] },
  { name: 'much too large', raw: Buffer.alloc(3_000_000, 'x'), statuses: [413] },
  { name: '100,000 levels of lists', raw: deep(100_000), statuses: [400] },
  { name: '100,000 levels that never end', raw: '['.repeat(100_000), statuses: [400] },
  { name: '30,000 levels of objects', raw: '{"a":'.repeat(30_000), statuses: [400] },
  { name: 'a list', raw: '[{}]', statuses: [400] },
  { name: 'text', raw: '"text"', statuses: [400] },
  { name: 'a number', raw: '1', statuses: [400] },
  { name: 'null', raw: 'null', statuses: [400] },
  { name: 'two documents', raw: '{}{}', statuses: [400] },
  { name: 'a comment', raw: '{}/* */', statuses: [400] },
  { name: 'single quotes', raw: "{'a':1}", statuses: [400] },
  { name: 'NaN', raw: '{"a":NaN}', statuses: [400] },
  { name: 'a hexadecimal number', raw: '{"a":0x10}', statuses: [400] },
  { name: 'NUL bytes', raw: Buffer.from('{"a":\u00001}'), statuses: [400] },
  { name: 'a NUL in text', raw: Buffer.from('{"a":"\u0000"}'), statuses: [400] },
  { name: 'UTF-16 that says UTF-8', raw: Buffer.from('\ufeff{"a":1}', 'utf16le'), statuses: [400] },
  { name: 'text that is no UTF-8', raw: Buffer.from('7b2261223a22ff227d', 'hex'), statuses: [400] },
  { name: 'bytes that are no UTF-8', raw: Buffer.from([0x7b, 0xff, 0xfe, 0x80, 0x7d]), statuses: [400] },
  { name: 'a form', raw: 'a=1&b=2', headers: { 'Content-Type': 'application/x-www-form-urlencoded' }, statuses: [400] },
  { name: 'plain text', raw: '{}', headers: { 'Content-Type': 'text/plain' }, statuses: [400] },
  { name: 'XML', raw: '<a/>', headers: { 'Content-Type': 'application/xml' }, statuses: [400] },
  { name: 'parts', raw: '--x--', headers: { 'Content-Type': 'multipart/form-data; boundary=x' }, statuses: [400] },
  { name: 'Latin-1', raw: '{}', headers: { 'Content-Type': 'application/json; charset=latin1' }, statuses: [400, 415] },
  { name: 'UTF-7', raw: '{}', headers: { 'Content-Type': 'application/json; charset=utf-7' }, statuses: [415] },
  {
    name: 'no charset at all',
    raw: '{}',
    headers: { 'Content-Type': 'application/json; charset=__proto__' },
    statuses: [415],
  },
  { name: 'what is not packed', raw: '{}', headers: { ...json, 'Content-Encoding': 'gzip' }, statuses: [400] },
  { name: 'an unknown packing', raw: '{}', headers: { ...json, 'Content-Encoding': 'x' }, statuses: [415] },
]

/** Bodies that a lenient reader takes, in which only the reading may differ. */
export const oddBodies: readonly Pick<Attack, 'name' | 'raw'>[] = [
  { name: 'a byte order mark', raw: '\ufeff{}' },
  { name: 'nothing in it', raw: '{}' },
  { name: 'pollution', raw: '{"__proto__":{"polluted":true,"role":"admin","isAdmin":true}}' },
  { name: 'pollution by the constructor', raw: '{"constructor":{"prototype":{"polluted":true}}}' },
  {
    name: 'pollution deeper down',
    raw: '{"items":[{"__proto__":{"polluted":true}}],"shippingAddress":{"__proto__":{"city":1}}}',
  },
  { name: 'names of methods', raw: '{"toString":1,"valueOf":2,"hasOwnProperty":3,"toJSON":4,"then":5}' },
  { name: 'an unknown field of 90,000 levels', raw: `{"x":${deep(90_000)}}` },
  { name: '20,000 fields', raw: `{${Array.from({ length: 20_000 }, (_, at) => `"${at}":1`).join(',')}}` },
]
