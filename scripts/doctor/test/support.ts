import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { services } from '../../supervisor/processes'
import { type Installation, readInstallation } from '../installation'

export const rootDir = join(__dirname, '../../..')

/** Settings of a shop on servers of its own, with nothing wrong about them. */
export const wholeSettings = {
  ...Object.fromEntries(
    services.flatMap(({ database }) =>
      database ? [[database.setting, `postgres://someone:hidden-word@127.0.0.1:1/${database.name}`]] : [],
    ),
  ),
  ADMIN_EMAIL: 'admin@example.com',
  ADMIN_PASSWORD: 'hidden-word of four',
}

/** What is read from settings, with the services' sources for their compiled programs. */
export function installationOf(given: Record<string, string>, more: Partial<Installation> = {}): Installation {
  const dataDir = join(rootDir, 'no-such-folder')
  return {
    ...readInstallation(rootDir, { ...wholeSettings, ...given, DUKA_DATA_DIR: dataDir }, {}),
    load: (service, module) => require(join(rootDir, 'services', service, 'src', module)),
    ...more,
  }
}

export type Answers = Record<string, { status?: number; body?: unknown; date?: Date }>

const closers: (() => void)[] = []

/** A server that answers by path, 404 where it knows none; gives its address. */
export async function serve(answers: Answers): Promise<string> {
  const server = createServer((request, response) => answer(response, answers[request.url?.split('?')[0] ?? '']))
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready))
  closers.push(() => server.close())
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

function answer(response: ServerResponse, known: Answers[string] | undefined): void {
  if (known?.date) response.setHeader('Date', known.date.toUTCString())
  response.writeHead(known ? (known.status ?? 200) : 404, { 'Content-Type': 'application/json', Connection: 'close' })
  response.end(JSON.stringify(known?.body ?? {}))
}

export function closeServers(): void {
  for (const close of closers.splice(0)) close()
}

/** An address that nothing listens on. */
export const nowhere = 'http://127.0.0.1:1'
