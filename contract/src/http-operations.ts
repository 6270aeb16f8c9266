// The grammar of a connection's HTTP operations: `METHOD /path/{parameter}`, as OpenAPI documents write paths.
import { decodeSegment, PathAmbiguous } from './url-segments.ts'

/** A segment: text and parameters in turns, such as `{Sid}.json`, `accounts({id})` or `{id}:cancel`. */
export interface Segment {
  parts: readonly SegmentPart[]
  /** RFC 6570 §3.2.3, `{+name}`: the parameter takes one segment or more. */
  many: boolean
}
export type SegmentPart = { literal: string } | { param: string }

export interface HttpOperation {
  /** As it was declared. */
  name: string
  method: string
  segments: readonly Segment[]
  /** Whether the path ends with a slash. */
  slash: boolean
}

export const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const

const OPERATION = new RegExp(`^(${HTTP_METHODS.join('|')}) (/.*)$`, 's')
/** Names of parameters are only for declarations: what real documents write, but nothing invisible or path-like. */
const PARAM = /^[^{}/\\?#%;*+'"<>\p{C}\p{Z}]+(?: [^{}/\\?#%;*+'"<>\p{C}\p{Z}]+)*$/u
const LONGEST_PARAM = 100

/** Whether a name declared for an HTTP API is meant as `METHOD /path`. */
export const isOperationName = (name: string): boolean => /\s|^\//.test(name)

/** Throws PathAmbiguous with the rule that the name breaks. */
export function parseOperation(name: string): HttpOperation {
  const [, method, path] = OPERATION.exec(name) ?? []
  if (method === undefined || path === undefined)
    throw new PathAmbiguous('must be a tool name, or METHOD /path with an upper-case method')
  const slash = path !== '/' && path.endsWith('/')
  const inner = slash ? path.slice(1, -1) : path.slice(1)
  const segments = path === '/' ? [] : splitOutsideBraces(inner).map(parseSegment)
  const names = segments.flatMap(paramsOf)
  const twice = names.find((param, index) => names.indexOf(param) !== index)
  if (twice !== undefined) throw new PathAmbiguous(`must have {${twice}} once`)
  if (segments.filter(({ many }) => many).length > 1) throw new PathAmbiguous('must have one {+parameter} at most')
  return { name, method, segments, slash }
}

export const paramsOf = ({ parts }: Segment): string[] => parts.flatMap((part) => ('param' in part ? [part.param] : []))

// A slash inside braces is a mistake to be named, not the end of a segment.
const splitOutsideBraces = (text: string): string[] => text.split(/\/(?![^{}]*\})/)

function parseSegment(raw: string): Segment {
  if (raw === '') throw new PathAmbiguous('must have no empty segment')
  const tokens = raw.split(/(\{[^{}]*\})/).filter((token) => token !== '')
  const many = tokens.some((token) => token.startsWith('{+'))
  const parts = tokens.map(parsePart)
  if (many && parts.filter((part) => 'param' in part).length > 1)
    throw new PathAmbiguous('must have {+parameter} as the only parameter of its segment')
  for (const [index, part] of parts.entries())
    if ('param' in part && 'param' in (parts[index + 1] ?? { literal: '' }))
      throw new PathAmbiguous('must have text between two parameters of one segment')
  const [only] = parts
  if (parts.length === 1 && only && 'literal' in only) decodeSegment(raw)
  return { parts, many }
}

function parsePart(token: string): SegmentPart {
  // `.` and `..` beside a parameter are text, not dot segments: `{base}...{head}`.
  if (!/^\{.*\}$/s.test(token)) return { literal: decodeLiteral(token) }
  const param = token.slice(1, -1).replace(/^\+/, '')
  if (param.length > LONGEST_PARAM || !PARAM.test(param))
    throw new PathAmbiguous(
      `must have parameters named by 1 to ${LONGEST_PARAM} letters, digits and signs such as _-.:$@`,
    )
  return { param }
}

const decodeLiteral = (raw: string): string => decodeSegment(`x${raw}`).slice(1)

/** Two operations of one shape match the same paths: only one of them may be declared. */
export function shapeOf({ method, segments, slash }: HttpOperation): string {
  const each = segments.map(({ parts, many }) =>
    parts
      .map((part) => ('literal' in part ? encodeURIComponent(part.literal).replaceAll('*', '%2A') : many ? '**' : '*'))
      .join(''),
  )
  return `${method} /${each.join('/')}${slash ? '/' : ''}`
}
