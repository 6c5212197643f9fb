export { NotConnected } from './balanced-agent'
export * from './client'
export * from './config'
export * from './context'
export * from './database'
export * from './errors'
export { failedJobRoutes } from './failed-jobs'
export * from './find-jobs'
export * from './gather-calls'
export {
  type Claim,
  deleteExpiredKeys,
  hashRequest,
  idempotencyMigration,
  keyedPath,
  parseIdempotencyKey,
} from './idempotency'
export { describeTrouble, findTroubles, type JobTrouble } from './job-troubles'
export * from './jobs'
export * from './lag'
export * from './lifecycle'
export * from './listen'
export * from './log'
export * from './methods'
export { counter, gauge, histogram, type Reading, readSeldom } from './metrics'
export * from './migrate'
export * from './page'
export { problemWriter } from './problem-writer'
export * from './proof'
export * from './reads'
export { type ErrorFacts, type ErrorReporter, reportError } from './report-errors'
export * from './revocations'
export * from './run-migrations'
export * from './server'
export { statusOf, timeCall } from './time-calls'
export * from './trace'
export * from './tracer'
export * from './user-identity'
export * from './user-tokens'
