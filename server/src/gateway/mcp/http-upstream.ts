// Streamable HTTP towards the upstream: our credential, its session, and nothing of the caller's.
import type { Credential } from '@mandate/contract'
import type { Outbound, OutboundStream } from '../../platform/outbound/index.ts'
import { credentialHeaders, echoes } from '../credential-headers.ts'
import { CALL_TIMEOUT_MS, RESULT_LIMIT, TOO_LARGE } from '../model.ts'
import { UpstreamFault } from '../upstream-problem.ts'
import { readEvents, readMessage } from './events.ts'
import { isRequest, isResponse, type RpcMessage } from './message.ts'
import { type Answer, type McpUpstream, type Sending, SessionGone } from './upstream.ts'

const FAREWELL_MS = 5_000
/** A stream that carries nothing is not broken; it ends with its token. */
const SILENCE_MS = 60 * 60 * 1000

export function httpUpstream(given: {
  url: string
  outbound: Outbound
  open(): Promise<Credential | undefined>
}): McpUpstream {
  let session: string | undefined

  async function send(method: 'GET' | 'POST' | 'DELETE', sending: Sending, message?: RpcMessage) {
    const credential = await given.open()
    const headers = {
      accept: method === 'GET' ? 'text/event-stream' : 'application/json, text/event-stream',
      ...(sending.requestId !== undefined && { 'x-request-id': sending.requestId }),
      ...(message && { 'content-type': 'application/json' }),
      ...(session !== undefined && { 'mcp-session-id': session }),
      ...(upstream.revision !== undefined && { 'mcp-protocol-version': upstream.revision }),
      ...(sending.traceparent !== undefined && { traceparent: sending.traceparent }),
      ...credentialHeaders(credential),
    }
    const stream = await given.outbound.open({
      method,
      url: given.url,
      headers,
      signal: sending.signal,
      ...(message && { body: JSON.stringify(message) }),
      timeoutMs: method === 'GET' ? SILENCE_MS : CALL_TIMEOUT_MS,
    })
    return { stream, credential }
  }

  /** Says something that nobody waits for. */
  function aside(message: RpcMessage, requestId: string | undefined): void {
    const signal = AbortSignal.timeout(FAREWELL_MS)
    send('POST', { requestId, traceparent: undefined, signal }, message).then(
      ({ stream }) => stream.cancel(),
      () => undefined,
    )
  }

  const upstream: McpUpstream = {
    revision: undefined,

    async request(message, sending) {
      try {
        const { stream, credential } = await send('POST', sending, message)
        try {
          checkStatus(stream.status, session !== undefined)
          if (message.method === 'initialize') session = sessionIdOf(stream)
          return await answerTo(message.id, stream, { credential, pass: sending.pass })
        } finally {
          stream.cancel()
        }
      } catch (error) {
        // 2025-11-25, cancellation: closing the connection alone does not stop the work.
        if (sending.signal.aborted && message.method !== 'initialize')
          aside(
            { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: message.id } },
            sending.requestId,
          )
        throw error
      }
    },

    async tell(message, sending) {
      const { stream } = await send('POST', sending, message)
      stream.cancel()
      checkStatus(stream.status, session !== undefined)
    },

    async listen({ opened, pass, ...sending }) {
      const { stream, credential } = await send('GET', sending)
      try {
        if (stream.status === 405) return false
        checkStatus(stream.status, session !== undefined)
        if (mediaTypeOf(stream) !== 'text/event-stream')
          throw new UpstreamFault('The upstream did not answer with an event stream.', true)
        opened()
        for await (const { message, text } of readEvents(stream.chunks)) {
          refuseEcho(credential, text)
          // Responses belong to requests, where they are judged; here they would not be.
          if (!isResponse(message)) pass(message)
        }
        return true
      } finally {
        stream.cancel()
      }
    },

    async end() {
      if (session === undefined) return
      const sending = { requestId: undefined, traceparent: undefined, signal: AbortSignal.timeout(FAREWELL_MS) }
      await send('DELETE', sending).then(
        ({ stream }) => stream.cancel(),
        () => undefined,
      )
      session = undefined
    },
  }
  return upstream
}

async function answerTo(
  id: string | number,
  stream: OutboundStream,
  { credential, pass }: { credential: Credential | undefined; pass(message: RpcMessage): void },
): Promise<Answer> {
  if (mediaTypeOf(stream) === 'application/json') {
    const body = await wholeOf(stream)
    refuseEcho(credential, body)
    return answerIn(body.toString('utf8'), id, body.length)
  }
  if (mediaTypeOf(stream) !== 'text/event-stream')
    throw new UpstreamFault('The upstream answered with a type that is not of the protocol.', true)
  for await (const { message, text } of readEvents(stream.chunks)) {
    refuseEcho(credential, text)
    if (!isResponse(message)) pass(message)
    else if (message.id === id) return { response: message, text, bytes: text.length }
  }
  throw new UpstreamFault('The upstream ended its stream without an answer.', true)
}

function answerIn(text: string, id: string | number, bytes: number): Answer {
  const message = readMessage(text)
  if (isRequest(message) || !isResponse(message) || message.id !== id)
    throw new UpstreamFault('The upstream answered something else than it was asked.', true)
  return { response: message, text, bytes }
}

async function wholeOf(stream: OutboundStream): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  for await (const chunk of stream.chunks) {
    bytes += chunk.length
    if (bytes > RESULT_LIMIT) throw new UpstreamFault(TOO_LARGE, true)
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function checkStatus(status: number, inSession: boolean): void {
  if (status >= 200 && status < 300) return
  if (status === 404 && inSession) throw new SessionGone()
  if (status === 401 || status === 403)
    throw new UpstreamFault('The upstream refused the credential of this connection.', false)
  if (status >= 300 && status < 400) throw new UpstreamFault('The upstream sent us elsewhere; we do not follow.', true)
  throw new UpstreamFault(`The upstream answered with status ${status}.`, status >= 500)
}

function refuseEcho(credential: Credential | undefined, bytes: Buffer | string): void {
  if (echoes(credential, bytes))
    throw new UpstreamFault('The upstream put the credential into its answer, which is therefore withheld.', true)
}

const mediaTypeOf = ({ headers }: OutboundStream): string =>
  String(headers['content-type'] ?? '')
    .split(';')[0]
    ?.trim()
    .toLowerCase() ?? ''

function sessionIdOf({ headers }: OutboundStream): string | undefined {
  const id = headers['mcp-session-id']
  // 2025-11-25, transports: visible ASCII only.
  return typeof id === 'string' && /^[\x21-\x7e]{1,1024}$/.test(id) ? id : undefined
}
