import { randomBytes } from 'node:crypto'
import { BodyPieces } from '../src/body-pieces'

function collect(bytes: Buffer, sizes: readonly number[]) {
  const body = new BodyPieces()
  let held = 0
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length] as number
    held += body.add(bytes.subarray(at, at + size))
    at += size
  }
  return { body, held }
}

test.each([[[1]], [[7, 100]], [[4095, 2]], [[4096, 1]], [[10_000]], [[5, 70_000, 3000]]])(
  'bytes that come in pieces of %j are whole, in twice their memory',
  (sizes) => {
    const bytes = randomBytes(100_001)
    const { body, held } = collect(bytes, sizes)
    expect(body.length).toBe(bytes.length)
    expect(Buffer.concat(body.pieces).equals(bytes)).toBe(true)
    expect(held).toBeLessThanOrEqual(2 * bytes.length + 4_096)
    expect(body.pieces.length).toBeLessThanOrEqual(2 + (2 * bytes.length) / 4_096)
  },
)

test('one piece, and those that are large, are kept as they are', () => {
  const [small, large] = [Buffer.from('{}'), randomBytes(5_000)]
  const body = new BodyPieces()
  expect([body.add(small), body.add(large)]).toEqual([2, 5_000])
  expect(body.pieces).toEqual([small, large])
  expect(body.pieces[1]?.buffer).toBe(large.buffer)
})

test('none is empty', () => {
  expect(new BodyPieces()).toMatchObject({ length: 0, pieces: [] })
})
