import { captureLog } from '@duka/testkit'
import { tellTrust } from '../src/notice-proxies'
import { ask, startGateway, type TestGateway } from './support'

let gateway: TestGateway
afterEach(() => gateway?.stop())

async function warningsOf(trustedHops: number, headers: Record<string, string>): Promise<Record<string, unknown>[]> {
  const { log, lines } = captureLog('warn')
  gateway = await startGateway({ log, trustedHops })
  for (let round = 0; round < 3; round++) await ask(gateway, '/api/orders', { headers })
  return lines.map((line) => JSON.parse(line)).filter(({ event }) => event === 'proxy_not_trusted')
}

test.each<Record<string, string>>([{ 'X-Forwarded-For': '203.0.113.6' }, { Forwarded: 'for=203.0.113.6' }])(
  'a proxy that nobody was told of is warned about once: %j',
  async (headers) => {
    const [warning, ...more] = await warningsOf(0, headers)
    expect(more).toEqual([])
    expect(warning).toMatchObject({
      level: 'warn',
      looksLike: expect.stringContaining('429 for everybody'),
      mend: expect.stringContaining('TRUST_PROXY_HOPS'),
    })
    expect(JSON.stringify(warning)).not.toContain('203.0.113.6')
  },
)

test('no proxy, and one that is trusted, are not', async () => {
  expect(await warningsOf(0, {})).toEqual([])
  await gateway.stop()
  expect(await warningsOf(1, { 'X-Forwarded-For': '203.0.113.6' })).toEqual([])
})

const told = (trust: Parameters<typeof tellTrust>[0]) => {
  const { log, lines } = captureLog('info')
  tellTrust(trust, log)
  return lines.map((line) => JSON.parse(line))
}

test.each([
  [0, /^the address that connects/],
  [2, /^entry 2 of X-Forwarded-For, counted from its end/],
])('with %i trusted proxies the start says whose address counts', (hops, clientAddress) => {
  const line = { event: 'trust_proxy_hops', hops, clientAddress: expect.stringMatching(clientAddress) }
  expect(told({ trustedHops: hops })).toEqual([expect.objectContaining(line)])
})

test('a shop behind TLS has a proxy in front, so trusting none is warned about at the start', () => {
  expect(told({ trustedHops: 0, behindTls: true })[1]).toMatchObject({
    level: 'warn',
    event: 'proxy_not_trusted',
    looksLike: expect.stringContaining('429 for everybody'),
  })
  expect(told({ trustedHops: 1, behindTls: true })).toHaveLength(1)
})
