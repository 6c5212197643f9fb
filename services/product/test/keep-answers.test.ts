import { allowedLagMs, noteLag } from '@duka/kit'
import { type Answers, keepAnswers, type MadeAnswer, tags } from '../src/keep-answers'

let now = 0
let answers: Answers

beforeEach(() => {
  now = 0
  answers = keepAnswers(() => now)
})

const made = (text: string, more: Partial<MadeAnswer> = {}): MadeAnswer => ({
  etag: `"${text}"`,
  body: Buffer.from(text),
  isKept: true,
  tags: [],
  ...more,
})

/** What is given for a key where `text` would be made now. */
async function ask(key: string, text: string, more: Partial<MadeAnswer> = {}): Promise<string> {
  return String((await answers.get(key, async () => made(text, more))).body)
}

/** An answer that is being made until it is told what it is. */
function slowAnswer() {
  let finish = (_answer: MadeAnswer) => {}
  let fail = (_error: Error) => {}
  const make = jest.fn(
    () =>
      new Promise<MadeAnswer>((resolve, reject) => {
        finish = resolve
        fail = reject
      }),
  )
  return { make, finish: (answer: MadeAnswer) => finish(answer), fail: (error: Error) => fail(error) }
}

describe('answers', () => {
  it('are kept for three seconds, whatever happens elsewhere', async () => {
    expect(await ask('a', '1')).toBe('1')
    now = 2_999
    expect(await ask('a', '2')).toBe('1')
    now = 3_000
    expect(await ask('a', '3')).toBe('3')
  })

  it('are as old as the oldest figure in them', async () => {
    now = 1_000
    await ask('a', '1', { madeAt: 200 })
    now = 3_199
    expect(await ask('a', '2')).toBe('1')
    now = 3_200
    expect(await ask('a', '3')).toBe('3')
  })

  it('are made anew after a change of what they are made of, and only then', async () => {
    await ask('x', '1', { tags: ['x', tags.lists] })
    await ask('y', '1', { tags: ['y'] })
    answers.forget(['x'])
    expect([await ask('x', '2', { tags: ['x', tags.lists] }), await ask('y', '2')]).toEqual(['2', '1'])
    answers.forget([tags.lists])
    expect([await ask('x', '3'), await ask('y', '3')]).toEqual(['3', '1'])
    answers.forget('all')
    expect([await ask('x', '4'), await ask('y', '4')]).toEqual(['4', '4'])
  })

  it('are made once for a hundred who ask at once', async () => {
    const slow = slowAnswer()
    const asked = Array.from({ length: 100 }, () => answers.get('a', slow.make))
    slow.finish(made('1'))
    expect(new Set((await Promise.all(asked)).map(({ body }) => String(body)))).toEqual(new Set(['1']))
    expect(slow.make).toHaveBeenCalledTimes(1)
  })

  it('are not given to who asks after a change that came while they were made', async () => {
    const slow = slowAnswer()
    const before = answers.get('x', slow.make)
    answers.forget(['x'])
    const after = [1, 2, 3].map(() => ask('x', 'new', { tags: ['x'] }))
    slow.finish(made('old', { tags: ['x'] }))
    expect(String((await before).body)).toBe('old')
    expect(await Promise.all(after)).toEqual(['new', 'new', 'new'])
    expect(await ask('x', 'newer')).toBe('new')
  })

  it('are given to who asks after a change of something else that came while they were made', async () => {
    const slow = slowAnswer()
    const before = answers.get('x', slow.make)
    answers.forget(['y'])
    const after = ask('x', 'new')
    slow.finish(made('old', { tags: ['x'] }))
    expect([String((await before).body), await after]).toEqual(['old', 'old'])
  })

  it('that take longer than they are kept are waited for no more', async () => {
    const slow = slowAnswer()
    const first = answers.get('a', slow.make)
    now = 3_000
    expect(await ask('a', 'new')).toBe('new')
    slow.finish(made('old'))
    expect(String((await first).body)).toBe('old')
    expect(await ask('a', 'newer')).toBe('new')
  })

  it('that fail are tried again', async () => {
    const slow = slowAnswer()
    const asked = [answers.get('a', slow.make), answers.get('a', slow.make)]
    slow.fail(new Error('down'))
    for (const each of asked) await expect(each).rejects.toThrow('down')
    expect(await ask('a', '1')).toBe('1')
  })

  it('that are not to be kept are not', async () => {
    expect(await ask('a', '1', { isKept: false })).toBe('1')
    expect(await ask('a', '2')).toBe('2')
  })

  it('take a bounded number of bytes', async () => {
    const body = Buffer.alloc(1_000_000)
    for (let n = 0; n < 24; n++) await ask(`a ${n}`, '', { body })
    const make = jest.fn(async () => made('new'))
    await answers.get('a 23', make)
    expect(make).not.toHaveBeenCalled()
    await answers.get('a 0', make)
    expect(make).toHaveBeenCalledTimes(1)
  })

  it('remember a bounded number of changes, and rather forget an answer too many', async () => {
    await ask('a', '1', { tags: ['a'] })
    for (let n = 0; n <= 20_000; n++) answers.forget([`product ${n}`])
    expect(await ask('a', '2')).toBe('2')
  })

  it('tell of the changes here, and not of those that were heard of', () => {
    const told = jest.fn()
    answers.onForget = told
    answers.forget(['x'])
    answers.hear(['y'])
    expect(told.mock.calls).toEqual([[['x']]])
  })
})

describe('answers from a replica', () => {
  /** Makes what a replica shows that is known up to `asOf`, and at the primary, where it may not lag, something else. */
  function fromReplica(asOf: number, tagsOf: string[] = []) {
    const make = async () => {
      if (allowedLagMs() === 0) return made('primary', { tags: tagsOf })
      expect(allowedLagMs()).toBe(1_000)
      noteLag(asOf)
      return made('replica', { tags: tagsOf })
    }
    return async () => String((await answers.get('a', make)).body)
  }

  it('are kept for three seconds from when they were true', async () => {
    now = 10_000
    expect(await fromReplica(9_400)()).toBe('replica')
    now = 12_399
    expect(await ask('a', 'new')).toBe('replica')
    now = 12_400
    expect(await ask('a', 'new')).toBe('new')
  })

  it('are made at the primary where something changed that the replica may not show yet', async () => {
    now = 10_000
    answers.forget(['x'])
    now = 10_100
    answers.forget(['y'])
    now = 10_200
    expect(await fromReplica(10_050, ['y', 'z'])()).toBe('primary')
    answers.forget('all')
    now = 10_300
    expect(await fromReplica(10_250, ['y', 'z'])()).toBe('replica')
    now = 10_400
    answers.hear(['z'])
    expect(await fromReplica(10_350, ['z'])()).toBe('primary')
    expect(await ask('a', 'new')).toBe('primary')
  })

  it('know each change of a busy second', async () => {
    now = 10_000
    for (let change = 0; change < 1_000; change++) {
      now += 1
      answers.forget([`x${change}`])
    }
    now = 11_000
    expect(await fromReplica(10_500, ['x499'])()).toBe('replica')
    answers.forget('all')
    expect(await fromReplica(10_500, ['x500'])()).toBe('primary')
  })

  it('are looked for at the primary where the replica has nothing, and once where there is none', async () => {
    now = 10_000
    let tries = 0
    const find = async () => {
      tries++
      if (allowedLagMs() === 0) return made('primary')
      noteLag(9_900)
      throw new Error('no such product')
    }
    expect(String((await answers.get('a', find)).body)).toBe('primary')
    expect(tries).toBe(2)
    const none = jest.fn(async () => {
      throw new Error('no such product')
    })
    await expect(answers.get('b', none)).rejects.toThrow('no such product')
    expect(none).toHaveBeenCalledTimes(1)
  })
})
