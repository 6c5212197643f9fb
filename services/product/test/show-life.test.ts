import { setTimeout as pause } from 'node:timers/promises'
import express from 'express'
import supertest from 'supertest'
import { showLife } from '../src/show-life'

it('sends spaces while an answer is made, which its reader does not see', async () => {
  const app = express()
  app.get('/', async (_request, response) => {
    const stop = showLife(response, 10)
    while (!response.headersSent) await pause(5)
    await pause(50)
    stop()
    response.end(JSON.stringify({ done: true }))
  })
  const { body, text } = await supertest(app).get('/').expect(200).expect('content-type', /json/)
  expect(body).toEqual({ done: true })
  expect(text).toMatch(/^ {2,}\{/)
})
