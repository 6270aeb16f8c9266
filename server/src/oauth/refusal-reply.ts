// Our own refusals at protocol endpoints, in OAuth's words (RFC 6749 §5.2): clients read `error`, not problem documents.
import type { FastifyReply } from 'fastify'
import type { Problem } from '../kernel/problem.ts'

/** Sends `problem` as `{error, error_description}`. What is wrong with the request is 400 there, whatever HTTP calls it. */
export function sendRefusal(reply: FastifyReply, problem: Problem): FastifyReply {
  const { code, status } = wordOf(problem)
  return reply
    .code(status)
    .headers(problem.details.headers ?? {})
    .header('content-type', 'application/json; charset=utf-8')
    .send(JSON.stringify({ error: code, error_description: described(problem.message) }))
}

function wordOf({ code, status }: Problem): { code: string; status: number } {
  if (status >= 500 && code !== 'unavailable') return { code: 'server_error', status }
  if (code === 'rate_limited' || code === 'unavailable') return { code: 'temporarily_unavailable', status }
  if (code === 'unauthenticated') return { code: 'invalid_client', status }
  if (code === 'invalid_input' || code === 'malformed_body' || code === 'unsupported_media_type')
    return { code: 'invalid_request', status: 400 }
  return { code: 'invalid_request', status }
}

// RFC 6749 §5.2: %x20-21 / %x23-5B / %x5D-7E.
const described = (text: string): string => text.replaceAll('"', "'").replace(/[^ !#-[\]-~]/g, '?')
