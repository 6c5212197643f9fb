import type { Deps } from './deps'
import { getUser, toUser } from './user'

export async function readUser({ database }: Deps, id: string) {
  return { user: toUser(await getUser(database, id)) }
}
