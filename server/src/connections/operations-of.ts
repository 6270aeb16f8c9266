// A connection's HTTP operations: `METHOD /path` with `{param}` segments, and which one a request is.
import { invalid } from '../kernel/problem.ts'
import { PathAmbiguous, segmentOf, segmentsOf } from './segments.ts'

export type Segment = { literal: string } | { param: string }

export interface HttpOperation {
  /** As it was declared. */
  name: string
  method: string
  segments: readonly Segment[]
}

export interface FoundOperation {
  name: string
  /** Decoded values by parameter name. */
  params: Readonly<Record<string, string>>
}

const OPERATION = /^(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) (\/.*)$/s
const PARAM = /^\{([A-Za-z][A-Za-z0-9_]*)\}$/

/** Whether a declared name is of the `METHOD /path` form rather than a tool's name. */
export const isOperationName = (name: string): boolean => name.includes(' ')

/** Throws PathAmbiguous with the rule that the name breaks. */
export function parseOperation(name: string): HttpOperation {
  const match = OPERATION.exec(name)
  const [, method, path] = match ?? []
  if (method === undefined || path === undefined)
    throw new PathAmbiguous('must be a tool name, or METHOD /path with an upper-case method')
  const params = new Set<string>()
  const segments = (path === '/' ? [] : path.slice(1).split('/')).map((raw): Segment => {
    const param = PARAM.exec(raw)?.[1]
    if (param === undefined) return { literal: segmentOf(raw) }
    if (params.has(param)) throw new PathAmbiguous(`must have {${param}} once`)
    params.add(param)
    return { param }
  })
  return { name, method, segments }
}

/** Two operations of one shape match the same paths: only one of them may be declared. */
export const shapeOf = ({ method, segments }: HttpOperation): string =>
  [method, ...segments.map((segment) => ('literal' in segment ? `=${encodeURIComponent(segment.literal)}` : '*'))].join(
    '/',
  )

/** Operations in the order they are tried: literal segments before parameters, from the left. */
export const inOrder = (operations: readonly HttpOperation[]): HttpOperation[] => [...operations].sort(precedence)

function precedence(a: HttpOperation, b: HttpOperation): number {
  for (const [index, segment] of a.segments.entries()) {
    const other = b.segments[index]
    if (!other) break
    if ('literal' in segment !== 'literal' in other) return 'literal' in segment ? -1 : 1
  }
  return a.name < b.name ? -1 : 1
}

/**
 * The declared operation that a request is, if any. `path` is as it came, still encoded, without query.
 * Throws `invalid_input` for a path that the upstream could read differently than we do.
 */
export function operationFor(
  { operations }: { operations: readonly HttpOperation[] },
  method: string,
  path: string,
): FoundOperation | undefined {
  const given = requestSegments(path)
  for (const operation of operations) {
    if (operation.method !== method || operation.segments.length !== given.length) continue
    const params = match(operation.segments, given)
    if (params) return { name: operation.name, params }
  }
  return undefined
}

function match(segments: readonly Segment[], given: readonly string[]): Record<string, string> | undefined {
  const params: Record<string, string> = {}
  for (const [index, segment] of segments.entries()) {
    const value = given[index] ?? ''
    if ('param' in segment) params[segment.param] = value
    else if (segment.literal !== value) return undefined
  }
  return params
}

function requestSegments(path: string): string[] {
  try {
    return segmentsOf(path)
  } catch (error) {
    if (error instanceof PathAmbiguous) throw invalid('path', error.message)
    throw error
  }
}
