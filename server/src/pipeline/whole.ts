// A table that all below its base belongs to, on node:http alone: JSON whatever the content type, and every answer and
// refusal in the table's own words.
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { parse as parseQuery } from 'node:querystring'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance } from 'fastify'
import { Problem } from '../kernel/problem.ts'
import {
  asProblem,
  BODY_LIMIT,
  frontOf,
  gather,
  newCorrelation,
  type Report,
  readJson,
  remoteOf,
} from '../platform/http/index.ts'
import { Arrived, type Call } from './call.ts'
import { idempotencyKeyOf } from './idempotency-key.ts'
import { type Found, finder } from './paths.ts'
import type { Perform } from './perform.ts'
import type { Route } from './route.ts'

/** An answer as it goes out. */
export interface Said {
  status: number
  headers?: Readonly<Record<string, string>>
  /** Sent as JSON. */
  body?: unknown
  /** JSON in lines, whole ones at a time, sent in place of the body; given up where nobody reads on. */
  lines?: AsyncIterable<string>
}

/** The words of a table. */
export interface Speech {
  done(output: unknown, call: Call): Said
  /** What an operation refused. */
  refused(problem: Problem, correlation: string): Said
  /** What no operation refused: unknown paths and methods, unreadable bodies, failures of ours. */
  unreached(problem: Problem, correlation: string): Said
}

/** A request as far as an operation's input is made of it. */
export interface Asked {
  method: string
  params: Readonly<Record<string, string>>
  query: Readonly<Record<string, unknown>>
  body: object | undefined
  headers: IncomingHttpHeaders
}

export interface WholeTable {
  /** The room. */
  tag: string
  base: string
  /** Path of the audience a token needs here, below the issuer. */
  audience: '/fga'
  routes: readonly Route[]
  speech: Speech
  /** Turns a request into the operation's input. */
  read(asked: Asked): unknown
}

export interface WholeMounting {
  app: FastifyInstance
  perform: Perform
  /** The audience in full. */
  audience: string
}

export function mountWhole(table: WholeTable, { app, perform, audience }: WholeMounting): void {
  const find = finder(table.base, table.routes)
  const { speech } = table

  function performed(exchange: Exchange, { route, params }: Found, body: object | undefined): void {
    const { request, correlation } = exchange
    let call: Call | undefined
    const done = (output: unknown) => {
      if (call) send(exchange, speech.done(output, call), call.position)
    }
    const failed = (error: unknown) => {
      const problem = asProblem(error)
      // What was refused by name is no failure of ours, unless it is named so.
      const ours = problem.status >= 500 && (problem !== error || problem.status === 500)
      if (ours) exchange.report(error, correlation)
      const said = speech[ours ? 'unreached' : 'refused'](problem, correlation)
      send(exchange, said, call?.position)
    }
    try {
      call = callOf(exchange, audience, () => table.read(askedOf(request, params, body)))
      const output = perform.now(route.operation, call)
      if (output instanceof Promise) void output.then(done).catch(failed)
      else done(output)
    } catch (error) {
      failed(error)
    }
  }

  frontOf(app).open({
    base: table.base,
    answer(request, response, report) {
      const exchange: Exchange = { request, response, report, correlation: newCorrelation() }
      const unreached = (problem: Problem, headers?: Said['headers']) => {
        const said = speech.unreached(problem, exchange.correlation)
        send(exchange, { ...said, headers: { ...said.headers, ...headers } })
      }
      const { method = '', url = '' } = request
      const end = url.search(/[?#]/)
      const found = find(method, end === -1 ? url : url.slice(0, end))
      if (found instanceof Problem) return unreached(found)
      if (method === 'GET') return performed(exchange, found, undefined)
      gather(request, { limit: BODY_LIMIT }, (read) => {
        // What is left of a body that is not read would be taken for the next request.
        if (read instanceof Problem) return unreached(read, { connection: 'close' })
        let body: object | undefined
        try {
          body = readJson(read)
        } catch (error) {
          return unreached(asProblem(error))
        }
        performed(exchange, found, body)
      })
    },
  })
}

interface Exchange {
  request: IncomingMessage
  response: ServerResponse
  report: Report
  /** Names the call. */
  correlation: string
}

const QUERY = /^[^?#]*\?([^#]*)/

const askedOf = (request: IncomingMessage, params: Asked['params'], body: object | undefined): Asked => {
  const { method = '', url = '', headers } = request
  return { method, params, headers, body, query: method === 'GET' ? parseQuery(QUERY.exec(url)?.[1] ?? '') : {} }
}

function callOf({ request, correlation }: Exchange, audience: string, input: () => unknown): Call {
  const { method, headers } = request
  return new Arrived({
    credentials: { audience, method, authorization: headers.authorization },
    input,
    correlation,
    remote: remoteOf(request),
    idempotencyKey: idempotencyKeyOf(method, headers['idempotency-key']),
  })
}

function send(
  { response, report, correlation }: Exchange,
  { status, headers, body, lines }: Said,
  position?: number,
): void {
  if (response.destroyed) return
  // A failure after the head went out: the answer must not look complete.
  if (response.headersSent) return void response.destroy()
  const head = ['x-request-id', correlation, 'x-content-type-options', 'nosniff', 'cache-control', 'no-store']
  for (const name in headers) head.push(name, headers[name] as string)
  if (position !== undefined && headers?.['x-mandate-position'] === undefined)
    head.push('x-mandate-position', String(position))
  if (lines !== undefined) {
    response.writeHead(status, [...head, 'content-type', 'application/json'])
    pipeline(Readable.from(lines), response).catch((error: { code?: string }) => {
      // Whoever goes away before the end has their reasons.
      if (error.code !== 'ERR_STREAM_PREMATURE_CLOSE') report(error, correlation)
    })
    return
  }
  if (body === undefined) {
    response.writeHead(status, head).end()
    return
  }
  const text = JSON.stringify(body)
  const length = Buffer.byteLength(text)
  head.push('content-type', 'application/json; charset=utf-8', 'content-length', String(length))
  // What is ASCII throughout has the same bytes either way, and Node makes them faster as Latin-1.
  response.writeHead(status, head).end(text, length === text.length ? 'latin1' : 'utf8')
}
