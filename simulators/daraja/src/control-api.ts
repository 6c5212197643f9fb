import { answerControlError, refuseOtherSites } from '@duka/simulator-kit'
import express, { Router } from 'express'
import { z } from 'zod'
import type { Control } from './control'

const hands = {
  pay: 'pay',
  cancel: 'cancel',
  'wrong-pin': 'wrongPin',
  ignore: 'ignore',
  expire: 'expire',
} as const satisfies Record<string, keyof Control>

const phone = z.string().regex(/^(254[17]\d{8}|\*)$/, 'A phone is written 2547XXXXXXXX.')
const scriptSchema = z.strictObject({
  phone: phone.default('*'),
  outcome: z.union([z.array(z.string()).min(1).max(3), z.literal('never'), z.literal('person')]),
  times: z.number().int().min(1).max(100_000).default(1),
})
const limit = (fallback: number) => z.coerce.number().int().min(1).max(10_000).default(fallback)
const ledgerQuery = z.object({ after: z.string().optional(), limit: limit(1000) })

/** The hands and switches over HTTP, for this machine's scripts and the phone page; never for other sites' pages. */
export function createControlApi(control: Control): Router {
  const api = Router()
  api.use(refuseOtherSites, express.json({ limit: '64kb' }))
  addViews(api, control)
  for (const [name, hand] of Object.entries(hands)) {
    api.post(`/prompts/:id/${name}`, (request, response) => void response.json(control[hand](request.params.id)))
  }
  api.post('/prompts/:id/pin', (request, response) => {
    const { pin } = z.object({ pin: z.string() }).parse(request.body)
    response.json(control.enterPin(request.params.id, pin))
  })
  api.post('/transactions/:id/settle', (request, response) => {
    const { resultCode } = z.object({ resultCode: z.coerce.string() }).parse(request.body)
    response.json(control.settle(request.params.id, resultCode))
  })
  api.post(
    '/transactions/:id/redeliver',
    (request, response) => void response.json(control.redeliver(request.params.id)),
  )
  api.post('/ledger/:receipt/reverse', (request, response) => {
    response.json(control.reverse(request.params.receipt))
  })
  api.post('/scripts', (request, response) => {
    const { phone, outcome, times } = scriptSchema.parse(request.body)
    control.script(phone, outcome, times)
    response.json({ phone, outcome, times })
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
  api.get('/prompts', (request, response) => {
    const query = z.object({ phone: phone.optional() }).parse(request.query)
    response.json({ prompts: control.prompts(query.phone) })
  })
  api.get('/phones', (_request, response) => void response.json({ phones: control.phones() }))
  api.get('/transactions', (request, response) => {
    const query = z.object({ limit: limit(100) }).parse(request.query)
    response.json({ transactions: control.transactions(query.limit) })
  })
  api.get('/transactions/:id', (request, response) => void response.json(control.transaction(request.params.id)))
  api.get('/ledger', (request, response) => {
    const query = ledgerQuery.parse(request.query)
    response.json(control.ledger(query.after, query.limit))
  })
  api.get('/faults', (_request, response) => void response.json(control.switches()))
  api.get('/counters', (_request, response) => void response.json(control.counters()))
  api.get('/outcomes', (_request, response) => void response.json(control.outcomes()))
}
