// What a request of the management API says, as one object: path, query and JSON body, each name once.
import type { FastifyRequest } from 'fastify'
import { invalid, Problem } from '../kernel/problem.ts'

// A field named twice, in the path and the query or body, is refused: the two could differ.
export function readInput({ params, query, body, headers }: FastifyRequest): unknown {
  const type = headers['content-type']
  // Forms are for pages and protocol endpoints: a browser sends them across sites without asking.
  if (type !== undefined && !/^application\/json\s*(?:;|$)/i.test(type)) throw new Problem('unsupported_media_type')
  if (body !== undefined && (typeof body !== 'object' || body === null || Array.isArray(body)))
    throw new Problem('malformed_body', { detail: 'The body must be a JSON object.' })
  const input: Record<string, unknown> = {}
  for (const part of [params, query, body])
    for (const [name, value] of Object.entries((part as Record<string, unknown>) ?? {})) {
      // Set on an object this name would change what the object is, and no rule would see it.
      if (name === '__proto__') throw invalid(name, 'is not a field of this request')
      if (Object.hasOwn(input, name)) throw invalid(name, 'is given twice')
      refuseUnkeepable(name, value)
      input[name] = value
    }
  return input
}

/** PostgreSQL keeps neither NUL nor lone surrogates, in texts or as names within JSON. */
function refuseUnkeepable(field: string, value: unknown): void {
  // A list of its own, not recursion: how deep a body goes is its sender's choice.
  const waiting = [{ field, value }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { field, value } = next
    if (typeof value === 'string' && !isKeepable(value)) throw invalid(field, 'must be well-formed text without NUL')
    if (typeof value !== 'object' || value === null) continue
    for (const [name, member] of Object.entries(value)) {
      if (!isKeepable(name)) throw invalid(field, 'must have names that are well-formed text without NUL')
      waiting.push({ field: Array.isArray(value) ? `${field}[${name}]` : `${field}.${name}`, value: member })
    }
  }
}

const isKeepable = (text: string): boolean => text.isWellFormed() && !text.includes('\0')
