// MCP through the gateway: an unmodified client, and single messages whose answers are looked at as bytes.
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'

/** The reference client, connected to `/mcp/{connection}`; `token` is asked again for each request. */
export async function mcpClient(issuer: string, connection: string, token: () => string): Promise<Client> {
  const transport = new StreamableHTTPClientTransport(new URL(`${issuer}/mcp/${connection}`), {
    fetch: (url, init = {}) => {
      const headers = new Headers(init.headers)
      headers.set('authorization', `Bearer ${token()}`)
      return fetch(url, { ...init, headers })
    },
  })
  const client = new Client({ name: 'e2e', version: '1.0.0' })
  await client.connect(transport)
  return client
}

const REVISION = '2025-11-25'

export interface RawMcp {
  session: string
  /** One request, answered as it comes: status and the bytes of the body. */
  send(method: string, params?: unknown, options?: { signal?: AbortSignal }): Promise<{ status: number; body: string }>
  callTool(name: string, given: Record<string, unknown>): Promise<{ status: number; body: string }>
  /** The stream of what the server says by itself; ends when the server ends it. */
  listen(): Promise<Response>
}

/** A session with nothing between us and the wire. */
export async function rawMcp(issuer: string, connection: string, token: string): Promise<RawMcp> {
  const headers = {
    authorization: `Bearer ${token}`,
    'content-type': 'application/json',
    accept: 'application/json, text/event-stream',
    'mcp-protocol-version': REVISION,
  }
  const url = `${issuer}/mcp/${connection}`
  const post = (message: object, more: Record<string, string> = {}, signal?: AbortSignal) =>
    fetch(url, {
      method: 'POST',
      headers: { ...headers, ...more },
      body: JSON.stringify({ jsonrpc: '2.0', ...message }),
      ...(signal && { signal }),
    })
  const params = { protocolVersion: REVISION, capabilities: {}, clientInfo: { name: 'raw', version: '1' } }
  const opened = await post({ id: 0, method: 'initialize', params })
  const session = opened.headers.get('mcp-session-id')
  const said = await opened.text()
  if (session === null) throw new Error(`no session: ${opened.status} ${said}`)
  const within = { 'mcp-session-id': session }
  await (await post({ method: 'notifications/initialized' }, within)).text()
  const send: RawMcp['send'] = async (method, params, { signal } = {}) => {
    const answer = await post({ id: 1, method, ...(params !== undefined && { params }) }, within, signal)
    return { status: answer.status, body: await answer.text() }
  }
  return {
    session,
    send,
    callTool: (name, given) => send('tools/call', { name, arguments: given }),
    listen: () => fetch(url, { headers: { ...headers, ...within, accept: 'text/event-stream' } }),
  }
}
