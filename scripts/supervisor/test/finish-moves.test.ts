import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finishMoves, moveTogether } from '../finish-moves'

let dir: string
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'duka-moves-'))
  for (const [name, text] of [
    ['data', 'old'],
    ['data.restoring', 'new'],
    ['secrets', 'old'],
    ['secrets.restoring', 'new'],
  ] as const) {
    mkdirSync(join(dir, name))
    writeFileSync(join(dir, name, 'text'), text)
  }
})
afterEach(() => rmSync(dir, { recursive: true, force: true }))

const moves = () =>
  [
    ['data', 'data.before'],
    ['secrets', 'secrets.before'],
    ['data.restoring', 'data'],
    ['secrets.restoring', 'secrets'],
  ].map(([from, to]) => ({ from: join(dir, from as string), to: join(dir, to as string) }))

function expectMoved(): void {
  const text = (name: string) => readFileSync(join(dir, name, 'text'), 'utf8')
  expect(['data', 'secrets', 'data.before', 'secrets.before'].map(text)).toEqual(['new', 'new', 'old', 'old'])
  expect(readdirSync(dir)).toHaveLength(4)
}

test('several things change places together', () => {
  moveTogether(dir, moves())
  expectMoved()
})

test.each([0, 1, 2, 3])('moves that broke off after %i are gone on with', (done) => {
  moveTogether(dir, moves().slice(0, done))
  writeFileSync(join(dir, 'moves.json'), JSON.stringify(moves()))
  finishMoves(dir)
  expectMoved()
  expect(existsSync(join(dir, 'moves.json'))).toBe(false)
})

test('nothing happens where nothing was broken off', () => {
  const before = readdirSync(dir)
  finishMoves(dir)
  expect(readdirSync(dir)).toEqual(before)
})
