import { parseEnv } from 'node:util'
import { read } from './compose-support'
import { alerts } from './observability-support'

const page = read('docs/production.md')
const inCode = [...page.matchAll(/`([^`\n]+)`/g)].map(([, text]) => text as string)

test('the settings that it names are settings of the shop', () => {
  const known = Object.keys(parseEnv(read('.env.example')))
  const named = inCode.flatMap((text) => /^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+(?==|$)/.exec(text)?.[0] ?? [])
  expect(named.length).toBeGreaterThan(10)
  expect(named.filter((name) => !known.includes(name))).toEqual([])
})

test('the commands that it names are there', () => {
  const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
  const named = inCode.flatMap((text) => /^npm run ([\w:-]+)/.exec(text)?.[1] ?? [])
  expect(named).toEqual(expect.arrayContaining(['doctor', 'audit', 'secrets', 'backup', 'restore']))
  expect(named.filter((name) => !(name in scripts))).toEqual([])
})

test('the alerts that wake somebody are those that are critical', () => {
  const critical = alerts.filter(({ labels }) => labels.severity === 'critical').map(({ alert }) => alert)
  const listed = /\*critical\*: ([^.]+)\./.exec(page)?.[1] ?? ''
  expect([...listed.matchAll(/`(\w+)`/g)].map(([, name]) => name).sort()).toEqual(critical.sort())
})
