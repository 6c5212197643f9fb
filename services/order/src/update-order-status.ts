import type { orderContract as contract, InputOf } from '@duka/contracts'
import type { Deps } from './deps'
import { noteRefund } from './note-refund'
import { takeMoney } from './take-money'

type Report = InputOf<typeof contract.updateOrderStatus>['body']

/** Payment reports what became of a payment. */
export function updateOrderStatus(deps: Deps, report: Report) {
  return report.status === 'paid' ? takeMoney(deps, report) : noteRefund(deps, report)
}
