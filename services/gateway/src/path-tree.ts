interface Node<T> {
  literals: Map<string, Node<T>>
  parameter: Node<T> | undefined
  value: T | undefined
}

export interface Match<T> {
  value: T
  segments: readonly string[]
}

/**
 * What a parameter in a path may look like. All ids, tokens and file names of the shop do, and everything that could
 * mean one path here and another one behind it does not: percent-encoding in any form, dot segments and dot files,
 * empty segments, backslashes, semicolons, control characters.
 */
const parameterPattern = /^[\w~-][\w.~-]*$/

/** Finds what is kept under a path. Paths are compared as they came, byte by byte: nothing is decoded or normalised. */
export class PathTree<T> {
  private readonly root: Node<T> = createNode()

  /** Keeps a value under a pattern such as `/api/orders/:id`. */
  add(pattern: string, value: T): void {
    let node = this.root
    for (const segment of splitPath(pattern)) node = childFor(node, segment)
    node.value = value
  }

  match(path: string): Match<T> | undefined {
    if (path[0] !== '/') return undefined
    const segments = splitPath(path)
    const value = find(this.root, segments, 0)
    return value === undefined ? undefined : { value, segments }
  }
}

export function splitPath(path: string): string[] {
  return path.slice(1).split('/')
}

function createNode<T>(): Node<T> {
  return { literals: new Map(), parameter: undefined, value: undefined }
}

function childFor<T>(node: Node<T>, segment: string): Node<T> {
  if (segment.startsWith(':')) {
    node.parameter ??= createNode()
    return node.parameter
  }
  const child = node.literals.get(segment) ?? createNode()
  node.literals.set(segment, child)
  return child
}

/** A fixed path goes before one with a parameter: `/products/categories` is no product's id. */
function find<T>(node: Node<T>, segments: readonly string[], index: number): T | undefined {
  const segment = segments[index]
  if (segment === undefined) return node.value
  const literal = node.literals.get(segment)
  const value = literal && find(literal, segments, index + 1)
  if (value !== undefined || !node.parameter || !parameterPattern.test(segment)) return value
  return find(node.parameter, segments, index + 1)
}
