export { type Clock, ControlError, createManualClock, type ManualClock, systemClock } from '@duka/simulator-kit'
export {
  createStripeSimulator,
  defaultApiVersion,
  defaultLimits,
  type StripeSimulator,
  type StripeSimulatorOptions,
} from './app'
export { type Card, cards } from './cards'
export type { Control } from './control'
export { currencies, unitsPerWhole, whyNoAmount } from './currencies'
export type { LedgerEntry, LedgerTotals } from './ledger'
export type { Charge, Dispute, PaymentIntent, Refund, StripeEvent } from './objects'
export type { Switches } from './switches'
export type { LedgerPage, Payment } from './views'
