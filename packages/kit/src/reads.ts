import type { QueryConfig } from 'pg'
import type { Sequelize } from 'sequelize'
import { allowedLagMs, mostLagMs, noteLag } from './lag'
import { errorFields, type Log } from './log'
import { LogHistory } from './log-history'
import { counter, gauge, readSeldom } from './metrics'
import { type Run, runStatement, withConnection } from './statement'

const readsFrom = counter({
  name: 'db_reads_total',
  help: 'Statements that a replica might run, by what ran them: replica or primary.',
  labels: ['from'],
})

const fallbacks = counter({
  name: 'db_replica_fallbacks_total',
  help: 'Statements that might have shown what is older, and were run by the primary all the same.',
  labels: ['reason'],
})
type Reason = 'behind' | 'unusable'

export interface ReadsOptions {
  primary: Sequelize
  replica: Sequelize
  log: Log
  /** Milliseconds of a clock that nobody can set. */
  now?: () => number
}

/** How often the primary is asked where its log ends: what a replica shows is known no more exactly than this. */
const askMs = 500
const positionTimeoutMs = 1_000
/** A replica that has not answered by then is silent: it was told to give up before (database.ts). */
const readTimeoutMs = 9_000
/** A replica that failed is let alone for so long. */
const pauseMs = 1_000
/** More than this is said in the log, once. */
const noteworthyLagMs = 10_000

/** Commits are in the log on disk before anybody sees them, unless PostgreSQL was told otherwise: then nothing is known. */
const endOfLog = `SELECT (pg_current_wal_flush_lsn() - '0/0')::text AS position
  WHERE current_setting('synchronous_commit') <> 'off'`
/** None where it is no replica, or none any more: its log may be another one then. */
const replayed = `SELECT (pg_last_wal_replay_lsn() - '0/0')::text AS position WHERE pg_is_in_recovery()`

/**
 * Statements for which work said how old their answer may be (`allowLag`): the replica runs them where it proves that it
 * shows what the primary had by then. All others, and whatever the replica cannot do just now, the primary runs.
 */
export class Reads {
  private readonly history = new LogHistory(mostLagMs)
  private readonly now: () => number
  private pausedUntil = Number.NEGATIVE_INFINITY
  private trouble: string | undefined
  private timer: NodeJS.Timeout | undefined
  private isClosed = false

  constructor(private readonly options: ReadsOptions) {
    this.now = options.now ?? (() => performance.now())
  }

  async run(statement: QueryConfig): Promise<object[]> {
    const maxLagMs = allowedLagMs()
    const rows = maxLagMs > 0 ? await this.tryReplica(statement, this.now() - maxLagMs) : undefined
    readsFrom.with(rows ? 'replica' : 'primary').inc()
    return rows ?? runStatement(this.options.primary, statement, null)
  }

  /** Notes where the primary's log ends. */
  async lookAtPrimary(): Promise<void> {
    const at = this.now()
    const [row] = await runStatement(this.options.primary, { name: 'end_of_log', text: endOfLog }, null)
    if (row) this.history.note(at, BigInt((row as { position: string }).position))
  }

  /** Looks at the primary again and again, without keeping the process alive. */
  start(): this {
    const look = async () => {
      // A primary that is silent is the business of whoever needs it.
      await this.lookAtPrimary().catch(() => undefined)
      if (!this.isClosed) this.timer = setTimeout(look, askMs).unref()
    }
    void look()
    this.showReplica()
    return this
  }

  async close(): Promise<void> {
    this.isClosed = true
    clearTimeout(this.timer)
    await this.options.replica.close()
  }

  private showReplica(): void {
    const findLag = readSeldom(() => this.measureLagSeconds())
    gauge({
      name: 'db_replica_up',
      help: 'Whether the replica answers, and is one.',
      labels: [],
      read: async () => [[(await findLag().catch(() => undefined)) === undefined ? 0 : 1]],
    })
    gauge({
      name: 'db_replica_lag_seconds',
      help: 'How old at most what the replica shows is; none while it is unknown.',
      labels: [],
      read: async () => [await findLag()].filter(Number.isFinite).map((lag) => [lag as number]),
    })
  }

  /** Infinite where it shows nothing that is known of the primary, undefined where it is no replica. */
  private async measureLagSeconds(): Promise<number | undefined> {
    const asOf = await withConnection(this.options.replica, (run) => this.findAsOf(run))
    return asOf === undefined ? undefined : (this.now() - asOf) / 1000
  }

  private async tryReplica(statement: QueryConfig, notBefore: number): Promise<object[] | undefined> {
    if (this.history.latest < notBefore) return fallBack('behind')
    if (this.now() < this.pausedUntil) return fallBack('unusable')
    try {
      return await withConnection(this.options.replica, (run) => this.readOn(run, statement, notBefore))
    } catch (error) {
      this.judge(error)
      return fallBack('unusable')
    }
  }

  /** Each connection is asked anew: behind one address there may be several replicas. */
  private async readOn(run: Run, statement: QueryConfig, notBefore: number): Promise<object[] | undefined> {
    const asOf = await this.findAsOf(run)
    if (asOf === undefined) {
      this.pause('it is no replica')
      return fallBack('unusable')
    }
    this.tell(this.now() - asOf > noteworthyLagMs ? 'it lags' : undefined)
    if (asOf < notBefore) return fallBack('behind')
    const rows = await run({ ...statement, query_timeout: readTimeoutMs } as QueryConfig)
    noteLag(asOf)
    return rows
  }

  private async findAsOf(run: Run): Promise<number | undefined> {
    const [row] = await run({ name: 'replayed', text: replayed, query_timeout: positionTimeoutMs } as QueryConfig)
    return row && this.history.provenBy(BigInt((row as { position: string | null }).position ?? '0'))
  }

  /** What failed for reasons of the statement (a conflict with what is replayed, a schema that is behind) takes no one else along. */
  private judge(error: unknown): void {
    const code = (error as { original?: { code?: unknown } }).original?.code
    const isItsOwn = typeof code === 'string' && /^(?!57P0|08)[\dA-Z]{5}$/.test(code)
    if (!isItsOwn) this.pause(String(errorFields(error).error))
  }

  private pause(reason: string): void {
    this.pausedUntil = this.now() + pauseMs
    this.tell(reason)
  }

  private tell(trouble: string | undefined): void {
    if ((trouble === undefined) === (this.trouble === undefined)) return
    this.trouble = trouble
    if (trouble === undefined) this.options.log.info('replica_in_use')
    else this.options.log.warn('replica_not_used', { reason: trouble })
  }
}

function fallBack(reason: Reason): undefined {
  fallbacks.with(reason).inc()
}
