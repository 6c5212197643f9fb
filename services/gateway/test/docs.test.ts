import { endpoints } from '@duka/contracts'
import { ask, expectProblem, startGateway, type TestGateway } from './support'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startGateway()
})
afterAll(() => gateway.stop())

test('the OpenAPI document names every public endpoint, and the probes', async () => {
  const answer = await ask(gateway, '/api/docs/openapi.json')
  expect(answer.status).toBe(200)
  expect(answer.headers['content-type']).toMatch(/^application\/json/)
  const { openapi, paths } = answer.json() as { openapi: string; paths: Record<string, Record<string, unknown>> }
  expect(openapi).toBe('3.1.0')
  for (const { method, publicPaths } of endpoints) {
    for (const path of publicPaths) expect(paths[path.replace(/:(\w+)/g, '{$1}')]).toHaveProperty(method.toLowerCase())
  }
  expect(paths).toHaveProperty(['/health', 'get'])
  expect(paths).toHaveProperty(['/ready', 'get'])
})

test('the page loads its own files only, and no script or style may be written into it', async () => {
  const page = await ask(gateway, '/api/docs')
  expect(page.status).toBe(200)
  expect(page.headers['content-type']).toMatch(/^text\/html/)
  const policy = String(page.headers['content-security-policy'])
  expect(policy).toContain("default-src 'none'")
  expect(policy).not.toMatch(/unsafe|https?:|\*/)
  const html = page.body.toString()
  expect(html).not.toMatch(/https?:|<style|<script>|\son\w+=/)
  const loaded = [...html.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(loaded).toHaveLength(4)
  for (const path of loaded) {
    const file = await ask(gateway, path)
    expect([path, file.status]).toEqual([path, 200])
    expect(file.headers['x-content-type-options']).toBe('nosniff')
  }
  expect((await ask(gateway, '/api/docs/start.js')).body.toString()).toContain('/api/docs/openapi.json')
})

test.each(['/api/docs', '/api/docs/openapi.json', '/api/docs/swagger-ui.css'])('%s can only be read', async (path) => {
  expect((await ask(gateway, path, { method: 'HEAD' })).status).toBe(200)
  const answer = await ask(gateway, path, { method: 'POST' })
  expectProblem(answer, 405, 'method_not_allowed')
  expect(answer.headers.allow).toBe('GET, HEAD')
})

test.each([
  '/api/docs/',
  '/api/docs/package.json',
  '/api/docs/../docs/start.js',
  '/api/docs/%2e%2e/package.json',
  '/api/docs/..%2fpackage.json',
  '/api/docs/index.html',
  '/API/docs',
  '//api/docs',
])('%s does not exist', async (path) => {
  expectProblem(await ask(gateway, path), 404, 'not_found')
})
