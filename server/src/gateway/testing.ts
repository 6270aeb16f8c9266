// What the room's tests stand on: the real road, server, connections and network, with rights that are set by hand.
import type { ConnectionKind, Credential, Tools } from '@mandate/contract'
import { followConnections } from '../connections/connections.ts'
import { LISTING } from '../connections/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { type Decision, deny, permit, type Question } from '../kernel/decision.ts'
import { type AgentId, type ConnectionId, type GroupId, newId, type UserId } from '../kernel/ids.ts'
import { agentOf, type Principal } from '../kernel/principal.ts'
import { Problem } from '../kernel/problem.ts'
import { type Ended, type Recorded, road } from '../pipeline/index.ts'
import { createHttp } from '../platform/http/index.ts'
import { createOutbound } from '../platform/outbound/index.ts'
import { createGateway } from './gateway.ts'
import type { StdioServer } from './model.ts'

export const ISSUER = 'https://mandate.example'

export interface Stage {
  url: string
  /** Attempts, and how they and reads ended; refusals by their reason. */
  attempts: Recorded[]
  ended: Ended[]
  refused: string[]
  errors: unknown[]
  debug: string[]
  /** Modes by action, for everybody. */
  grants: Map<string, 'auto' | 'approval'>
  /** `user:<id> can_view order:<id>`, as it would be asked. */
  seen: Set<string>
  /** What happens while it is judged who may see what, once. */
  judging: { meanwhile?(): void }
  /** Ends the calls that stand on this link, as a stop does. */
  endCalls(link: string): number
  /** Who is in which group. */
  groups: Map<GroupId, UserId[]>
  /** Agents that are stopped. */
  stopped: Set<AgentId>
  /** Milliseconds that the clock is ahead. */
  ahead: { ms: number }
  connect(given: GivenConnection): ConnectionId
  disconnect(id: ConnectionId): void
  /** A bearer token for the connection. */
  token(connection: string, who?: Partial<Principal>): string
  close(): Promise<void>
}

interface GivenConnection {
  name: string
  kind: ConnectionKind
  upstream: string
  credential?: Credential
  tools?: Tools
  timeout_seconds?: number
  max_result_bytes?: number
}

export const dana: UserId = newId('user', 0)
export const eve: UserId = newId('user', 1)
export const bot: AgentId = newId('agent', 0)
export const otherBot: AgentId = newId('agent', 1)

export async function stage(stdioServers: Record<string, StdioServer> = {}): Promise<Stage> {
  const grants: Stage['grants'] = new Map([[LISTING, 'auto']])
  const seen: Stage['seen'] = new Set()
  const groups: Stage['groups'] = new Map()
  const stopped: Stage['stopped'] = new Set()
  const attempts: Recorded[] = []
  const ended: Ended[] = []
  const refused: string[] = []
  const errors: unknown[] = []
  const debug: string[] = []
  const ahead = { ms: 0 }
  const judging: Stage['judging'] = {}
  const tokens = new Map<string, Principal>()
  const credentials = new Map<ConnectionId, Credential>()
  const connections = followConnections()
  const clock = { now: () => systemClock.now() + ahead.ms, elapsed: () => systemClock.elapsed() + ahead.ms }

  const decide = (_: Principal, { action }: Question): Decision => {
    const mode = grants.get(action)
    if (mode === 'approval') return { answer: 'ask', policies: ['managed-connection'], reasons: [`approval:${action}`] }
    return mode === 'auto' ? permit : deny(`never:${action}`)
  }
  const perform = road({
    authenticate: ({ credentials: { authorization, audience } }) => {
      const principal = tokens.get(authorization?.replace(/^Bearer /, '') ?? '')
      if (principal?.audience === audience) return principal
      const challenge = authorization ? 'Bearer error="invalid_token", error_description="no"' : 'Bearer'
      throw new Problem('unauthenticated', { headers: { 'www-authenticate': challenge } })
    },
    decide,
    record: {
      attempt: async (recorded) => newId('event', attempts.push(recorded)),
      outcome: async (_, end) => void ended.push(end),
      after: (end) => void ended.push(end),
      refused: (_, reason) => void refused.push(reason),
    },
    transaction: () => Promise.reject(new Error('the gateway has no rows')),
    reached: async () => undefined,
    span: (_, work) => work(),
    counted: () => undefined,
    ...clock,
  })
  const outbound = createOutbound({
    allowedPrivateHosts: ['127.0.0.1'],
    defaultTimeoutMs: 5_000,
    defaultMaxBytes: 1_000_000,
    userAgent: 'mandate-test',
  })
  const gateway = createGateway({
    issuer: ISSUER,
    connections,
    openCredential: async ({ id }) => credentials.get(id),
    useRefused: async () => undefined,
    outbound,
    readers: { active: (user) => [dana, eve].includes(user), membersOf: (group) => groups.get(group) ?? [] },
    async visible(...questions) {
      judging.meanwhile?.()
      delete judging.meanwhile
      await new Promise(setImmediate)
      return questions.map(({ user, relation, type, ids }) =>
        ids.map((id) => seen.has(`${user} ${relation} ${type}:${id}`)),
      )
    },
    decide,
    stillValid: (principal) => !stopped.has(agentOf(principal) ?? bot),
    stdioServers,
    programs: { path: process.env.PATH ?? '', homes: process.env.TMPDIR ?? '/tmp' },
    clock,
    onError: (error) => errors.push(error),
    debug: (text) => debug.push(text),
  })
  const app = await createHttp({ issuer: ISSUER, onError: (error) => errors.push(error) })
  await gateway.plugin(app, perform)
  const url = await app.listen({ host: '127.0.0.1', port: 0 })

  return {
    ...{ url, attempts, ended, refused, errors, debug, grants, seen, groups, stopped, ahead, judging },
    endCalls: (link) => gateway.endCalls(link),
    connect({ credential, tools = {}, ...given }) {
      const id = connections.byName(given.name)?.id ?? newId('connection')
      if (credential) credentials.set(id, credential)
      const body = { id, provider: null, oauth: null, tools, credential_version: 1, ...given }
      connections.apply({ topic: 'connections.connection', key: id, body, position: 1 })
      return id
    },
    disconnect: (id) =>
      connections.apply({ topic: 'connections.connection', key: id, body: { removed: true }, position: 2 }),
    token(connection, who = {}) {
      const token = `token-${tokens.size}-canary`
      tokens.set(token, {
        sub: dana,
        kind: 'user',
        act: [{ sub: bot }],
        client: bot,
        scopes: new Set(['use']),
        authorizationDetails: [],
        audience: `${ISSUER}/mcp/${connection}`,
        expiresAt: clock.now() / 1000 + 300,
        ...who,
      })
      return token
    },
    async close() {
      await gateway.close()
      // Clients that left between connecting and asking would be waited for.
      app.server.closeAllConnections()
      await app.close()
      await outbound.close()
    },
  }
}

const ORDER = { type: 'order', relation: 'can_view' }
/** What an operator would declare of the orders example's tools. */
export const ORDER_TOOLS: Tools = {
  get_order: { effect: 'read', records: [{ path: '$', id: 'id', ...ORDER }] },
  list_orders: { effect: 'read', records: [{ path: '$.orders[*]', id: 'id', ...ORDER }] },
  search_orders: { effect: 'read', records: [{ path: '$.matches[*]', id: 'order.id', ...ORDER }] },
  refund_order: {
    effect: 'irreversible',
    records: [{ path: 'arguments.order_id', id: '', ...ORDER }],
    context: { amount: 'arguments.amount' },
  },
}
/** The same of its HTTP API. */
export const ORDER_OPERATIONS: Tools = {
  'GET /orders': { effect: 'read', records: [{ path: '$.orders[*]', id: 'id', ...ORDER }] },
  'GET /orders/search': { effect: 'read', records: [{ path: '$.matches[*]', id: 'order.id', ...ORDER }] },
  'GET /orders/{id}': { effect: 'read', records: [{ path: '$', id: 'id', ...ORDER }] },
  'GET /customers/{id}/orders': { effect: 'read', records: [{ path: '$.orders[*]', id: 'id', ...ORDER }] },
  'POST /orders/{id}/refund': {
    effect: 'irreversible',
    records: [{ path: 'params.id', id: '', ...ORDER }],
    context: { amount: 'body.amount' },
  },
  'GET /away': { effect: 'read' },
  'GET /slow': { effect: 'read' },
  'GET /big': { effect: 'read' },
}
