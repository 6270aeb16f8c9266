// The awkward answers every real upstream gives one day: sent elsewhere, very late, or far too much.
import type { ServerResponse } from 'node:http'
import { Readable } from 'node:stream'
import { Refusal } from './refusal.ts'

const MAX_SLOW_MS = 120_000
const MAX_BIG_BYTES = 64 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024, 'x')

export function away(response: ServerResponse, to = 'https://orders.example/moved'): void {
  response.writeHead(302, { location: to }).end()
}

export function slow(response: ServerResponse, query: URLSearchParams): void {
  const ms = whole(query.get('ms'), 'ms', MAX_SLOW_MS)
  const timer = setTimeout(() => {
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ waited_ms: ms }))
  }, ms)
  response.once('close', () => clearTimeout(timer))
}

export function big(response: ServerResponse, query: URLSearchParams): void {
  const bytes = whole(query.get('bytes'), 'bytes', MAX_BIG_BYTES)
  response.writeHead(200, { 'content-type': 'text/plain', 'content-length': bytes })
  const body = Readable.from(chunks(bytes))
  response.once('close', () => body.destroy())
  body.pipe(response)
}

function* chunks(bytes: number): Generator<Buffer> {
  for (let left = bytes; left > 0; left -= CHUNK.length) yield CHUNK.subarray(0, Math.min(left, CHUNK.length))
}

function whole(text: string | null, name: string, most: number): number {
  const value = /^\d{1,9}$/.test(text ?? '') ? Number(text) : Number.NaN
  if (!(value <= most)) throw new Refusal(400, `invalid_${name}`, `${name} must be a whole number up to ${most}`)
  return value
}
