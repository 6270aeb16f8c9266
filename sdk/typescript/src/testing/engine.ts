// The far side of the network for these tests: an OpenFGA API over a set of `user relation object`, which can go wrong.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Engine, engine } from '../engine.ts'
import { principal } from '../principal.ts'

const STORE = '01JSTORE00000000000000000A'
export const dana = principal({ user: 'usr_dana', agents: ['agt_bot'] })
export const eve = principal({ user: 'usr_eve' })

export interface FakeEngine extends AsyncDisposable {
  engine: Engine
  url: string
  /** `user:usr_dana viewer doc:1` */
  allowed: Set<string>
  /** `team:a#member` → users as list-users says them. */
  members: Map<string, unknown[]>
  /** Bodies of requests by the last part of their path. */
  asked: { path: string; body: Record<string, unknown>; headers: IncomingMessage['headers'] }[]
  /** Types that may stand in relations. */
  types: string[]
  /** Answers in place of the engine, where it returns something. */
  instead: ((path: string, body: Record<string, unknown>) => Reply | undefined) | undefined
  /** Objects to a page of list-objects. */
  pageSize: number
}

const kindOf = (user: unknown): string => Object.values(user as Record<string, { type: string }>)[0]?.type ?? ''

interface Reply {
  status?: number
  body: unknown
}

export async function fakeEngine(more: { agentsToo?: boolean } = {}): Promise<FakeEngine> {
  const server = createServer((request, response) => void serve(request, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/fga`
  const fake: FakeEngine = {
    ...{ url, allowed: new Set(), members: new Map(), asked: [], instead: undefined, pageSize: 1000 },
    types: ['user', 'agent', 'guest'],
    engine: engine({ url, store: STORE, token: () => 'token', timeoutMs: 2000, ...more }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const path = (request.url ?? '').split('/').at(-1)?.split('?')[0] ?? ''
    const body = chunks.length === 0 ? {} : JSON.parse(Buffer.concat(chunks).toString())
    fake.asked.push({ path, body, headers: request.headers })
    const { status = 200, body: said } = fake.instead?.(path, body) ?? { body: answer(path, body) }
    response.writeHead(status, { 'content-type': 'application/json', 'x-mandate-position': String(fake.asked.length) })
    response.end(typeof said === 'string' ? said : JSON.stringify(said))
  }

  function answer(path: string, body: Record<string, unknown>): unknown {
    if (path === 'batch-check') {
      const checks = body.checks as { correlation_id: string; tuple_key: Record<string, string> }[]
      const result = checks.map(({ correlation_id, tuple_key: { user, relation, object } }) => [
        correlation_id,
        { allowed: fake.allowed.has(`${user} ${relation} ${object}`) },
      ])
      return { result: Object.fromEntries(result) }
    }
    const metadata = { relations: { any: { directly_related_user_types: fake.types.map((type) => ({ type })) } } }
    if (path === 'authorization-models')
      return { authorization_models: [{ id: 'model', type_definitions: [{ type: 'doc', metadata }] }] }
    if (path === 'list-users') {
      const { id, type } = body.object as { id: string; type: string }
      const [{ type: kind } = { type: '' }] = body.user_filters as { type: string }[]
      const all = fake.members.get(`${type}:${id}#${body.relation}`) ?? []
      return { users: all.filter((user) => kindOf(user) === kind) }
    }
    const prefix = `${body.user} ${body.relation} ${body.type}:`
    const all = [...fake.allowed].filter((one) => one.startsWith(prefix)).map((one) => one.split(' ')[2])
    const from = Number(body.continuation_token ?? 0)
    const next = from + fake.pageSize
    return { objects: all.slice(from, next), continuation_token: next < all.length ? String(next) : '' }
  }
  return fake
}
