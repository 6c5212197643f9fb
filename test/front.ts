import http, { type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { createBalancedAgent } from '@duka/kit/balanced-agent'

/** What stands before several gateways, as a load balancer does: it looks at their /ready and sends nothing twice. */
export interface Front {
  url: string
  /** Answers that no client should have got, and requests without any. */
  failures: string[]
  /** How many requests were answered. */
  answered(): number
  /** Whether it leaves out none of them. */
  isWhole(): boolean
  stop(): Promise<void>
}

const timeoutMs = 30_000
const hopByHop = ['connection', 'keep-alive', 'transfer-encoding']

/** Starts a front before gateways at these addresses. */
export async function startFront(addresses: string[]): Promise<Front> {
  const failures: string[] = []
  let answered = 0
  let out = 0
  const urls = addresses.map((each) => new URL(each))
  const agent = createBalancedAgent(urls, { timeoutMs, onOut: () => void out++, onBack: () => void out-- })
  const server = http.createServer((request, response) => {
    const { method, url, headers } = request
    const onward = http.request({ host: '127.0.0.1', method, path: url, headers, agent })
    onward.on('response', (answer) => {
      answered++
      if ((answer.statusCode ?? 0) < 500) return relay(answer, response)
      const tell = (body: string) => failures.push(`${method} ${url} ${answer.statusCode} ${body}`)
      void text(answer).then(tell, (error: Error) => tell(error.message))
      response.writeHead(answer.statusCode ?? 502).end()
    })
    onward.on('error', (error) => {
      failures.push(`${method} ${url} ${error.message}`)
      response.writeHead(502).end()
    })
    request.pipe(onward)
  })
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  const stop = async () => {
    await new Promise((closed) => {
      server.close(closed)
      server.closeAllConnections()
    })
    agent.destroy()
  }
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url, failures, answered: () => answered, isWhole: () => out === 0, stop }
}

function relay(answer: IncomingMessage, response: ServerResponse): void {
  const headers = Object.entries(answer.headers).filter(([name]) => !hopByHop.includes(name))
  response.writeHead(answer.statusCode ?? 502, Object.fromEntries(headers))
  answer.pipe(response)
}
