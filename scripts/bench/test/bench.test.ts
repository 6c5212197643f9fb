import { refuseForeign } from '../../own-shop'
import { type Compared, compareProcessor, compareSpeed, countFailures } from '../against-report'
import { countComplaints } from '../count-complaints'
import { readBenchOptions } from '../options'
import { addUp, percentile, perSecond } from '../sample'
import { writeNumber, writeTable } from '../write-table'

const sample = { count: 2, seconds: 1, latenciesMs: [1, 3], finished: 3, failures: [], parts: { order: [1] } }

describe('options', () => {
  test('by default every case, at 1, 16 and 64 connections', () => {
    expect(readBenchOptions([])).toEqual({
      seconds: 3,
      rounds: 2,
      cases: [
        'gateway',
        'product-list',
        'product-detail',
        'login',
        'profile',
        'add-to-cart',
        'reserve',
        'place-order',
        'webhook',
        'whole-purchase',
        'paced-purchase',
      ],
      products: [],
      connections: [1, 16, 64],
      against: {},
      json: undefined,
    })
  })

  test.each([
    [['--seconds', '0'], '--seconds takes whole numbers from 1 to 20, not "0".'],
    [['--connections', '1,x'], '--connections takes whole numbers from 1 to 256, not "x".'],
    [['--cases', 'product-list,logout'], /^--cases takes gateway, product-list, .*, not "logout"\.$/],
    [['--products', '1000,0'], '--products takes whole numbers from 1 to 5000000, not "0".'],
    [['--products', '1000', '--cases', 'login'], '--products measures cases of its own: leave --cases out.'],
    [['--against', 'METRICS'], '--against takes settings of .env.example as METRICS=off, not "METRICS".'],
    [['--against', 'METRIC=off'], /^--against takes settings/],
    [['--against', 'METRICS=off', '--products', '1000'], '--against compares cases: leave --products out.'],
    [['--against', 'METRICS=off', '--cases', 'gateway'], /^--cases takes product-detail, .*, not "gateway"\.$/],
    [['--second', '1'], /It knows --seconds …, /],
  ])('refuses %j in one line', (args, message) => {
    expect(() => readBenchOptions(args)).toThrow(message)
  })
})

test('compared with a shop of other settings, more rounds of fewer cases', () => {
  expect(readBenchOptions(['--against', 'METRICS=off,CORS_ORIGINS=http://a.example?b=c'])).toMatchObject({
    against: { METRICS: 'off', CORS_ORIGINS: 'http://a.example?b=c' },
    cases: ['product-detail', 'profile', 'add-to-cart', 'whole-purchase'],
    rounds: 8,
    connections: [16],
  })
})

describe('comparison', () => {
  const round = (count: number, processorMs: number | null) => ({ sample: { ...sample, count }, processorMs })
  const compared = {
    name: 'profile',
    connections: 16,
    pairs: [
      [round(90, 1.1), round(100, 1)],
      [round(50, 2), round(50, 2)],
      [round(97, null), round(100, 1)],
    ] satisfies Compared['pairs'],
  }

  test('is of the rounds that followed each other, so that a slow moment of the machine counts for both', () => {
    expect(compareSpeed(compared)).toEqual({ median: 0.97, low: 0.9, high: 1 })
    expect(compareProcessor(compared)).toEqual({ median: 1, low: 1, high: 1.1 })
  })

  test('counts what failed in either shop', () => {
    const failed = { ...round(1, 1), sample: { ...sample, failures: [{ what: 'status 503' }] } }
    expect(countFailures([compared, { ...compared, pairs: [[round(1, 1), failed]] }])).toBe(1)
  })
})

describe('refuseForeign', () => {
  test.each([
    ['ORDER_DATABASE_URL', 'postgres://me@db.example/order_db'],
    ['MPESA_CONSUMER_KEY', 'mine'],
    ['STRIPE_SECRET_KEY', 'sk_live_x'],
  ])('refuses %s', (name, value) => {
    expect(() => refuseForeign({ [name]: value }, 'It')).toThrow(`unset ${name} `)
  })

  test('takes what only says how a shop of its own runs', () => {
    expect(() => refuseForeign({ GATEWAY_PORT: '5001', LOG_LEVEL: 'debug' }, 'It')).not.toThrow()
  })
})

describe('figures', () => {
  test('a percentile is a value that was seen', () => {
    expect(percentile([3, 1, 2, 10], 0.5)).toBe(2)
    expect(percentile([3, 1, 2, 10], 0.99)).toBe(10)
    expect(percentile([5], 0.01)).toBe(5)
    expect(percentile([], 0.5)).toBeNull()
  })

  test('rounds add up to one', () => {
    const failure = { what: 'status 503' }
    const whole = addUp([sample, { ...sample, count: 6, failures: [failure], parts: { order: [2], push: [3] } }])
    expect(whole).toEqual({
      count: 8,
      seconds: 2,
      latenciesMs: [1, 3, 1, 3],
      finished: 6,
      failures: [failure],
      parts: { order: [1, 2], push: [3] },
    })
    expect(perSecond(whole)).toBe(4)
  })

  test('a table has its figures to the right', () => {
    const rows = [
      ['list', writeNumber(1234.5)],
      ['add', writeNumber(0.456)],
      ['buy', writeNumber(null)],
    ]
    expect(writeTable(['case', 'rate'], rows).split('\n')).toEqual([
      '  case   rate',
      '  ────   ────',
      '  list   1235',
      '  add    0.46',
      '  buy       –',
    ])
  })
})

test('complaints of the processes are counted by event, with the first reason', () => {
  const line = (error: string) => ({
    process: 'order',
    text: JSON.stringify({ level: 'warn', event: 'left_to_job', error, requestId: '7' }),
  })
  expect(countComplaints([{ process: 'duka', text: 'cart died' }, line('timeout'), line('other')])).toEqual([
    '2 × order warn left_to_job: timeout, request 7',
    '1 × duka cart died',
  ])
})
