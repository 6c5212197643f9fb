import type { Migration } from '@duka/kit'
import { createUsers } from './001-create-users'
import { createSessions } from './002-create-sessions'

export const migrations: Migration[] = [createUsers, createSessions]
