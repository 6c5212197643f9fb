import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const script = join(__dirname, '../deploy/kubernetes/roll-out.sh')
let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'duka-roll-out-'))
  // The nth question about the jobs is answered by the nth file, and the last one again and again.
  writeProgram(
    'kubectl',
    `echo "$*" >> calls
    case "$*" in *"$FAILING"*) echo refused >&2; exit 1;; esac
    [ "$1" = get ] || exit 0
    echo asked >> asked; n=$(wc -l < asked)
    while [ ! -e "states.$((n))" ]; do n=$((n - 1)); done
    cat "states.$((n))"`,
  )
  writeProgram('sleep', 'exit 0')
})
afterEach(() => rmSync(folder, { recursive: true }))

function writeProgram(name: string, text: string): void {
  writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`)
  chmodSync(join(folder, name), 0o755)
}

/** Rolls out with a kubectl that only takes notes, and tells how the migrations stand. */
function rollOut(states: string[], failing = 'nothing that is asked') {
  for (const [index, text] of states.entries()) writeFileSync(join(folder, `states.${index + 1}`), `${text}\n`)
  const env = { PATH: `${folder}:${process.env.PATH}`, FAILING: failing }
  const { status, stderr } = spawnSync('sh', [script, 'an-overlay'], { cwd: folder, env, encoding: 'utf8' })
  const calls = readFileSync(join(folder, 'calls'), 'utf8').trim().split('\n')
  return { status, stderr, programs: calls.includes('apply --kustomize=an-overlay'), calls }
}

test('programs are applied once all migrations are done, and not before', () => {
  const { status, programs, calls } = rollOut([
    '',
    'a: \nb: ',
    'a: Complete\nb: ',
    'a: SuccessCriteriaMet Complete\nb: Complete',
  ])
  expect([status, programs]).toEqual([0, true])
  expect(calls.filter((call) => call.startsWith('get jobs'))).toHaveLength(4)
  expect(calls.at(-1)).toMatch(/^rollout status deployments/)
})

test('a migration that failed ends it at once, with its name, and the programs stay as they are', () => {
  const { status, stderr, programs } = rollOut(['order-migration: FailureTarget Failed\nauth-migration: '])
  expect([status, programs]).toEqual([1, false])
  expect(stderr).toMatch(/^order-migration: .*\nA migration failed: /)
})

test('migrations that never end are waited for no longer than 15 minutes', () => {
  const { status, stderr, programs, calls } = rollOut(['auth-migration: '])
  expect([status, programs]).toEqual([1, false])
  expect(stderr).toContain('not done within 15 minutes: auth-migration')
  expect(calls.filter((call) => call.startsWith('get jobs'))).toHaveLength(450)
})

test.each(['kustomize an-overlay', 'delete jobs', 'component!=program', 'get jobs', 'apply --filename'])(
  'where kubectl refuses "%s" the programs stay as they are',
  (failing) => {
    const { status, programs } = rollOut(['a: Complete'], failing)
    expect(status).not.toBe(0)
    expect(programs).toBe(false)
  },
)

test('an overlay with a mistake changes nothing', () => {
  expect(rollOut([], 'kustomize an-overlay').calls).toEqual(['kustomize an-overlay'])
})

test('without an overlay it says what it wants', () => {
  const { status, stderr } = spawnSync('sh', [script], {
    env: { PATH: `${folder}:${process.env.PATH}` },
    encoding: 'utf8',
  })
  expect(status).not.toBe(0)
  expect(stderr).toContain('the folder of an overlay')
  expect(existsSync(join(folder, 'calls'))).toBe(false)
})
