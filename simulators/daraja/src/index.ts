export {
  createDarajaSimulator,
  type DarajaSimulator,
  type DarajaSimulatorOptions,
  defaultLimits,
} from './app'
export { type Clock, createManualClock, type ManualClock, systemClock } from './clock'
export { type Control, ControlError } from './control'
export { type Outcome, outcomesByEnding } from './outcomes'
export type { Switches } from './switches'
export type { LedgerEntry, Transaction } from './transaction'
export type { LedgerPage, Phone, Prompt } from './views'
