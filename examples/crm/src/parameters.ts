// Reads what a request brings: forms and queries where each name stands once, and JSON.
import type { IncomingMessage } from 'node:http'
import { Refusal } from './refusal.ts'

const MAX_BODY_BYTES = 64 * 1024

export async function formOf(request: IncomingMessage): Promise<Map<string, string>> {
  if (!/^application\/x-www-form-urlencoded\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(400, 'invalid_request', 'send application/x-www-form-urlencoded')
  }
  return once(new URLSearchParams(await textOf(request)))
}

/** RFC 6749 §3.1, §3.2: a parameter sent twice makes the request invalid, and one without a value was not sent. */
export function once(given: URLSearchParams): Map<string, string> {
  const read = new Map<string, string>()
  for (const [name, value] of given) {
    if (read.has(name)) throw new Refusal(400, 'invalid_request', 'a parameter is there twice')
    read.set(name, value)
  }
  return new Map([...read].filter(([, value]) => value !== ''))
}

export async function jsonOf(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'unsupported_media_type', 'send application/json')
  }
  try {
    return JSON.parse(await textOf(request))
  } catch (error) {
    if (error instanceof Refusal) throw error
    throw new Refusal(400, 'invalid_json', 'the body is not JSON')
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let size = 0
  // Left standing when we stop reading: a destroyed request could not be answered any more.
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) {
      throw new Refusal(413, 'invalid_request', `at most ${MAX_BODY_BYTES} bytes`, { connection: 'close' })
    }
    chunks.push(chunk)
  }
  return Buffer.concat(chunks).toString('utf8')
}
