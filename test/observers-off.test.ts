import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { services } from '../scripts/supervisor/processes'

const rootDir = join(__dirname, '..')
const probe = join(__dirname, 'list-packages.cjs')
const told = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9', SENTRY_DSN: 'http://key@127.0.0.1:9/1' }

/** The packages that a service has loaded when it comes to refuse its settings. */
function loadedBy(entry: string, env: Record<string, string>): string[] {
  const { PATH } = process.env
  const { status, stdout } = spawnSync(process.execPath, ['--require', probe, entry], {
    cwd: rootDir,
    env: { PATH, METRICS: 'perhaps', ...env },
    encoding: 'utf8',
    timeout: 60_000,
  })
  expect(status).toBe(78)
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '')
}

const observers = (packages: string[]) => packages.filter((name) => /^@(opentelemetry|sentry)$/.test(name)).sort()

test.each(services.map(({ name, entry }) => [name, entry]))(
  '%s loads what tells of requests and errors only where there is somebody to tell',
  (_name, entry) => {
    expect(observers(loadedBy(entry, {}))).toEqual([])
    expect(observers(loadedBy(entry, told))).toEqual(['@opentelemetry', '@sentry'])
  },
  120_000,
)
