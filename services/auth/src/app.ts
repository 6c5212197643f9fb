import { authContract as contract } from '@duka/contracts'
import { createServiceApp, queryRows, route } from '@duka/kit'
import type { Express, NextFunction, Request, Response } from 'express'
import { changePassword } from './change-password'
import { changeProfile } from './change-profile'
import type { Deps } from './deps'
import { listUsers } from './list-users'
import { login } from './login'
import { logout } from './logout'
import { readUser } from './read-user'
import { refresh } from './refresh'
import { register } from './register'
import { verifyToken } from './verify-token'

/** The table of endpoints. */
export function createApp(deps: Deps): Express {
  return createServiceApp({
    ...deps,
    checkReady: () => queryRows(deps.database, 'SELECT 1'),
    mount: (app) => app.use(forbidStoring),
    routes: [
      route(contract.register, ({ body }) => register(deps, body)),
      route(contract.login, ({ body }) => login(deps, body)),
      route(contract.refresh, ({ body }) => refresh(deps, body.refreshToken)),
      route(contract.logout, ({ body }) => logout(deps, body.refreshToken)),
      route(contract.readProfile, ({ user }) => readUser(deps, user.id)),
      route(contract.changeProfile, ({ user, body }) => changeProfile(deps, user.id, body)),
      route(contract.changePassword, ({ user, body }) => changePassword(deps, user, body)),
      route(contract.listUsers, ({ query }) => listUsers(deps, query)),
      route(contract.readUser, ({ params }) => readUser(deps, params.id)),
      route(contract.readJwks, () => ({ keys: deps.keys.published })),
      route(contract.verifyToken, ({ body }) => verifyToken(deps, body.token)),
    ],
  })
}

/** Tokens and personal data do not belong into anybody's cache (RFC 6749, 5.1). */
function forbidStoring(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader('Cache-Control', 'no-store')
  next()
}
