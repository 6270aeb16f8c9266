// The client's side of one request: plain JSON unless something comes before the answer, then an event stream.
import type { FastifyReply, FastifyRequest } from 'fastify'
import { DEFAULT_WAIT, waitOf } from '../approval-request.ts'
import { traceparentOf } from '../trace-context.ts'
import { eventText } from './events.ts'
import type { RpcMessage, RpcResponse } from './message.ts'
import type { Exchange } from './relaying.ts'

/** Beyond this the client does not read, and is let go. */
const UNREAD_LIMIT = 8 * 1024 * 1024

export interface ClientStream extends Exchange {
  started(): boolean
  /** The response to the client's request, by whichever of the two ways this answer goes. */
  answer(given: { response: RpcResponse; text?: string | undefined; status?: number }): void
  /** Ends a stream that has begun. */
  end(): void
}

export function clientStream(request: FastifyRequest, reply: FastifyReply): ClientStream {
  const gone = new AbortController()
  let started = false
  reply.raw.once('close', () => {
    // Answered calls close too; the exception an abort makes would be made for nobody.
    if (!reply.raw.writableFinished) gone.abort()
  })

  function opened(): void {
    if (started) return
    started = true
    reply.hijack()
    reply.raw.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>),
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // Nothing waits on this connection for another request: the server can stop as soon as its streams end.
      connection: 'close',
      // Some proxies hold streams back until they end.
      'x-accel-buffering': 'no',
    })
    reply.raw.flushHeaders()
  }

  return {
    gone: gone.signal,
    traceparent: traceparentOf(request),
    waitMs: waitOf(request.headers.prefer, DEFAULT_WAIT.mcp),
    started: () => started,
    opened,
    pass(message: RpcMessage) {
      if (reply.raw.destroyed) return
      opened()
      if (reply.raw.writableLength > UNREAD_LIMIT) reply.raw.destroy()
      else reply.raw.write(eventText(message))
    },
    answer({ response, text, status = 200 }) {
      if (started) reply.raw.end(eventText(response))
      else
        reply
          .code(status)
          .header('content-type', 'application/json')
          .send(text ?? JSON.stringify(response))
    },
    end() {
      reply.raw.end()
    },
  }
}
