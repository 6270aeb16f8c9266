// An agent that follows a script of calls on a person's behalf. All it owns is its own name and secret.
import { text } from 'node:stream/consumers'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport, StreamableHTTPError } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { McpError } from '@modelcontextprotocol/sdk/types.js'
import { ResponseBodyError } from 'openid-client'
import { z } from 'zod'
import { connectionResource, exchangeFor } from './exchange.ts'
import { under } from './issuer.ts'

const Settings = z.object({
  MANDATE_ISSUER: z.url(),
  AGENT_ID: z.string().min(1),
  AGENT_SECRET: z.string().min(1),
  SUBJECT_TOKEN: z.string().min(1),
  CONNECTION_MCP: z.string().default('orders'),
  CONNECTION_HTTP: z.string().default('orders-api'),
})

const Steps = z.array(
  z.union([
    z.strictObject({ tool: z.string(), arguments: z.record(z.string(), z.unknown()).default({}) }),
    z.strictObject({
      http: z.string().regex(/^[A-Z]+ \/\S*$/, 'must be like "GET /orders"'),
      body: z.unknown().optional(),
      headers: z.record(z.string(), z.string()).default({}),
    }),
  ]),
)

export type AgentSettings = z.input<typeof Settings>
export type Step = z.input<typeof Steps>[number]

/** What one step came to; `refused` carries what the server said. */
export type Outcome = { ok: true; status?: number; result: unknown } | { ok: false; refused: Record<string, unknown> }

export function createAgent(given: AgentSettings) {
  const settings = Settings.parse(given)
  const tokens = new Map<string, { value: string; goodUntil: number }>()
  let session: { client: Client; transport: StreamableHTTPClientTransport } | undefined

  async function tokenFor(connection: string): Promise<string> {
    const held = tokens.get(connection)
    if (held && Date.now() < held.goodUntil) return held.value
    const { access_token: value, expires_in = 60 } = await exchangeFor({
      issuer: settings.MANDATE_ISSUER,
      agentId: settings.AGENT_ID,
      agentSecret: settings.AGENT_SECRET,
      subjectToken: settings.SUBJECT_TOKEN,
      resource: connectionResource(settings.MANDATE_ISSUER, connection),
    })
    tokens.set(connection, { value, goodUntil: Date.now() + expires_in * 1000 })
    return value
  }

  // RFC 6750 §3.1: 401 says the token is no longer good, and nothing was done. One new token, one more try.
  function fetchWith(connection: string) {
    return async (url: string | URL, init: RequestInit = {}): Promise<Response> => {
      const send = async () => {
        const headers = new Headers(init.headers)
        headers.set('authorization', `Bearer ${await tokenFor(connection)}`)
        return fetch(url, { ...init, headers, redirect: 'manual' })
      }
      const response = await send()
      if (response.status !== 401) return response
      await response.body?.cancel()
      tokens.delete(connection)
      return send()
    }
  }

  async function connected(): Promise<Client> {
    if (session) return session.client
    const url = new URL(connectionResource(settings.MANDATE_ISSUER, settings.CONNECTION_MCP))
    const transport = new StreamableHTTPClientTransport(url, { fetch: fetchWith(settings.CONNECTION_MCP) })
    const client = new Client({ name: 'orders-agent', version: '0.1.0' })
    await client.connect(transport)
    session = { client, transport }
    return client
  }

  async function callTool(step: { tool: string; arguments: Record<string, unknown> }): Promise<Outcome> {
    const call = async () => (await connected()).callTool({ name: step.tool, arguments: step.arguments })
    const result = await call().catch((error: unknown) => {
      // An ended session is 404 (MCP 2025-11-25, transports); the call was not made, so a new session may make it.
      if (!(error instanceof StreamableHTTPError && error.code === 404 && session)) throw error
      session = undefined
      return call()
    })
    return result.isError ? { ok: false, refused: { ...result } } : { ok: true, result }
  }

  async function callHttp(step: { http: string; body?: unknown; headers: Record<string, string> }): Promise<Outcome> {
    const [method, path = '/'] = step.http.split(' ')
    const url = under(settings.MANDATE_ISSUER, `proxy/${settings.CONNECTION_HTTP}${path}`)
    const json = step.body === undefined ? {} : { 'content-type': 'application/json' }
    const init = { method, body: JSON.stringify(step.body), headers: { ...json, ...step.headers } }
    const response = await fetchWith(settings.CONNECTION_HTTP)(url, init)
    const said = readable(await response.text())
    if (response.ok) return { ok: true, status: response.status, result: said }
    return { ok: false, refused: { status: response.status, said } }
  }

  return {
    async perform(step: Step): Promise<Outcome> {
      const [parsed] = Steps.parse([step])
      try {
        if (parsed && 'tool' in parsed) return await callTool(parsed)
        return parsed ? await callHttp(parsed) : { ok: false, refused: { message: 'no step' } }
      } catch (error) {
        return { ok: false, refused: explained(error) }
      }
    },
    async close(): Promise<void> {
      // Saying goodbye is a courtesy; a server that no longer knows us is no failure of ours.
      await session?.transport.terminateSession().catch(() => undefined)
      await session?.client.close()
    },
  }
}

function explained(error: unknown): Record<string, unknown> {
  if (error instanceof ResponseBodyError) return { status: error.status, ...error.cause }
  if (error instanceof McpError) return { code: error.code, message: error.message, data: error.data }
  if (error instanceof StreamableHTTPError) return { status: error.code, message: error.message }
  return { message: error instanceof Error ? error.message : String(error) }
}

function readable(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return body
  }
}

if (import.meta.main) {
  const settings = Settings.safeParse(process.env)
  const steps = Steps.safeParse(readable(process.argv[2] ?? (await text(process.stdin))))
  const wrong = settings.error ?? steps.error
  if (wrong) console.error(z.prettifyError(wrong))
  if (!settings.success || !steps.success) process.exit(2)
  const agent = createAgent(settings.data)
  for (const step of steps.data) console.log(JSON.stringify({ ...step, ...(await agent.perform(step)) }))
  await agent.close()
}
