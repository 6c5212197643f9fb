import { type Check, codeOf, type Finding, ok, warning, wrong } from './check'

const timeoutMs = 5_000
const oldestMajor = 6
const what = 'Redis'

export type RedisFacts = { version: string; role: string; maxMemory: number; policy: string }

/** The store that gateways share their counters through, where there is one. */
export function createRedisCheck(ask: (url: string) => Promise<RedisFacts> = askRedis): Check {
  return {
    name: 'redis',
    run: async ({ settings }) => {
      const url = settings.REDIS_URL
      if (!url) return [ok(what, 'not set, which is right for one gateway and one instance of product')]
      try {
        return judge(await ask(url))
      } catch (error) {
        return [
          wrong(
            what,
            `does not answer (${answerOf(error)})`,
            'REDIS_URL: start the server, or correct its address and password',
          ),
        ]
      }
    },
  }
}

// Redis' own answers begin with their code, such as WRONGPASS; the rest of them is not for everybody.
function answerOf(error: unknown): string {
  return /^[A-Z]{3,}(?= )/.exec((error as Error).message)?.[0] ?? codeOf(error)
}

function judge({ version, role, maxMemory, policy }: RedisFacts): Finding[] {
  const old = Number.parseInt(version, 10) < oldestMajor
  // Counters have an end of their own, so a store that fills up has to let old ones go instead of refusing new ones.
  const fills = maxMemory > 0 && policy === 'noeviction'
  const found = [
    ...(old ? [wrong(what, `version ${version} is too old`, `upgrade it to ${oldestMajor} or newer`)] : []),
    ...(role === 'master'
      ? []
      : [wrong(what, 'is a replica, which takes no changes', 'point REDIS_URL at the primary')]),
    ...(fills
      ? [warning(what, 'refuses writes when its memory is full (noeviction)', 'set maxmemory-policy to allkeys-lru')]
      : []),
    ...(maxMemory === 0
      ? [warning(what, 'has no maxmemory', 'set maxmemory, and maxmemory-policy to allkeys-lru')]
      : []),
  ]
  return found.length > 0 ? found : [ok(what, `version ${version}, ${policy}`)]
}

async function askRedis(url: string): Promise<RedisFacts> {
  const { createClient } = await import('@redis/client')
  const client = createClient({
    url,
    socket: { connectTimeout: timeoutMs, reconnectStrategy: false },
    disableOfflineQueue: true,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    const info = await client.info()
    const field = (name: string) => new RegExp(`^${name}:(.*)$`, 'm').exec(info)?.[1]?.trim() ?? ''
    return {
      version: field('redis_version'),
      role: field('role'),
      maxMemory: Number(field('maxmemory')),
      policy: field('maxmemory_policy'),
    }
  } finally {
    if (client.isOpen) client.destroy()
  }
}
