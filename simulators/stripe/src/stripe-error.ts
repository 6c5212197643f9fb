import type { PaymentIntent, PaymentMethod } from './objects'

export type ErrorBody = {
  type: 'api_error' | 'card_error' | 'idempotency_error' | 'invalid_request_error'
  code?: string
  decline_code?: string
  message: string
  param?: string
  charge?: string
  payment_intent?: PaymentIntent
  payment_method?: PaymentMethod
}

type Options = { executed?: boolean; headers?: Record<string, string> }

/** A refusal. `executed`: the endpoint had begun, so that the answer is saved under the idempotency key. */
export class StripeError extends Error {
  readonly executed: boolean
  readonly headers: Record<string, string>

  constructor(
    readonly status: number,
    readonly body: ErrorBody,
    { executed = false, headers = {} }: Options = {},
  ) {
    super(body.message)
    this.executed = executed
    this.headers = headers
  }
}

/** A parameter, or the whole request, that is refused before anything begins. */
export function invalid(message: string, about: { code?: string; param?: string } = {}): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', message, ...about })
}

/** 404 for an id in the path, 400 for one in a parameter. */
export function noSuch(what: string, id: string, param?: string): StripeError {
  const body = { code: 'resource_missing', message: `No such ${what}: '${id}'`, param: param ?? 'id' }
  return new StripeError(param ? 400 : 404, { type: 'invalid_request_error', ...body })
}

/** What the state of things does not allow; found out while executing, and saved. */
export function notNow(code: string, message: string, about: Partial<ErrorBody> = {}): StripeError {
  return new StripeError(400, { type: 'invalid_request_error', code, message, ...about }, { executed: true })
}

export const unauthorized = (message: string, code?: string): StripeError =>
  new StripeError(401, { type: 'invalid_request_error', message, ...(code && { code }) })

export const docUrl = (code: string): string => `https://docs.stripe.com/error-codes/${code.replaceAll('_', '-')}`

/** The envelope, with its fields in the order in which Stripe has them. */
export function toEnvelope({ body }: StripeError, requestId: string) {
  const log = `https://dashboard.stripe.com/test/logs/${requestId}`
  return { error: { ...body, ...(body.code && { doc_url: docUrl(body.code) }), request_log_url: log } }
}
