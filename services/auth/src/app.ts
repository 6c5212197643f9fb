import { authContract as contract } from '@duka/contracts'
import { createServiceApp, queryRows, route } from '@duka/kit'
import type { Express } from 'express'
import { changePassword } from './change-password'
import { changeProfile } from './change-profile'
import { changeUser } from './change-user'
import type { Deps } from './deps'
import { forgotPassword } from './forgot-password'
import { listAuditEvents } from './list-audit-events'
import { listRevocations } from './list-revocations'
import { listUsers } from './list-users'
import { login } from './login'
import { logout } from './logout'
import { originOf } from './origin'
import { readUser } from './read-user'
import { refresh } from './refresh'
import { register } from './register'
import { resetPassword } from './reset-password'
import { getUser } from './user'
import { verifyToken } from './verify-token'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    routes: [
      route(contract.register, ({ body, request }) => register(deps, body, originOf(request))),
      route(contract.login, ({ body, request }) => login(deps, body, originOf(request))),
      route(contract.refresh, ({ body, request }) => refresh(deps, body.refreshToken, originOf(request))),
      route(contract.logout, ({ body, request }) => logout(deps, body.refreshToken, originOf(request))),
      route(contract.readProfile, ({ user }) => readUser(deps, user.id)),
      route(contract.changeProfile, ({ user, body }) => changeProfile(deps, user.id, body)),
      route(contract.changePassword, ({ user, body, request }) => changePassword(deps, user, body, originOf(request))),
      route(contract.forgotPassword, ({ body, request }) => forgotPassword(deps, body.email, originOf(request))),
      route(contract.resetPassword, ({ body, request }) => resetPassword(deps, body, originOf(request))),
      route(contract.listUsers, ({ query }) => listUsers(deps, query)),
      route(contract.readUser, ({ params }) => readUser(deps, params.id)),
      route(
        contract.changeUser,
        ({ user, params, body, request }) => changeUser(deps, user, params.id, body, originOf(request)),
        ({ params }) => getUser(deps.database, params.id),
      ),
      route(contract.listAuditEvents, ({ query }) => listAuditEvents(deps, query)),
      route(contract.readJwks, () => ({ keys: deps.keys.published })),
      route(contract.verifyToken, ({ body }) => verifyToken(deps, body.token)),
      route(contract.listRevocations, ({ query }) => listRevocations(deps, query)),
    ],
  })
}
