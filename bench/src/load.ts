// Load over HTTP: so many calls, so many at a time, over connections that are kept, each answer looked at.
import assert from 'node:assert/strict'
import { Agent, request } from 'node:http'

export interface HttpCall {
  method: 'GET' | 'POST'
  url: string
  headers?: Readonly<Record<string, string>>
  body?: string
  /** Throws when the answer is not the right one. */
  check(answer: HttpAnswer): void
}

export interface HttpAnswer {
  status: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  text: string
}

const CONCURRENCY = 32
const agent = new Agent({ keepAlive: true, maxSockets: CONCURRENCY })

/** Makes `count` calls; resolves with the seconds it took when all were answered rightly. */
export async function load(call: HttpCall, count: number, concurrency = CONCURRENCY): Promise<number> {
  const startedAt = performance.now()
  let left = count
  const worker = async () => {
    while (left-- > 0) call.check(await send(call))
  }
  await Promise.all(Array.from({ length: Math.min(concurrency, count) }, worker))
  return (performance.now() - startedAt) / 1000
}

export function send({ method, url, headers, body }: Omit<HttpCall, 'check'>): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    const sent = request(url, { method, agent, headers: { ...headers, ...length } }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString('utf8'),
        }),
      )
      response.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** A check for one status and a piece of text that must be in the answer, and one that must not. */
export const answers =
  (status: number, holds: string, lacks?: string) =>
  (answer: HttpAnswer): void => {
    assert.equal(answer.status, status, answer.text)
    assert.ok(answer.text.includes(holds), answer.text)
    assert.ok(lacks === undefined || !answer.text.includes(lacks), answer.text)
  }
