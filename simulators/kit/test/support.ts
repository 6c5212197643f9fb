import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type Callback = { path: string; text: string; headers: IncomingMessage['headers'] }

export async function listen(handler: RequestListener): Promise<{ server: Server; origin: string }> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` }
}

export const closeServer = (server: Server) =>
  new Promise<void>((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })

/** A shop's ear: keeps what is POSTed to it and answers with the statuses it was told, 200 by default. */
export async function startReceiver(path: string, statuses: number[] = []) {
  const callbacks: Callback[] = []
  let waiting: { count: number; resolve: (callbacks: Callback[]) => void }[] = []
  const { server, origin } = await listen(async (request, response) => {
    let text = ''
    for await (const chunk of request) text += chunk
    callbacks.push({ path: request.url ?? '', text, headers: request.headers })
    response.statusCode = statuses.shift() ?? 200
    response.end('{}')
    waiting = waiting.filter(({ count, resolve }) => callbacks.length < count || resolve(callbacks))
  })
  return {
    callbacks,
    url: origin + path,
    /** Resolves when that many have come. */
    received: (count: number) =>
      new Promise<Callback[]>((resolve) => {
        if (callbacks.length >= count) resolve(callbacks)
        else waiting.push({ count, resolve })
      }),
    close: () => closeServer(server),
  }
}
