import { connect } from 'node:net'

export interface Reply {
  text: string
  /** The statuses of all answers that came, one for each request that was understood. */
  statuses: number[]
}

/** Longer than the shop takes to refuse anything; a connection that waits for more bytes is ended here. */
const patienceMs = 3_000

/** Sends bytes over a bare connection, as no well-behaved client would; gives all that comes until it closes. */
export function sendBytes(url: string, bytes: string | Buffer, waitMs = patienceMs): Promise<Reply> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    const socket = connect(Number(port), hostname, () => socket.write(bytes, 'latin1'))
    socket.setTimeout(waitMs, () => socket.destroy())
    socket.on('data', (chunk) => chunks.push(chunk))
    // A reset after the answer is the other side's way to say that it reads no more.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      const text = Buffer.concat(chunks).toString('latin1')
      resolve({ text, statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1])) })
    })
  })
}

/** A request that is well-formed but for what is put into it. */
export function writeRequest(method: string, target: string, headers: Record<string, string> = {}, body = ''): string {
  const lines = Object.entries({ Host: 'shop.example', Connection: 'close', ...headers })
  const length =
    method === 'GET' && !body ? [] : [['Content-Length', String(Buffer.byteLength(body, 'latin1'))] as const]
  const head = [...lines, ...length].map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return `${method} ${target} HTTP/1.1\r\n${head}\r\n${body}`
}
