// Which declared HTTP operation a request is. What servers could route in two ways is refused, or judged by the stricter.
import { type HttpOperation, PathAmbiguous, paramsOf, type Segment, shapeOf } from '@mandate/contract'
import { invalid } from '../kernel/problem.ts'
import { type RequestPath, requestPath } from './request-path.ts'
import { matchSegment } from './segment-match.ts'

export interface FoundOperation {
  /** As it was declared. */
  name: string
  /** Decoded values by parameter name. */
  params: Readonly<Record<string, string>>
  /** Whether the values of `params` could be read in another way. */
  ambiguous: boolean
  /** Other operations that the path is as well, where none of them is the more specific: the strictest counts. */
  rivals: readonly string[]
}

/** Operations by how many segments a path of theirs has. */
interface Buckets {
  bySize: ReadonlyMap<string, readonly HttpOperation[]>
  /** Those with a `{+parameter}`, by method. */
  many: ReadonlyMap<string, readonly HttpOperation[]>
}

/** A connection's operations, the most specific first. */
export interface OperationIndex extends Buckets {
  all: readonly HttpOperation[]
  /** The same without regard to case, and to a slash at the end. */
  folded: Buckets
}

export function indexOperations(operations: readonly HttpOperation[]): OperationIndex {
  const all = [...operations].sort(precedence)
  return { all, ...bucketsOf(all), folded: bucketsOf(all.map(foldedOperation)) }
}

function bucketsOf(operations: readonly HttpOperation[]): Buckets {
  const isMany = ({ segments }: HttpOperation) => segments.some(({ many }) => many)
  const single = operations.filter((operation) => !isMany(operation))
  return {
    bySize: Map.groupBy(single, ({ method, segments }) => `${method} ${segments.length}`),
    many: Map.groupBy(operations.filter(isMany), ({ method }) => method),
  }
}

/**
 * The declared operation that a request is, if any. `path` is as it came, still encoded, without query.
 * Throws `invalid_input` for a path that the upstream could read differently than we do.
 */
export function operationFor(
  { operations }: { operations: OperationIndex },
  method: string,
  path: string,
): FoundOperation | undefined {
  const request = readable(() => requestPath(path))
  const found = findStrictly(operations, method, request)
  if (!request.escapedSlash) return found
  // `%2F` is one character of a value, or a slash: both readings must lead to the same operation.
  const segments = request.segments.flatMap((each) => each.split('/'))
  const split = findStrictly(operations, method, { ...request, segments })
  if (!found || !split || found.name !== split.name || !sameValues(found, split))
    throw invalid('path', 'must have no encoded slash but in a parameter declared as {+name}')
  return { ...found, rivals: [...new Set([...found.rivals, ...split.rivals])] }
}

/**
 * Many servers ignore case, a slash at the end, or both. A path that differs from a declared operation only in these
 * must not escape what is declared of it.
 */
function findStrictly(index: OperationIndex, method: string, request: RequestPath): FoundOperation | undefined {
  const found = find(index, method, request)
  const folded = { ...request, segments: request.segments.map(fold), slash: false }
  const near = find(index.folded, method, folded)
  if (!near || found?.rivals.includes(near.name)) return found
  if (!found || !sameFolded(index, found.name, near.name))
    throw invalid('path', `differs from ${near.name} only in case or in a slash at its end`)
  const rivals = near.rivals.filter((rival) => !sameFolded(index, found.name, rival))
  return { ...found, rivals: [...new Set([...found.rivals, ...rivals])] }
}

function sameFolded({ all }: OperationIndex, name: string, other: string): boolean {
  if (name === other) return true
  const [a, b] = [name, other].map((each) => all.find((operation) => operation.name === each))
  return a !== undefined && b !== undefined && shapeOf(foldedOperation(a)) === shapeOf(foldedOperation(b))
}

function find(index: Buckets, method: string, request: RequestPath): FoundOperation | undefined {
  const candidates = [
    ...(index.bySize.get(`${method} ${request.segments.length}`) ?? []),
    ...(index.many.get(method) ?? []),
  ]
  const matches = candidates.flatMap((operation) => {
    const matched = matchOperation(operation, request)
    return matched ? [{ operation, matched }] : []
  })
  const [best, ...others] = matches.sort((a, b) => precedence(a.operation, b.operation))
  if (!best) return undefined
  const rivals = others.filter(({ operation }) => !isWithin(best.operation, operation))
  return { name: best.operation.name, ...best.matched, rivals: rivals.map(({ operation }) => operation.name) }
}

type Matched = Pick<FoundOperation, 'params' | 'ambiguous'>

function matchOperation({ segments, slash }: HttpOperation, request: RequestPath): Matched | undefined {
  if (slash !== request.slash) return undefined
  const given = gathered(segments, request.segments)
  if (!given) return undefined
  const params: Record<string, string> = {}
  let ambiguous = false
  for (const [index, segment] of segments.entries()) {
    const text = given[index] ?? ''
    if (text.includes('/') && !segment.many) return undefined
    const matched = matchSegment(segment, text)
    if (!matched) return undefined
    Object.assign(params, matched.params)
    ambiguous ||= matched.ambiguous
  }
  return { params, ambiguous }
}

/** The segments of a request beside those of a template: what `{+parameter}` takes is joined with slashes. */
function gathered(template: readonly Segment[], given: readonly string[]): readonly string[] | undefined {
  const more = given.length - template.length
  const at = template.findIndex(({ many }) => many)
  if (at < 0) return more === 0 ? given : undefined
  if (more < 0) return undefined
  return [...given.slice(0, at), given.slice(at, at + more + 1).join('/'), ...given.slice(at + more + 1)]
}

// What stands for a parameter here is in no literal: control characters cannot be declared.
const ANY = '\u0001'

/** Whether every path of `inner` is one of `outer` too: then `inner` is the more specific, and no rival. */
function isWithin(inner: HttpOperation, outer: HttpOperation): boolean {
  const sample = (many: string) =>
    inner.segments.flatMap((segment) =>
      segment.parts
        .map((part) => ('literal' in part ? part.literal : segment.many ? many : ANY))
        .join('')
        .split('/'),
    )
  return [ANY, `${ANY}/${ANY}`].every(
    (many) => matchOperation(outer, { segments: sample(many), slash: inner.slash, escapedSlash: false }) !== undefined,
  )
}

/** Literal text before parameters, from the left; more text before less; one segment before many. */
function precedence(a: HttpOperation, b: HttpOperation): number {
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index]
    if (!other) break
    const order = rank(segment) - rank(other) || textIn(other) - textIn(segment)
    if (order !== 0) return order
  }
  if (a.segments.length !== b.segments.length) return b.segments.length - a.segments.length
  return a.name < b.name ? -1 : 1
}

const rank = (segment: Segment): number => (segment.many ? 2 : paramsOf(segment).length > 0 ? 1 : 0)
const textIn = ({ parts }: Segment): number =>
  parts.reduce((sum, part) => sum + ('literal' in part ? part.literal.length : 0), 0)

const sameValues = (a: FoundOperation, b: FoundOperation): boolean =>
  Object.entries(a.params).every(([name, value]) => b.params[name] === value)

const fold = (text: string): string => text.normalize('NFKC').toLowerCase()

const foldedOperation = (operation: HttpOperation): HttpOperation => ({
  ...operation,
  segments: operation.segments.map(({ parts, many }) => ({
    parts: parts.map((part) => ('literal' in part ? { literal: fold(part.literal) } : part)),
    many,
  })),
  slash: false,
})

function readable<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (error instanceof PathAmbiguous) throw invalid('path', error.message)
    throw error
  }
}
