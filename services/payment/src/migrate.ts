import { runMigrations } from '@duka/kit'
import { migrations } from './migrations'

runMigrations('payment', migrations)
