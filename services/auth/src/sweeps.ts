import type { Sweep } from '@duka/kit'
import { deleteOldAuditEvents } from './audit'
import type { Deps } from './deps'
import { deleteExpiredResets } from './reset-tokens'
import { sendResetMails } from './send-reset-mails'
import { deleteDrainedThrottles } from './throttle'

/** What is done beside the requests, by looking for what is due. */
export function sweepsOf(deps: Deps): Sweep[] {
  return [
    { name: 'reset_mails', everySeconds: 2, run: () => sendResetMails(deps) },
    { name: 'drained_throttles', everySeconds: 60, run: () => deleteDrainedThrottles(deps.database) },
    { name: 'expired_resets', everySeconds: 600, run: () => deleteExpiredResets(deps.database) },
    { name: 'old_audit_events', everySeconds: 60, run: () => deleteOldAuditEvents(deps.database) },
  ]
}
