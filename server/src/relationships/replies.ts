// How this API answers: bodies, statuses and `{code, message}` refusals as OpenFGA sends them.
import { Readable } from 'node:stream'
import { Problem } from '../kernel/problem.ts'
import type { Replier } from '../pipeline/index.ts'
import { Refusal } from './problems.ts'

export interface Answer {
  body: unknown
  lines?: readonly unknown[]
  status?: number
  position?: number
}

export const replies: Replier = {
  done(reply, output, { correlation }) {
    const { body, lines, status = 200, position } = output as Answer
    reply.code(status).header('fga-request-id', correlation)
    if (position !== undefined) reply.header('x-mandate-position', String(position))
    if (lines === undefined) return reply.send(body)
    return reply.type('application/json').send(Readable.from(lines.map((line) => `${JSON.stringify(line)}\n`)))
  },
  refused(reply, error, { correlation }) {
    // What is not a problem is a failure of ours: the server reports it and says nothing to the outside.
    if (!(error instanceof Problem) || error.status === 500) return undefined
    return reply
      .code(error.status)
      .headers(error.details.headers ?? {})
      .header('fga-request-id', correlation)
      .send({ code: error instanceof Refusal ? error.refusal : codeFor(error.status), message: error.message })
  },
}

function codeFor(status: number): string {
  switch (status) {
    case 401:
      return 'unauthenticated'
    case 403:
      return 'forbidden'
    case 404:
      return 'store_id_not_found'
    case 409:
      return 'aborted'
    case 429:
      return 'resource_exhausted'
    case 503:
      return 'unavailable'
    default:
      return status < 500 ? 'validation_error' : 'internal_error'
  }
}
