import { runMigrations } from '@duka/kit'
import { migrations } from './migrations'

runMigrations('order', migrations)
