import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { paymentContract, productContract } from '@duka/contracts'
import { eventually } from '@duka/testkit'
import { freePortSettings } from '../scripts/free-port'
import { removePostgres } from '../scripts/postgres'
import { seedDemoShop } from '../scripts/seed'
import { environmentOf } from '../scripts/supervisor/complete-settings'
import { type ProcessSpec, services, simulators } from '../scripts/supervisor/processes'
import { serviceKeyName } from '../scripts/supervisor/secrets'
import { type Shop, startShop } from '../scripts/supervisor/shop'

const admin = { email: 'admin@example.com', password: randomUUID() }

interface Sent {
  body?: unknown
  raw?: string
  token?: string | undefined
  headers?: Record<string, string>
}

/** A customer, as they know themselves. */
export interface Account {
  id: string
  email: string
  password: string
  token: string
  refreshToken: string
}

/** What went over the wire, for a test that asks what must never be printed. */
export interface Exchange {
  body: unknown
  token: string | undefined
  answer: unknown
  answerHeaders: Headers
}

/** A whole shop of processes on free ports and a folder of its own, with the demo catalogue in it. */
export async function startTestShop(
  rootDir: string,
  settings: NodeJS.ProcessEnv | ((ports: Record<string, string>) => Promise<NodeJS.ProcessEnv>) = {},
): Promise<TestShop> {
  const dataDir = mkdtempSync(join(tmpdir(), 'duka-shop-'))
  const lines: string[] = []
  const ports = await freePortSettings([...services, ...simulators])
  const env: NodeJS.ProcessEnv = {
    DUKA_DATA_DIR: dataDir,
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
    BCRYPT_COST: '4',
    RATE_LIMIT_FACTOR: '1000',
    DARAJA_SIMULATOR_AUTO_DELAY_MS: '50',
    ...(typeof settings === 'function' ? await settings(ports) : settings),
    ...ports,
  }
  const output = (name: string, line: string) => void lines.push(`${name}: ${line}`)
  const shop = await startShop({ rootDir, env, output, durable: false }).catch((error) => {
    throw new Error(`${error.message}\n${lines.slice(-30).join('\n')}`)
  })
  const test = new TestShop(shop, dataDir, lines)
  const customer = {
    name: 'Customer',
    email: 'customer@example.com',
    password: randomUUID(),
    phoneNumber: '0711000000',
  }
  // Nobody else could stop it.
  await seedDemoShop({ baseUrl: test.url, admin, customer }).catch(async (error) => {
    await test.remove()
    throw new Error(`${error.message}\n${lines.slice(-30).join('\n')}`)
  })
  return test
}

let phones = 10_000_000

/** A number whose ending the simulator does not answer by itself. */
export function nextPhone(): string {
  phones += 100
  return `07${String(phones + 98).padStart(8, '0')}`
}

/** What a test does with a running shop, from outside: through its gateway, and with its simulated phones. */
export class TestShop {
  /** Sees every exchange. */
  onExchange: (exchange: Exchange) => void = () => {}
  /** Where clients go instead of straight to the gateway. */
  front: string | undefined
  private adminToken: Promise<string> | undefined

  constructor(
    private readonly shop: Shop,
    readonly dataDir: string,
    readonly lines: string[],
  ) {}

  get url(): string {
    return this.front ?? this.shop.urls.gateway!
  }

  /** What another instance of a process would be started with. */
  environmentOf(spec: ProcessSpec, changes: Record<string, string>): NodeJS.ProcessEnv {
    return environmentOf(spec, { ...this.shop.settings, ...changes }, this.shop.secrets)
  }

  /** The address of a service behind the gateway, as no client has it. */
  serviceUrl(name: string): string {
    return this.shop.urls[name]!
  }

  /** Where Prometheus finds the gateway. */
  get gatewayMetricsUrl(): string {
    return `http://127.0.0.1:${this.shop.settings.METRICS_PORT}`
  }

  /** What the shop made up for itself: the keys that an attacker would like to have. */
  get keys(): { tokens: string; services: Record<string, string> } {
    const names = services.filter(({ provesItself }) => provesItself).map(({ name }) => name)
    return {
      tokens: this.shop.settings.JWT_PRIVATE_KEY!,
      services: Object.fromEntries(names.map((name) => [name, this.shop.secrets[serviceKeyName(name)]!])),
    }
  }

  get simulatorUrl(): string {
    return this.shop.urls.daraja!
  }

  async send(method: string, path: string, { body, raw, token, headers }: Sent = {}) {
    const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body))
    const response = await fetch(this.url + path, {
      method,
      headers: {
        ...(payload === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(payload === undefined ? {} : { body: payload }),
    })
    const text = await response.text()
    const isJson = response.headers.get('content-type')?.includes('json')
    const answer = (text && isJson ? JSON.parse(text) : text || undefined) as unknown
    this.onExchange({ body, token, answer, answerHeaders: response.headers })
    return { status: response.status, headers: response.headers, body: answer }
  }

  get(path: string, token?: string) {
    return this.send('GET', path, { token })
  }

  post(path: string, body: unknown, token?: string, headers: Record<string, string> = {}) {
    return this.send('POST', path, { body, token, headers })
  }

  async openAccount(phoneNumber = nextPhone()): Promise<Account> {
    const credentials = { email: `${randomUUID()}@example.com`, password: randomUUID() }
    const answer = await this.post('/api/auth/register', { name: 'Amina', phoneNumber, ...credentials })
    expect(answer.status).toBe(201)
    const { user, token, refreshToken } = answer.body as { user: { id: string }; token: string; refreshToken: string }
    return { ...credentials, id: user.id, token, refreshToken }
  }

  /** A new customer's token. */
  async register(): Promise<string> {
    return (await this.openAccount()).token
  }

  async createProduct(fields: { stock: number; price: number }): Promise<productContract.Product> {
    const answer = await this.post(
      '/api/products',
      { name: 'Test product', sku: randomUUID(), ...fields },
      await this.admin(),
    )
    expect(answer.status).toBe(201)
    return (answer.body as { product: productContract.Product }).product
  }

  /** The admin's token. */
  admin(): Promise<string> {
    this.adminToken ??= this.post('/api/auth/login', admin).then(({ body }) => (body as { token: string }).token)
    return this.adminToken
  }

  async readProduct(id: string): Promise<productContract.Product> {
    // What is so now, instead of what was up to two seconds ago.
    const { body } = await this.send('GET', `/api/products/${id}`, { headers: { 'Cache-Control': 'no-cache' } })
    return (body as { product: productContract.Product }).product
  }

  /** A new customer with an order, and a prompt for it on a phone: one that waits for a person unless another is given. */
  async startToPay(phoneNumber = nextPhone()) {
    const { buyer, orderId, productId } = await this.startToOrder()
    const asked = await this.post('/api/payments/mpesa', { orderId, phoneNumber }, buyer)
    expect(asked.status).toBe(201)
    const { payment, checkoutRequestId } = asked.body as { payment: { id: string }; checkoutRequestId: string }
    return { buyer, orderId, productId, paymentId: payment.id, checkoutRequestId }
  }

  /** A new customer with an order over 2,400 shillings. */
  async startToOrder() {
    const product = await this.createProduct({ stock: 5, price: 1200 })
    const buyer = await this.register()
    const placed = await this.post(
      '/api/orders',
      {
        items: [{ productId: product.id, quantity: 2 }],
        shippingAddress: { street: 'Moi Avenue 1', city: 'Nairobi', country: 'Kenya' },
      },
      buyer,
    )
    expect(placed.status).toBe(201)
    return { buyer, orderId: (placed.body as { order: { id: string } }).order.id, productId: product.id }
  }

  /** Waits for the order to be paid; answers its payment, which is completed for the whole amount. */
  async untilPaid(buyer: string, orderId: string, paymentId: string): Promise<paymentContract.Payment> {
    await eventually(
      'the order to be paid',
      async () => {
        const { body } = await this.get(`/api/orders/${orderId}`, buyer)
        return (body as { order?: { status: string } }).order?.status === 'paid'
      },
      60_000,
    )
    const { body } = await this.get(`/api/payments/${paymentId}`, buyer)
    const { payment } = body as { payment: paymentContract.Payment }
    expect(payment).toMatchObject({ status: 'completed', orderId, amount: 2400, currency: 'KES', failureCode: null })
    return payment
  }

  simulator(path: string, body: unknown = {}): Promise<void> {
    return control(this.simulatorUrl + path, body)
  }

  /** What customers, their banks and Stripe do. */
  cards(path: string, body: unknown = {}): Promise<void> {
    return control(this.shop.urls.stripe + path, body)
  }

  /** A new customer with an order and a card form for it. */
  async startToPayByCard() {
    const { buyer, orderId } = await this.startToOrder()
    const asked = await this.post('/api/payments/stripe', { orderId }, buyer)
    expect(asked.status).toBe(201)
    const { payment } = asked.body as { payment: paymentContract.Payment }
    return { buyer, orderId, paymentId: payment.id, intentId: payment.externalReference! }
  }

  /** All lines printed until now; needs a log level at which requests are logged. */
  async settledLines(): Promise<readonly string[]> {
    const requestId = randomUUID()
    const names = services.map(({ name }) => name)
    await Promise.all(
      names.map((name) => fetch(`${this.serviceUrl(name)}/health`, { headers: { 'X-Request-Id': requestId } })),
    )
    // A process prints in order: once this request's line is here, all lines before it are.
    const isHere = (name: string) => this.lines.some((line) => line.startsWith(name) && line.includes(requestId))
    await eventually('the lines', async () => names.every(isHere))
    return this.lines
  }

  signal(service: string, signal: NodeJS.Signals): void {
    expect(this.shop.kill(service, signal)).toBe(true)
  }

  /** Kills a service as a power cut would, and waits for the one that the supervisor starts in its place. */
  async killAndWait(service: string): Promise<void> {
    await this.signalAndWait(service, 'SIGKILL')
  }

  /** Ends a service by a signal, and waits for the one that the supervisor starts in its place. */
  async signalAndWait(service: string, signal: NodeJS.Signals): Promise<void> {
    await this.end(service, signal)
    await this.untilBack(service)
  }

  /** Ends a service by a signal; resolves once its process is gone. */
  async end(service: string, signal: NodeJS.Signals): Promise<void> {
    const before = this.shop.pid(service)
    this.signal(service, signal)
    await eventually(`${service} to end`, async () => this.shop.pid(service) !== before, 60_000)
  }

  /** Waits for the one that the supervisor starts in place of a service that ended. */
  async untilBack(service: string): Promise<void> {
    const isStarted = async () => this.shop.pid(service) !== undefined
    await eventually(`${service} to be started again`, isStarted, 60_000)
    await this.shop.whenReady(service)
  }

  /** Stops it; its data stay. */
  stop(): Promise<void> {
    return this.shop.stop()
  }

  async remove(): Promise<void> {
    await this.stop()
    await removePostgres(join(this.dataDir, 'postgres'))
    rmSync(this.dataDir, { recursive: true, force: true })
  }
}

async function control(url: string, body: unknown): Promise<void> {
  const headers = { 'Content-Type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(`${url}: ${response.status} ${await response.text()}`)
}
