// Requests to a listening server, for tests: with any method, path and bytes, as they are given.
import assert from 'node:assert/strict'
import { request } from 'node:http'
import type { FastifyInstance } from 'fastify'

export interface Sent {
  method?: string
  /** Path and query. */
  url: string
  headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON, and says so. */
  payload?: object | string | Buffer
}

export interface Received {
  statusCode: number
  headers: Readonly<Record<string, string | string[] | undefined>>
  body: string
  // biome-ignore lint/suspicious/noExplicitAny: whatever the server said
  json(): any
}

/** URL or path where `app` listens from the first time it is asked: on a port of its own, or a socket in the file system. */
export function listening(app: FastifyInstance, socketPath?: string): () => Promise<string> {
  let where: Promise<string> | undefined
  return () => (where ??= app.listen(socketPath === undefined ? { port: 0, host: '127.0.0.1' } : { path: socketPath }))
}

/** Sends to `app`, which listens from the first time on. */
export function requester(app: FastifyInstance, listen = listening(app)): (sent: Sent) => Promise<Received> {
  return async ({ method = 'GET', url, headers = {}, payload }) => {
    const where = await listen()
    const at = where.startsWith('/') ? { socketPath: where } : { host: '127.0.0.1', port: new URL(where).port }
    const raw = payload === undefined || typeof payload === 'string' || Buffer.isBuffer(payload)
    const body = raw ? payload : JSON.stringify(payload)
    const type = raw ? {} : { 'content-type': 'application/json' }
    const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
    return new Promise((resolve, reject) => {
      const sent = request({
        ...{ ...at, path: url, method, agent: false },
        headers: { ...type, ...length, ...headers },
      })
      sent.on('error', reject)
      sent.on('response', (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8')
          assert.ok(response.statusCode)
          resolve({
            statusCode: response.statusCode,
            headers: response.headers,
            body: text,
            json: () => JSON.parse(text),
          })
        })
      })
      sent.end(body)
    })
  }
}
