/** One way to write a request so that two readers may see different requests in the same bytes. */
export interface Trick {
  name: string
  head: string
  /** What follows the head, around the request that is hidden in it. */
  body: (hidden: string) => string
  /** No reader could be blamed for either reading, so the only right one is none. */
  isRefused?: boolean
}

const post = 'POST /api/auth/login HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n'
const json = 'Content-Type: application/json\r\n'

const chunk = (text: string, extension = '') => `${text.length.toString(16)}${extension}\r\n${text}\r\n`
const chunked = (hidden: string) => `${chunk(hidden)}0\r\n\r\n`
/** Ends at once for who reads chunks; for who counts bytes the hidden request is still the body. */
const endsEarly = (hidden: string) => `0\r\n\r\n${hidden}`
const plain = (hidden: string) => hidden

const refused = (name: string, headers: string, body: Trick['body'] = endsEarly): Trick => ({
  name,
  head: `${post}${json}${headers}\r\n`,
  body,
  isRefused: true,
})

/** The two lengths disagree, or one of them is none. */
const lengths: Trick[] = [
  refused('Content-Length before Transfer-Encoding', 'Content-Length: 5\r\nTransfer-Encoding: chunked\r\n'),
  refused('Transfer-Encoding before Content-Length', 'Transfer-Encoding: chunked\r\nContent-Length: 5\r\n'),
  refused('Content-Length 0 and chunks', 'Content-Length: 0\r\nTransfer-Encoding: chunked\r\n', chunked),
  ...[
    '5\r\nContent-Length: 6',
    '0\r\nContent-Length: 400',
    '5\r\nContent-Length: 5',
    '5, 5',
    '5,6',
    '+5',
    '-5',
    '0x5',
  ].map((value) => refused(`Content-Length ${JSON.stringify(value)}`, `Content-Length: ${value}\r\n`, plain)),
  ...['5e0', '5.0', '', '"5"', '99999999999999999999', '5\u0000', '5;'].map((value) =>
    refused(`Content-Length ${JSON.stringify(value)}`, `Content-Length: ${value}\r\n`, plain),
  ),
]

/** Chunks that one reader sees and another does not. */
const encodings: Trick[] = [
  ...[
    'Transfer-Encoding: xchunked',
    'Transfer-Encoding: chunkedx',
    'Transfer-Encoding: "chunked"',
    'Transfer-Encoding: identity',
    'Transfer-Encoding: chunked, identity',
    'Transfer-Encoding: identity, chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding: chunked, chunked',
    'Transfer-Encoding: chunked;q=1',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: identity',
    'Transfer-Encoding: identity\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked',
    'Transfer-Encoding : chunked',
    'Transfer-Encoding\t: chunked',
    ' Transfer-Encoding: chunked',
    'Transfer-Encoding: \u000bchunked',
    'Transfer-Encoding: chunked\u0000',
    'Transfer-Encoding:\r\n chunked',
    'Transfer-Encoding:\n chunked',
    'X: y\nTransfer-Encoding: chunked',
    'X: y\rTransfer-Encoding: chunked',
    'X: y\r\n\tTransfer-Encoding: chunked',
    'Transfer\u0000-Encoding: chunked',
    'Transfer-Encoding chunked',
  ].map((header) => refused(JSON.stringify(header), `Content-Length: 5\r\n${header}\r\n`)),
  ...['Transfer-Encoding: identity', 'Transfer-Encoding: gzip, chunked', 'Transfer-Encoding: chunked, chunked'].map(
    (header) => refused(`${header} alone`, `${header}\r\n`, chunked),
  ),
]

const chunkedHead = `${post}${json}Transfer-Encoding: chunked\r\n\r\n`

/** Chunks of which it is not clear how long they are. */
const chunks: Trick[] = [
  { name: 'a chunk extension', head: chunkedHead, body: (hidden) => `${chunk(hidden, ';a=b')}0\r\n\r\n` },
  {
    name: 'an extension with a line feed',
    head: chunkedHead,
    body: (hidden) => `5;a\nb\r\nhello\r\n0\r\n\r\n${hidden}`,
    isRefused: true,
  },
  {
    name: 'a huge extension',
    head: chunkedHead,
    body: (hidden) => `5;${'a'.repeat(70_000)}\r\nhello\r\n0\r\n\r\n${hidden}`,
  },
  ...['0x5', '+5', '-5', ' 5', '5 x', '5h', '', 'ffffffffffffffff5', '1'.repeat(40)].map((size) => ({
    name: `a chunk of ${JSON.stringify(size)} bytes`,
    head: chunkedHead,
    body: (hidden: string) => `${size}\r\nhello\r\n0\r\n\r\n${hidden}`,
    isRefused: true,
  })),
  { name: 'line feeds alone', head: chunkedHead, body: (hidden) => `5\nhello\n0\n\n${hidden}`, isRefused: true },
  {
    name: 'no line end after a chunk',
    head: chunkedHead,
    body: (hidden) => `5\r\nhelloX0\r\n\r\n${hidden}`,
    isRefused: true,
  },
  {
    name: 'a chunk that is longer than it says',
    head: chunkedHead,
    body: (hidden) => `5\r\nhello${hidden}\r\n0\r\n\r\n`,
    isRefused: true,
  },
  {
    name: 'trailers',
    head: chunkedHead,
    body: (hidden) => `${chunk('{}')}0\r\nContent-Length: ${hidden.length}\r\nAuthorization: x\r\n\r\n`,
  },
  { name: 'a trailer that is a request', head: chunkedHead, body: (hidden) => `${chunk('{}')}0\r\n${hidden}` },
]

const withChunks = (line: string): Trick => ({
  name: `chunks with ${line}`,
  head: `${line}\r\nHost: shop.example\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n`,
  body: chunked,
})
const withLength = (line: string, headers = ''): Trick => ({
  name: `a body with ${line}${headers && ` and ${headers.trim()}`}`,
  head: `${line}\r\nHost: shop.example\r\nConnection: close${headers}\r\n`,
  body: (hidden) => `Content-Length: ${hidden.length}\r\n\r\n${hidden}`,
})
const id = '0198c0de-1111-7222-8333-444455556666'

/** Bodies where few expect one, and headers that may take the framing away. */
const methods: Trick[] = [
  ...[
    'GET /api/products',
    'HEAD /api/products',
    'DELETE /api/cart',
    `DELETE /api/cart/items/${id}`,
    `DELETE /api/products/${id}`,
  ]
    .map((target) => `${target} HTTP/1.1`)
    .flatMap((line) => [withChunks(line), withLength(line)]),
  ...[
    'OPTIONS /api/products',
    'TRACE /api/products',
    'POST /api/cart/items',
    `PUT /api/orders/${id}/cancel`,
    'CONNECT 127.0.0.1:3002',
  ]
    .map((target) => `${target} HTTP/1.1`)
    .flatMap((line) => [withChunks(line), withLength(line)]),
  ...[
    ', Content-Length',
    ', Transfer-Encoding',
    ', Host',
    '\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__',
    '\r\nUpgrade: websocket',
  ].flatMap((headers) => [
    withLength('POST /api/cart/items HTTP/1.1', headers),
    withLength('DELETE /api/cart HTTP/1.1', headers),
  ]),
  withLength('POST /api/cart/items HTTP/1.1', '\r\nExpect: 100-continue'),
  withLength('POST /api/cart/items HTTP/1.1', '\r\ncontent_length: 0\r\ntransfer_encoding: chunked'),
  withLength('POST /api/cart/items HTTP/1.0'),
  { ...withChunks('POST /api/cart/items HTTP/1.0'), name: 'chunks in HTTP/1.0' },
  ...['GET /api/products HTTP/2.0', 'GET /api/products', 'GET  /api/products HTTP/1.1'].map((line) => withLength(line)),
  ...['GET /api/products HTTP/1.2', 'GET /api/products HTTP/1.1 x'].map((line) => ({
    ...withLength(line),
    isRefused: true,
  })),
  { name: 'the preface of HTTP/2', head: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', body: plain, isRefused: true },
]

export const tricks: readonly Trick[] = [...lengths, ...encodings, ...chunks, ...methods]
