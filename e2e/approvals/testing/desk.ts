// What a test of approvals stands on: a system that writes down what reaches it, an agent that must ask, and people.
import { type Asked, answer, approvalIn, asPerson, callHttp, signedIn } from '../../testing/approving.ts'
import type { Browser, Person } from '../../testing/browser.ts'
import { eventually } from '../../testing/eventually.ts'
import { exchange, registerAgent, type Shop, signInAt } from '../../testing/shop.ts'
import { startUpstream, type Upstream } from './upstream.ts'

const TOOLS = {
  'POST /pay': { effect: 'irreversible', context: { amount: 'body.amount' } },
  'POST /send': { effect: 'irreversible' },
  'DELETE /things/{id}': { effect: 'irreversible' },
} as const

type Agent = Shop['agent']

export interface Desk {
  upstream: Upstream
  /** Id of the connection, whose name is `bank`. */
  connection: string
  /** Of the person who is asked. */
  browser: Browser
  /** Of the shop's agent for the shop's first person, renewed by `renew`. */
  token: string
  renew(): Promise<string>
  tokenFor(asked: { person: Person; agent?: Agent; browser?: Browser }): Promise<string>
  /** From here on another agent calls, which has asked for nothing yet. */
  anotherAgent(): Promise<Agent>
  /** What the shop's agent may do at the bank. */
  grant(terms?: object, agent?: string): Promise<void>
  pay(body: unknown, more?: { token?: string; wait?: number; headers?: Record<string, string> }): Promise<Asked>
  /** Asks, and gives the approval's id. */
  asks(body: unknown): Promise<string>
  say(id: string, say: 'approve' | 'deny', body?: object): ReturnType<typeof answer>
  // biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
  look(id: string): Promise<any>
  /** The approval that waits and shows this text. */
  waiting(text: string): Promise<string>
  /** Acts that say this. */
  acts(text: string): number
  close(): Promise<void>
}

/** `user` must say yes to everything at the bank, until `grant` says otherwise. `issuer`: read again after a restart. */
export async function openDesk({ issuer, shop }: { issuer: string; shop: Shop }): Promise<Desk> {
  const upstream = await startUpstream()
  const { agent, dana } = shop
  // Read at each use: its token is renewed in long tests.
  const admin = () => shop.admin
  const { id: connection } = await admin().must('POST', '/api/v1/connections', {
    ...{ name: 'bank', kind: 'none', upstream: upstream.url, tools: TOOLS },
  })
  const tokenFor: Desk['tokenFor'] = async ({ person, agent: other = agent, ...more }) => {
    const { access_token: subject } = await signInAt(issuer, { agent: other, person, ...more })
    return eventually(async () => {
      const { status, body } = await exchange(issuer, other, subject, `${issuer}/mcp/bank`)
      return status === 200 ? body.access_token : undefined
    })
  }
  const grant = (terms: object = {}, id = agent.id) =>
    admin().must('PUT', `/api/v1/agents/${id}/managed-connections/${connection}`, {
      ...{ scopes: {}, default: 'approval', approval: { approvers: 'user' }, ...terms },
    })
  await grant()
  const browser = await signedIn(issuer, dana)
  const desk: Desk = {
    ...{ upstream, connection, browser, tokenFor, grant },
    token: await tokenFor({ person: dana }),
    async renew() {
      desk.token = await tokenFor({ person: dana })
      return desk.token
    },
    async anotherAgent() {
      const other = await registerAgent(admin(), shop.owner, { name: 'Another bot' })
      await grant({}, other.id)
      desk.token = await tokenFor({ person: dana, agent: other })
      return other
    },
    pay: (body, { token = desk.token, ...more } = {}) => callHttp(issuer, { token, path: 'bank/pay', body, ...more }),
    asks: async (body) => approvalIn((await desk.pay(body)).text),
    say: (id, say, body = {}) => answer(desk.browser, { issuer, id, say, body }),
    look: async (id) => (await asPerson(desk.browser, { issuer, method: 'GET', path: `/approvals/${id}` })).body,
    waiting: (text) =>
      eventually(async () => {
        const { body } = await asPerson(desk.browser, { issuer, method: 'GET', path: '/approvals?status=pending' })
        // Lists have no arguments: each is looked at.
        for (const { id } of body.items)
          if (JSON.stringify((await desk.look(id)).verified).includes(text)) return id as string
        return undefined
      }),
    acts: (text) => upstream.ledger.filter(({ path, body }) => path.includes(text) || body.includes(text)).length,
    close: upstream.close,
  }
  return desk
}
