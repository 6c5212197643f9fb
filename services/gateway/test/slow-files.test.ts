import { once } from 'node:events'
import type http from 'node:http'
import { asUser, eventually } from '@duka/testkit'
import {
  ask,
  expectProblem,
  type OpenConnection,
  openConnection,
  showKeys,
  startGateway,
  type TestGateway,
} from './support'

const path = '/api/products/import'
let gateway: TestGateway
let opened: OpenConnection[]
let arriving: http.IncomingMessage[]

beforeEach(async () => {
  opened = []
  arriving = []
  const filePlaces = { maxWaiting: 6, maxPerAddress: 2, maxPerUser: 2, maxUsersPerAddress: 3 }
  gateway = await startGateway({ places: { maxPerAddress: 1, maxPerUser: 1 }, filePlaces })
  showKeys(gateway.services.auth)
  const { product } = gateway.services
  const { answer } = product
  product.answer = (request, response) => {
    if (request.url !== path) return answer(request, response)
    arriving.push(request)
    request.on('error', () => undefined).once('end', () => response.end('{}'))
    request.resume()
  }
})
afterEach(async () => {
  for (const { socket } of opened) socket.destroy()
  await gateway.stop()
})

async function upload(count: number, ...headers: string[]): Promise<void> {
  const before = arriving.length
  const head = [`POST ${path} HTTP/1.1`, 'Host: shop', 'Content-Type: text/csv', 'Content-Length: 40', ...headers]
  for (let each = 0; each < count; each++) opened.push(openConnection(gateway, `${head.join('\r\n')}\r\n\r\nsku`))
  await eventually('the files to be on their way', async () => arriving.length === before + count)
}

test('files that come slowly take no place of other requests', async () => {
  const authorization = asUser()
  await upload(2, `Authorization: ${authorization}`)
  expect((await ask(gateway, '/api/products')).status).toBe(200)
  const post = { method: 'POST', headers: { authorization }, body: '{}' }
  expect((await ask(gateway, '/api/products', post)).status).toBe(200)
})

test('who brings too many at once is refused, and nobody else', async () => {
  const [amina, brian] = [asUser(), asUser('0198c0de-1111-7222-8333-444455556666')]
  await upload(2, `Authorization: ${amina}`)
  const send = (headers: http.OutgoingHttpHeaders) => ask(gateway, path, { method: 'POST', headers, body: 'sku' })
  expectProblem(await send({ authorization: amina }), 429, 'too_many_at_once')
  expect((await send({ authorization: brian })).status).toBe(200)
  expect((await send({})).status).toBe(200)
  const [first] = opened as [OpenConnection]
  first.socket.write('a'.repeat(37))
  await once(first.socket, 'data')
  expect((await send({ authorization: amina })).status).toBe(200)
})

test('an answer that is given before the file has come ends the request to the service', async () => {
  let isCut = false
  gateway.services.product.answer = (request, response) => {
    request.socket.once('close', () => {
      isCut = true
    })
    response.writeHead(401).end('{}')
  }
  opened.push(openConnection(gateway, `POST ${path} HTTP/1.1\r\nHost: shop\r\nContent-Length: 40\r\n\r\nsku`))
  await eventually('the answer', async () => opened[0]?.received().includes(' 401 '))
  await eventually('the end of it at the service', async () => isCut)
})
