// How answers leave: JSON, in the one shape of each specification.
import type { ServerResponse } from 'node:http'
import type { Refusal } from './refusal.ts'

export interface Answer {
  status: number
  body: unknown
  headers?: Record<string, string>
}

export function send(response: ServerResponse, { status, body, headers }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

// RFC 6749 §5.1: nothing between us and the client may keep tokens.
export const UNKEPT = { 'cache-control': 'no-store', pragma: 'no-cache' }

/** RFC 6749 §5.2. */
export function oauthError({ status, code, message, headers }: Refusal): Answer {
  return { status, body: { error: code, error_description: message }, headers: { ...UNKEPT, ...headers } }
}

export const apiError = ({ status, code, message, headers }: Refusal): Answer => ({
  status,
  body: { error: { code, message } },
  headers,
})
