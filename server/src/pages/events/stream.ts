// One reply as an event stream (WHATWG HTML §9.2).
import type { FastifyReply } from 'fastify'

/** Beyond this the other side does not read, and is let go. */
const UNREAD_LIMIT = 256 * 1024
const RETRY_MS = 3_000

export interface Stream {
  send(text: string): boolean
  end(): void
}

export function openStream(reply: FastifyReply, gone: () => void): Stream {
  reply.hijack()
  const { raw } = reply
  raw.once('close', gone)
  raw.writeHead(200, {
    ...(reply.getHeaders() as Record<string, string>),
    'content-type': 'text/event-stream; charset=utf-8',
    // Nothing waits on this connection for another request: the server can stop as soon as its streams end.
    connection: 'close',
    // Some proxies hold streams back until they end.
    'x-accel-buffering': 'no',
  })
  raw.write(`retry: ${RETRY_MS}\n\n`)
  return {
    send(text) {
      if (raw.destroyed || raw.writableLength > UNREAD_LIMIT) {
        raw.destroy()
        return false
      }
      raw.write(text)
      return true
    },
    end: () => void raw.end(),
  }
}
