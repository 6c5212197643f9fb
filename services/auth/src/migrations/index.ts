import type { Migration } from '@duka/kit'
import { createUsers } from './001-create-users'
import { createSessions } from './002-create-sessions'
import { endTokensOfChangedUsers } from './003-end-tokens-of-changed-users'
import { createAuditEvents } from './004-create-audit-events'
import { createThrottles } from './005-create-throttles'
import { createPasswordResets } from './006-create-password-resets'

export const migrations: Migration[] = [
  createUsers,
  createSessions,
  endTokensOfChangedUsers,
  createAuditEvents,
  createThrottles,
  createPasswordResets,
]
