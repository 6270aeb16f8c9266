// How this API answers: bodies, statuses and `{code, message}` refusals as OpenFGA sends them.
import { Readable } from 'node:stream'
import type { FastifyReply } from 'fastify'
import { Problem } from '../kernel/problem.ts'
import type { Replier } from '../pipeline/index.ts'
import { type Spoken, spoken, unreached } from './refusal-form.ts'

export interface Answer {
  body: unknown
  /** Whole lines at a time. */
  lines?: AsyncIterable<string>
  status?: number
  position?: number
}

export const replies: Replier = {
  done(reply, output, { correlation }) {
    const { body, lines, status = 200, position } = output as Answer
    reply.code(status).header('fga-request-id', correlation)
    if (position !== undefined) reply.header('x-mandate-position', String(position))
    if (lines === undefined) return reply.send(body)
    return reply.type('application/json').send(Readable.from(lines))
  },
  refused(reply, error, { correlation }) {
    // What is not a problem is a failure of ours: the server reports it, and it comes back as `unreached`.
    if (!(error instanceof Problem) || error.status === 500) return undefined
    return send(reply, error, { correlation, ...spoken(error) })
  },
  unreached: (reply, problem, correlation) => send(reply, problem, { correlation, ...unreached(problem) }),
}

function send(
  reply: FastifyReply,
  { details }: Problem,
  { correlation, status, code, message }: Spoken & { correlation: string },
): FastifyReply {
  return reply
    .code(status)
    .headers(details.headers ?? {})
    .header('fga-request-id', correlation)
    .send({ code, message })
}
