export { type Clock, ControlError, createManualClock, type ManualClock, systemClock } from '@duka/simulator-kit'
export {
  createDarajaSimulator,
  type DarajaSimulator,
  type DarajaSimulatorOptions,
  defaultLimits,
} from './app'
export type { Control } from './control'
export { type Outcome, outcomesByEnding } from './outcomes'
export type { Switches } from './switches'
export type { LedgerEntry, Transaction } from './transaction'
export type { LedgerPage, Phone, Prompt } from './views'
