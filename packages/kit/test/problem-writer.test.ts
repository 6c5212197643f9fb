import { captureLog } from '@duka/testkit'
import express from 'express'
import { DatabaseError } from 'sequelize'
import supertest from 'supertest'
import { connectDatabase } from '../src/database'
import { problemWriter } from '../src/problem-writer'

function appThatFails(fail: () => unknown) {
  const app = express()
  app.get('/', async () => {
    await fail()
  })
  app.use(problemWriter(captureLog().log))
  return app
}

const away = { status: 503, code: 'service_unavailable' }

test('a database that is not there is a 503 that says when to try again', async () => {
  const database = connectDatabase({ url: 'postgres://u:p@127.0.0.1:1/x', applicationName: 'test', poolMax: 1 })
  const answer = await supertest(appThatFails(() => database.query('SELECT 1')))
    .get('/')
    .expect(503)
  expect(answer.body).toMatchObject(away)
  expect(answer.get('retry-after')).toBe('2')
  expect(answer.text).not.toContain('127.0.0.1')
})

test.each([
  { code: '57P01' },
  { code: '57P03' },
  { code: 'ECONNRESET' },
  { code: 'EPIPE' },
  { message: 'Connection terminated unexpectedly' },
])('so is one that stops, starts or breaks off: %p', async (fault) => {
  const cause = Object.assign(new Error(fault.message ?? 'fault'), { code: fault.code, sql: 'SELECT 1' })
  const answer = await supertest(appThatFails(() => Promise.reject(new DatabaseError(cause)))).get('/')
  expect(answer.body).toMatchObject(away)
})

test('so is one that breaks off while it is connected to', async () => {
  const cause = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' })
  const answer = await supertest(appThatFails(() => Promise.reject(cause))).get('/')
  expect(answer.body).toMatchObject(away)
})

test('a fault of our own stays a 500 without a word about it', async () => {
  const answer = await supertest(appThatFails(() => Promise.reject(new TypeError('secret'))))
    .get('/')
    .expect(500)
  expect(answer.body).toMatchObject({ status: 500, code: 'internal_error' })
  expect(answer.text).not.toContain('secret')
})
