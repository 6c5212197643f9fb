import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { findAdmin, possibleAdmins } from '../scripts/demo-shop/find-admin'
import { createShopClient } from '../scripts/demo-shop/shop-client'
import { addRunning } from '../scripts/supervisor/add-running'
import { settingNames } from '../scripts/supervisor/processes'
import { keepSecrets } from '../scripts/supervisor/secrets'
import { buildAll } from './start-support'

jest.setTimeout(240_000)

const rootDir = join(__dirname, '..')
const { scripts } = JSON.parse(readFileSync(join(rootDir, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>
}
const programs = Object.values(scripts).flatMap((line) => /scripts\/dist\/([\w-]+)\.js/.exec(line)?.[1] ?? [])
let dataDir: string

beforeAll(() => {
  buildAll()
  dataDir = mkdtempSync(join(tmpdir(), 'duka-commands-'))
})
afterAll(() => rmSync(dataDir, { recursive: true }))

// An empty setting hides what a developer's own .env says.
function run(program: string, args: string[]) {
  const none = Object.fromEntries([...settingNames].map((name) => [name, '']))
  const env = { ...none, PATH: process.env.PATH, DUKA_DATA_DIR: dataDir }
  const file = join(rootDir, 'scripts/dist', `${program}.js`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...args], { env, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('every command that is compiled is built before it runs, and told so beside its output', () => {
  expect(programs.length).toBeGreaterThanOrEqual(10)
  for (const program of programs) {
    expect(Object.values(scripts)).toContain(
      `node scripts/build-once.mjs ${program} && exec node scripts/dist/${program}.js`,
    )
  }
})

test.each([...programs, 'prove', 'bench'])('%s says how to use it', (program) => {
  const { status, stdout, stderr } = run(program, ['--help'])
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toMatch(/^npm run /)
})

test.each(programs)('%s refuses an option that it does not know, in one line', (program) => {
  const { status, stderr } = run(program, ['--no-such-thing'])
  expect(status).toBe(78)
  expect(stderr).toMatch(/^Unknown option '--no-such-thing'.*It knows .*\.\n$/)
})

test('a CSV that is not there is named before anybody signs in', () => {
  expect(run('products-import', [join(dataDir, 'no.csv')]).stderr).toBe(
    `${join(dataDir, 'no.csv')} cannot be read (ENOENT).\n`,
  )
})

describe("this folder's shop", () => {
  const running = {
    pid: 1,
    startTime: '',
    urls: { gateway: 'http://127.0.0.1:7000', daraja: 'http://127.0.0.1:7001' },
    processes: [],
    given: { ADMIN_EMAIL: 'boss@shop.example', CART_PORT: '7005' },
  }

  test('is found by what it wrote down, wherever its settings came from', () => {
    expect(addRunning({ GATEWAY_PORT: '5000', ADMIN_EMAIL: 'me@shop.example' }, running)).toEqual({
      GATEWAY_PORT: '7000',
      DARAJA_SIMULATOR_PORT: '7001',
      CART_PORT: '7005',
      ADMIN_EMAIL: 'me@shop.example',
    })
    expect(addRunning({ GATEWAY_PORT: '5000' }, undefined)).toEqual({ GATEWAY_PORT: '5000' })
  })

  test('has an admin whose password the folder keeps, which no other machine is told', () => {
    const settings = { DUKA_DATA_DIR: dataDir }
    expect(possibleAdmins('http://localhost:5000', settings, rootDir)).toEqual([])
    const { adminPassword } = keepSecrets(dataDir)
    const kept = { email: 'admin@duka.test', password: adminPassword }
    expect(possibleAdmins('http://localhost:5000', settings, rootDir)).toEqual([kept])
    expect(possibleAdmins('https://shop.example', settings, rootDir)).toEqual([])
    const set = { ...settings, ADMIN_EMAIL: 'me@shop.example', ADMIN_PASSWORD: 'newer' }
    expect(possibleAdmins('http://localhost:5000', set, rootDir)).toEqual([
      { email: 'me@shop.example', password: 'newer' },
      { email: 'me@shop.example', password: adminPassword },
    ])
  })

  test('is entered with the password that its account has, not with one that was set later', async () => {
    const server = createServer((request, response) => {
      request.on('data', (body) => {
        const isRight = JSON.parse(String(body)).password === 'older'
        response.writeHead(isRight ? 200 : 401, { 'content-type': 'application/json' })
        response.end(JSON.stringify(isRight ? { token: 'a token' } : { code: 'invalid_credentials' }))
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const shop = createShopClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const [newer, older] = ['newer', 'older'].map((password) => ({ email: 'admin@duka.test', password }))
    expect(await findAdmin(shop, [newer!, older!], () => {})).toEqual({ admin: older, token: 'a token' })
    await expect(findAdmin(shop, [newer!], () => {})).rejects.toThrow('cannot log in')
    await expect(findAdmin(shop, [], () => {})).rejects.toThrow('Set ADMIN_EMAIL and ADMIN_PASSWORD')
    server.close()
  })
})

test('two who prepare one folder take turns, and say whom they wait for; what a killed one left holds nobody', () => {
  const folder = mkdtempSync(join(tmpdir(), 'duka-turns-'))
  const module = JSON.stringify(join(rootDir, 'scripts/take-turns.mjs'))
  const program = `import { spawn } from 'node:child_process'
    import { once } from 'node:events'
    import { takeTurns } from ${module}
    const [, folder, inner] = process.argv
    await takeTurns(folder, async () => {
      console.log('begins', inner ?? 'first')
      if (!inner) {
        const second = spawn(process.execPath, [...process.execArgv, folder, 'second'], { stdio: ['ignore', 'inherit', 'pipe'] })
        const [said] = await once(second.stderr, 'data')
        console.log(String(said).replace(/Process \\d+/, 'Process N').split(':')[0])
      }
      console.log('ends', inner ?? 'first')
    })`
  const args = ['--input-type=module', '-e', program, folder]
  const none = spawnSync(process.execPath, ['-e', '0'])
  spawnSync('mkdir', ['-p', join(folder, '.duka')])
  writeFileSync(join(folder, '.duka/preparing.pid'), String(none.pid))
  const { stdout } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  expect(stdout.trim().split('\n')).toEqual([
    'begins first',
    'Process N installs or builds in this folder',
    'ends first',
    'begins second',
    'ends second',
  ])
  rmSync(folder, { recursive: true })
})
