import { captureLog } from '@duka/testkit'
import request from 'supertest'
import { createGateway } from '../src/app'

const nowhere = ['http://127.0.0.1:1']
const serviceUrls = { auth: nowhere, product: nowhere, cart: nowhere, order: nowhere, payment: nowhere }
const pages = { phone: 'http://localhost:6001/phone?a="b"&c', cards: 'http://localhost:6002/cards' }
const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

test('a browser that opens the address finds what this is, and where to go', async () => {
  const shop = createGateway({ serviceUrls, log: captureLog().log, pages })
  const { status, text, headers } = await request(shop).get('/').set('Accept', browser)
  expect(status).toBe(200)
  expect(headers['content-type']).toBe('text/html; charset=utf-8')
  expect(headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/)
  expect(headers.vary).toContain('Accept')
  for (const url of ['/api/docs', 'http://localhost:6001/phone?a=&quot;b&quot;&amp;c', pages.cards]) {
    expect(text).toContain(`<a href="${url}">`)
  }
})

test('where nothing is simulated it names no phone and no cards', async () => {
  const { text } = await request(createGateway({ serviceUrls, log: captureLog().log }))
    .get('/')
    .set('Accept', browser)
  expect(text).toContain('/api/docs')
  expect(text).not.toMatch(/simulated/)
})

test.each(['*/*', 'application/json'])('a program that takes %s is told that nothing is there', async (accept) => {
  const shop = createGateway({ serviceUrls, log: captureLog().log, pages })
  const { status, body } = await request(shop).get('/').set('Accept', accept)
  expect({ status, code: body.code }).toEqual({ status: 404, code: 'not_found' })
})
