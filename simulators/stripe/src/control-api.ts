import { answerControlError, refuseOtherSites } from '@duka/simulator-kit'
import express, { Router } from 'express'
import { z } from 'zod'
import type { Control } from './control'

const scriptSchema = z.strictObject({
  steps: z.array(z.string()).max(10),
  times: z.number().int().min(1).max(10_000).default(1),
})
const stepSchema = z.object({ amount: z.number().int().positive().optional() })
const limit = (fallback: number) => z.coerce.number().int().min(1).max(10_000).default(fallback)
const limitQuery = z.object({ limit: limit(100) })
const ledgerQuery = z.object({ after: z.string().optional(), limit: limit(1000) })

/** The hands and switches over HTTP, for this machine's scripts and the page; never for other sites' pages. */
export function createControlApi(control: Control): Router {
  const api = Router()
  api.use(refuseOtherSites, express.json({ limit: '64kb' }))
  addViews(api, control)
  for (const kind of ['payments', 'refunds', 'disputes']) {
    api.post(`/${kind}/:id/:step`, (request, response) => {
      const given = stepSchema.parse(request.body ?? {})
      response.json(control.step(request.params.id, request.params.step, given))
    })
  }
  api.post('/events/:id/redeliver', (request, response) => {
    control.redeliver(request.params.id)
    response.json({ redelivered: true })
  })
  api.post('/scripts', (request, response) => {
    const { steps, times } = scriptSchema.parse(request.body)
    control.script(steps, times)
    response.json({ steps, times })
  })
  api.post('/faults', (request, response) => void response.json(control.changeSwitches(request.body)))
  api.post('/reset', (_request, response) => {
    control.reset()
    response.json({ reset: true })
  })
  api.use((_request, response) => void response.status(404).json({ error: 'No such control: see the README.' }))
  api.use(answerControlError)
  return api
}

function addViews(api: Router, control: Control) {
  api.get('/payments', (request, response) => {
    response.json({ payments: control.payments(limitQuery.parse(request.query).limit) })
  })
  api.get('/payments/:id', (request, response) => void response.json(control.payment(request.params.id)))
  api.get('/events', (request, response) => {
    response.json({ events: control.events(limitQuery.parse(request.query).limit) })
  })
  api.get('/ledger', (request, response) => {
    const query = ledgerQuery.parse(request.query)
    response.json(control.ledger(query.after, query.limit))
  })
  api.get('/cards', (_request, response) => void response.json({ cards: control.cards() }))
  api.get('/faults', (_request, response) => void response.json(control.switches()))
  api.get('/counters', (_request, response) => void response.json(control.counters()))
}
