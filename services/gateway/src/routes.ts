import { authContract, type Endpoint, endpoints, type Method, orderContract, paymentContract } from '@duka/contracts'
import { allowedMethods, methodNotAllowed } from '@duka/kit/methods'
import type { Request } from 'express'
import type { LimitName } from './limit-requests'
import type { UpstreamName } from './options'
import { PathTree, splitPath } from './path-tree'

/** Where one method of a public path goes. */
export interface Target {
  service: UpstreamName
  limit: LimitName
  /** Whether the service looks at who is signed in. */
  takesToken: boolean
  /** Whether strangers get an answer. */
  isOpen: boolean
  /** Whether the answer may be a moment old. */
  mayLag: boolean
  /** Where a body may be larger than others: an endpoint that takes files. */
  maxBodyBytes: number | undefined
  /** The path on the service's own port. */
  servicePath(path: string, segments: readonly string[]): string
}

/** One public path. */
export interface Route {
  /** As the contract writes it. Logs name this, never the URL: a webhook's path holds a secret. */
  pattern: string
  targets: ReadonlyMap<string, Target>
  /** The value of `Allow`. */
  allow: string
  /** Throws the answer to a method that it has not. */
  refuseMethod(request: Request): never
}

interface PublicPath {
  pattern: string
  method: Method
  service: UpstreamName
  ownPath: string
  limit: LimitName
  takesToken: boolean
  isOpen: boolean
  mayLag: boolean
  maxBodyBytes?: number | undefined
}

/** The pictures of the demo products: files, so no contract speaks of them. */
export const picturesPath = '/api/products/pictures/:file'

const pictures: PublicPath = {
  pattern: picturesPath,
  method: 'GET',
  service: 'product',
  ownPath: picturesPath,
  limit: 'general',
  takesToken: false,
  isOpen: true,
  mayLag: false,
}

const limits = new Map<Endpoint, LimitName>([
  [authContract.login, 'login'],
  [authContract.refresh, 'refresh'],
  [authContract.register, 'register'],
  [authContract.forgotPassword, 'forgot-password'],
  [authContract.resetPassword, 'reset-password'],
  [authContract.changePassword, 'change-password'],
  [orderContract.placeOrder, 'place-order'],
  [paymentContract.payByMpesa, 'pay-by-mpesa'],
  [paymentContract.payByStripe, 'pay-by-stripe'],
])

/** The routing table, made of the contracts. What is not in it does not exist here, internal endpoints first of all. */
export function createRoutes(): PathTree<Route> {
  const byPattern = new Map<string, PublicPath[]>()
  for (const path of [...endpoints.flatMap(publicPathsOf), pictures]) {
    byPattern.set(path.pattern, [...(byPattern.get(path.pattern) ?? []), path])
  }
  const tree = new PathTree<Route>()
  for (const [pattern, paths] of byPattern) tree.add(pattern, createRoute(pattern, paths))
  return tree
}

function publicPathsOf(contract: Endpoint): PublicPath[] {
  return contract.publicPaths.map((pattern) => ({
    pattern,
    method: contract.method,
    service: contract.service as UpstreamName,
    ownPath: contract.path,
    maxBodyBytes: contract.upload?.maxBytes,
    limit: contract.path.startsWith('/api/webhook/') ? 'webhook' : (limits.get(contract) ?? 'general'),
    takesToken: contract.access !== 'anyone',
    isOpen: contract.access === 'anyone' || contract.access === 'guest',
    mayLag: contract.mayLag,
  }))
}

function createRoute(pattern: string, paths: readonly PublicPath[]): Route {
  const targets = new Map<string, Target>()
  for (const { method, service, ownPath, limit, takesToken, isOpen, mayLag, maxBodyBytes } of paths) {
    const target = {
      service,
      limit,
      takesToken,
      isOpen,
      mayLag,
      maxBodyBytes,
      servicePath: pathMapper(pattern, ownPath),
    }
    targets.set(method, target)
    if (method === 'GET') targets.set('HEAD', target)
  }
  const methods = paths.map(({ method }) => method)
  return { pattern, targets, allow: allowedMethods(methods), refuseMethod: methodNotAllowed(methods) }
}

/** Fills the segments of a public path into the service's own one. */
function pathMapper(pattern: string, ownPath: string): Target['servicePath'] {
  if (pattern === ownPath) return (path) => path
  const names = splitPath(pattern)
  const parts = splitPath(ownPath).map((part) => (part.startsWith(':') ? names.indexOf(part) : part))
  if (parts.includes(-1)) throw new Error(`${pattern} lacks a parameter of ${ownPath}.`)
  return (_path, segments) => `/${parts.map((part) => (typeof part === 'number' ? segments[part] : part)).join('/')}`
}
