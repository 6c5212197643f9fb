import { idempotencyMigration, type Migration } from '@duka/kit'
import { createPayments } from './001-create-payments'
import { checkFailedPayments } from './002-check-failed-payments'
import { createPromptLimits } from './003-create-prompt-limits'
import { createDisputes } from './004-create-disputes'
import { createRefunds } from './005-create-refunds'
import { decideReviews } from './006-decide-reviews'
import { createCashOutcomes } from './007-create-cash-outcomes'
import { indexAdminLists } from './008-index-admin-lists'
import { returnRefunds } from './009-return-refunds'
import { countSpentKeys } from './010-count-spent-keys'
import { indexForMetrics } from './011-index-for-metrics'
import { keepTraces } from './012-keep-traces'
import { keyByConcretePath } from './013-key-by-concrete-path'
import { reopenCashOrders } from './014-reopen-cash-orders'
import { indexAnsweredPrompts } from './015-index-answered-prompts'

export const migrations: Migration[] = [
  idempotencyMigration,
  createPayments,
  checkFailedPayments,
  createPromptLimits,
  createDisputes,
  createRefunds,
  decideReviews,
  createCashOutcomes,
  indexAdminLists,
  returnRefunds,
  countSpentKeys,
  indexForMetrics,
  keepTraces,
  keyByConcretePath,
  reopenCashOrders,
  indexAnsweredPrompts,
]
