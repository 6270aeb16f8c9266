// The orders tools over streamable HTTP, with sessions, behind one user name and password (RFC 7617).
import { randomUUID } from 'node:crypto'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js'
import { isCredential } from './credential.ts'
import type { OrdersBook } from './data.ts'
import type { SeenRequest } from './http-api.ts'
import { createOrdersTools } from './tools.ts'

export interface OrdersMcpSettings {
  book: OrdersBook
  user: string
  password: string
  /** Sees every request, refused ones too, before it is judged. */
  onRequest?: (seen: SeenRequest) => void
  /** Answer with plain JSON instead of an event stream. */
  plainJson?: boolean
}

const MAX_SESSIONS = 1_000

/** Serves `/mcp`. Not yet listening; see `listen`. */
export function createOrdersMcp({ book, user, password, onRequest, plainJson = false }: OrdersMcpSettings): Server {
  const sessions = new Map<string, StreamableHTTPServerTransport>()
  const right = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`

  async function open(): Promise<StreamableHTTPServerTransport> {
    const transport = new StreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      enableJsonResponse: plainJson,
      onsessioninitialized: (id) => {
        sessions.set(id, transport)
        // Clients forget to say goodbye: the oldest session makes room.
        const oldest = sessions.size > MAX_SESSIONS ? sessions.entries().next().value : undefined
        if (oldest) void oldest[1].close()
      },
    })
    transport.onclose = () => {
      if (transport.sessionId) sessions.delete(transport.sessionId)
    }
    await createOrdersTools(book).connect(transport)
    return transport
  }

  const server = createServer(async (request, response) => {
    onRequest?.({ method: request.method ?? 'GET', path: request.url ?? '/', headers: request.headers })
    response.setHeader('x-upstream', 'orders')
    if (!isCredential(request.headers.authorization, right)) {
      response.setHeader('www-authenticate', 'Basic realm="orders", charset="UTF-8"')
      return refuse(response, 401, 'user and password required')
    }
    if (new URL(request.url ?? '/', 'http://orders').pathname !== '/mcp') return refuse(response, 404, 'not found')
    const id = request.headers['mcp-session-id']?.toString()
    const known = id === undefined ? undefined : sessions.get(id)
    // The revision 2025-11-25, transports: an unknown session is 404, so that the client starts a new one.
    if (id !== undefined && !known) return refuse(response, 404, 'no such session')
    try {
      await (known ?? (await open())).handleRequest(request, response)
    } catch {
      if (response.headersSent) response.destroy()
      else refuse(response, 500, 'something went wrong on our side')
    }
  })
  server.once('close', () => {
    for (const transport of sessions.values()) void transport.close()
  })
  return server
}

function refuse(response: ServerResponse, status: number, message: string): void {
  const body = { jsonrpc: '2.0', id: null, error: { code: -32000, message } }
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
