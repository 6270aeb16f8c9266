// The orders API: one key opens everything, and it has never heard of end users.
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import { z } from 'zod'
import { isCredential } from './credential.ts'
import { ORDER_STATUSES, type OrdersBook } from './data.ts'
import { page } from './page.ts'
import { Refusal } from './refusal.ts'
import { away, big, slow } from './trials.ts'

export interface SeenRequest {
  method: string
  /** With its query. */
  path: string
  headers: IncomingHttpHeaders
}

export interface OrdersApiSettings {
  book: OrdersBook
  apiKey: string
  /** Sees every request, refused ones too, before it is judged. */
  onRequest?: (seen: SeenRequest) => void
  /** Where `GET /away` points to. */
  awayTo?: string
}

interface Call {
  book: OrdersBook
  id: string
  query: URLSearchParams
  requestId: string | null
  request: IncomingMessage
}

const MAX_BODY_BYTES = 64 * 1024
const Status = z.enum(ORDER_STATUSES)
const RefundBody = z.strictObject({
  amount: z.number(),
  currency: z.string().optional(),
  payee: z.string().optional(),
  reason: z.string().min(1).max(500),
})

const routes: [method: string, path: RegExp, run: (call: Call) => unknown][] = [
  ['GET', /^\/orders$/, ({ book, query }) => listed('orders', book.orders(statusFilter(query)), query)],
  ['GET', /^\/orders\/search$/, ({ book, query }) => searched(book, query)],
  ['GET', /^\/orders\/([^/]+)$/, ({ book, id }) => book.order(id)],
  ['POST', /^\/orders\/([^/]+)\/refund$/, (call) => refund(call)],
  ['GET', /^\/customers\/([^/]+)$/, ({ book, id }) => book.customer(id)],
  ['GET', /^\/customers\/([^/]+)\/orders$/, ({ book, id, query }) => ordersOf(book, id, query)],
  ['POST', /^\/customers\/([^/]+)\/close$/, ({ book, id, requestId }) => closed(book, id, requestId)],
]

/** Not yet listening; see `listen`. */
export function createOrdersApi({ book, apiKey, onRequest, awayTo }: OrdersApiSettings): Server {
  return createServer(async (request, response) => {
    const method = request.method ?? 'GET'
    onRequest?.({ method, path: request.url ?? '/', headers: request.headers })
    response.setHeader('x-upstream', 'orders')
    try {
      const presented = request.headers['x-api-key']
      if (!isCredential(Array.isArray(presented) ? undefined : presented, apiKey)) {
        throw new Refusal(401, 'unauthorized', 'a valid X-Api-Key header is required')
      }
      response.setHeader('set-cookie', 'orders_session=s-2f9c; Path=/; HttpOnly')
      const url = new URL(request.url ?? '/', 'http://orders')
      if (method === 'GET' && url.pathname === '/away') return away(response, awayTo)
      if (method === 'GET' && url.pathname === '/slow') return slow(response, url.searchParams)
      if (method === 'GET' && url.pathname === '/big') return big(response, url.searchParams)
      const { run, id } = findRoute(method, url.pathname, response)
      const requestId = request.headers['x-request-id']
      const call = { book, id, query: url.searchParams, requestId: requestId?.toString() ?? null, request }
      answer(response, method === 'POST' && url.pathname.endsWith('/refund') ? 201 : 200, await run(call))
    } catch (error) {
      if (response.headersSent) return void response.destroy()
      if (error instanceof Refusal) {
        return answer(response, error.status, { error: { code: error.code, message: error.message, ...error.details } })
      }
      answer(response, 500, { error: { code: 'internal', message: 'something went wrong on our side' } })
    }
  })
}

function findRoute(method: string, path: string, response: ServerResponse) {
  const known = routes.flatMap(([verb, pattern, run]) => {
    const found = pattern.exec(path)
    return found ? [{ verb, run, segment: found[1] ?? '' }] : []
  })
  const route = known.find(({ verb }) => verb === method)
  if (route) return { run: route.run, id: decoded(route.segment) }
  if (known.length === 0) throw new Refusal(404, 'no_such_route', `nothing at ${path}`)
  response.setHeader('allow', [...new Set(known.map(({ verb }) => verb))].join(', '))
  throw new Refusal(405, 'method_not_allowed', `${method} is not possible here`)
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    throw new Refusal(400, 'invalid_path', 'the path is not valid percent-encoding')
  }
}

function statusFilter(query: URLSearchParams) {
  const status = query.get('status')
  if (status === null) return {}
  const known = Status.safeParse(status)
  if (!known.success) throw new Refusal(400, 'invalid_status', `status must be one of ${ORDER_STATUSES.join(', ')}`)
  return { status: known.data }
}

function listed<T extends { id: string }>(name: string, all: readonly T[], query: URLSearchParams) {
  const { items, total, next_cursor } = page(all, query.get('limit'), query.get('cursor'))
  return { [name]: items, total, next_cursor }
}

function searched(book: OrdersBook, query: URLSearchParams) {
  const words = query.get('q')?.trim()
  if (!words) throw new Refusal(400, 'invalid_query', 'q is required')
  const matches = book.search(words)
  const { items } = page(
    matches.map((match) => ({ ...match, id: match.order.id })),
    query.get('limit'),
    null,
  )
  return { query: words, matches: items.map(({ id: _, ...match }) => match), total: matches.length }
}

function ordersOf(book: OrdersBook, id: string, query: URLSearchParams) {
  const customer = book.customer(id)
  return listed('orders', book.orders({ customer_id: customer.id, ...statusFilter(query) }), query)
}

function closed(book: OrdersBook, customer_id: string, request_id: string | null) {
  const customer = book.closeAccount({ customer_id, request_id })
  return { customer_id: customer.id, status: customer.status, closed_at: customer.closed_at }
}

async function refund({ book, id, request, requestId }: Call) {
  const body = RefundBody.safeParse(await jsonBody(request))
  if (!body.success) throw new Refusal(400, 'invalid_body', z.prettifyError(body.error))
  return book.refund({ order_id: id, ...body.data, request_id: requestId })
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'unsupported_media_type', 'send application/json')
  }
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size > MAX_BODY_BYTES) throw new Refusal(413, 'body_too_large', `at most ${MAX_BODY_BYTES} bytes`)
    chunks.push(chunk)
  }
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'))
  } catch {
    throw new Refusal(400, 'invalid_json', 'the body is not JSON')
  }
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
