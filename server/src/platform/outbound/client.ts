// The one HTTP client of the house: judge, send within limits, hand back what came.
import { lookup } from 'node:dns/promises'
import type { Dispatcher } from 'undici'
import { allowedHosts } from './allowed-hosts.ts'
import { OutboundFailed, OutboundRefused } from './errors.ts'
import { Exchange, type Receiver } from './exchange.ts'
import type { Outbound, OutboundHeaders, OutboundRequest, OutboundResponse, OutboundStream } from './outbound.ts'
import { createPools } from './pools.ts'
import { ChunkStream } from './stream.ts'
import { addressesOf, type Resolve, type Target, target } from './target.ts'

export interface OutboundSettings {
  /** Hosts (`host` or `host:port`) that may be private and may speak plain http. */
  allowedPrivateHosts: readonly string[]
  /** The system's resolver unless given. */
  resolve?: Resolve
  defaultTimeoutMs: number
  defaultMaxBytes: number
  userAgent: string
  /** PEM certificates to trust besides the usual ones. */
  authorities?: readonly string[]
  /** No transaction waits for somebody else's server: a request made inside one is a mistake of ours, and throws. */
  insideTransaction?: () => boolean
}

/** What the connection decides for itself. A foreign `host` would reach another site behind the address we judged. */
const CONNECTION_HEADERS = new Set([
  'host',
  'connection',
  'content-length',
  'expect',
  'keep-alive',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
])

const systemResolve: Resolve = async (host) => (await lookup(host, { all: true })).map(({ address }) => address)

export function createOutbound(settings: OutboundSettings): Outbound {
  const allows = allowedHosts(settings.allowedPrivateHosts)
  const resolve = settings.resolve ?? systemResolve
  const pools = createPools({ allows, resolve, authorities: settings.authorities })

  const guard = () => {
    if (settings.insideTransaction?.()) throw new Error('An outbound request was made inside a database transaction.')
  }

  const start = (request: OutboundRequest, maxBytes: number, receiver: Receiver): Exchange => {
    const to = target(request.url, allows)
    const dispatch = dispatchOptions(request, to, settings.userAgent)
    const timeoutMs = request.timeoutMs ?? settings.defaultTimeoutMs
    if (request.signal?.aborted) throw new OutboundFailed('cancelled', { host: to.host, sent: false })
    const exchange = new Exchange({ host: to.host, timeoutMs, maxBytes, signal: request.signal }, receiver)
    pools.dispatch(dispatch, exchange)
    return exchange
  }

  return {
    async send(request) {
      guard()
      const { promise, resolve: answer, reject } = Promise.withResolvers<OutboundResponse>()
      const chunks: Buffer[] = []
      let head = { status: 0, headers: {} as OutboundHeaders }
      start(request, request.maxBytes ?? settings.defaultMaxBytes, {
        started: (status, headers) => {
          head = { status, headers }
        },
        received: (chunk) => chunks.push(chunk),
        ended: (error) => (error ? reject(error) : answer({ ...head, body: joined(chunks) })),
      })
      return promise
    },

    async open(request) {
      guard()
      const { promise, resolve: answer, reject } = Promise.withResolvers<OutboundStream>()
      const chunks = new ChunkStream()
      const exchange = start(request, request.maxBytes ?? Number.POSITIVE_INFINITY, {
        started: (status, headers) => answer({ status, headers, chunks, cancel: () => exchange.cancel() }),
        received: (chunk) => chunks.push(chunk),
        ended: (error) => {
          if (error) reject(error)
          chunks.end(error)
        },
      })
      chunks.attach(exchange)
      return promise
    },

    async checkUrl(url) {
      guard()
      await addressesOf(target(url, allows), resolve)
    },

    close: () => pools.destroy(),
  }
}

function dispatchOptions(request: OutboundRequest, to: Target, userAgent: string): Dispatcher.DispatchOptions {
  const headers: Record<string, string> = { 'user-agent': userAgent }
  for (const [given, value] of Object.entries(request.headers ?? {})) {
    const name = given.toLowerCase()
    if (CONNECTION_HEADERS.has(name)) throw new OutboundRefused('request', to.host)
    headers[name] = value
  }
  // Nothing is ever decompressed here, so that a small answer stays small.
  headers['accept-encoding'] = 'identity'
  const method = request.method.toUpperCase()
  if (method === 'CONNECT' || method === 'TRACE') throw new OutboundRefused('request', to.host)
  return { origin: to.origin, path: to.path, method, headers, body: request.body }
}

const joined = (chunks: Buffer[]): Buffer => {
  const [first] = chunks
  return first && chunks.length === 1 ? first : Buffer.concat(chunks)
}
