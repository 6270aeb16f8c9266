// Two sales reps, an executive, and an agent that looks things up for them in a document server behind the gateway.
import { createKnowledgeApi } from '@mandate/example-knowledge/http-api.ts'
import { openIndex, type PassageIndex } from '@mandate/example-knowledge/index-of-passages.ts'
import { createKnowledgeMcp } from '@mandate/example-knowledge/mcp-server.ts'
import { type Listening, listen } from '@mandate/example-orders/listening.ts'
import { clientCredentials, type Engine, type EngineSettings, engine, type UserId } from '@mandate/sdk'
import { type Api, machineApi } from '../../testing/api.ts'
import type { House } from '../../testing/house.ts'
import { BOOTSTRAP } from '../../testing/server.ts'
import { exchange, PASSWORD, registerAgent, signInAt } from '../../testing/shop.ts'
import { documentTuples, MODEL, type Tuple } from './model.ts'

const KEY = 'knowledge-key-canary-41b7'
const RECORD = { type: 'document', id: 'document', relation: 'viewer' }
const SEARCH = 'GET /passages/search'

export interface Person {
  id: UserId
  /** Tokens the agent holds for this person: at the HTTP connection, and at the MCP connection. */
  http: string
  mcp: string
}

export interface Acme {
  admin: Api
  fga: Api
  store: string
  index: PassageIndex
  engine: Engine
  /** What it was made of. */
  asked: EngineSettings
  /** Rep in EMEA, rep in the Americas, executive. */
  rosa: Person
  ravi: Person
  erin: Person
  /** The shared channel: a group of the directory, and a userset of the store. */
  channel: string
  /** Paths that reached the document server. */
  seen: string[]
  write(tuples: { writes?: Tuple[]; deletes?: Tuple[] }): Promise<void>
  close(): Promise<void>
}

export async function openAcme(house: House): Promise<Acme> {
  const { issuer } = house
  const index = await openIndex()
  const seen: string[] = []
  const upstreams: Listening[] = [
    await listen(createKnowledgeApi({ index, apiKey: KEY, onRequest: ({ path }) => seen.push(path) }), 0),
    await listen(createKnowledgeMcp({ index, token: KEY }), 0),
  ]
  const admin = await machineApi(issuer)
  const fga = await machineApi(issuer, '/fga')
  const { id: store } = await fga.must('POST', '/fga/stores', { name: 'knowledge' })
  await fga.must('POST', `/fga/stores/${store}/authorization-models`, MODEL)
  const write: Acme['write'] = async ({ writes, deletes }) => {
    for (const [name, keys] of Object.entries({ writes, deletes }))
      for (let at = 0; at < (keys?.length ?? 0); at += 100)
        await fga.must('POST', `/fga/stores/${store}/write`, { [name]: { tuple_keys: keys?.slice(at, at + 100) } })
  }
  await write({ writes: documentTuples() })

  const [http, mcp] = upstreams.map(({ url }) => url)
  await connect(admin, {
    name: 'knowledge',
    kind: 'api_key',
    upstream: http,
    credential: { header: 'x-api-key', value: KEY },
  })
  await connect(admin, { name: 'knowledge-mcp', kind: 'mcp', upstream: `${mcp}/mcp`, credential: KEY })
  await house.restart({ MANDATE_FGA_STORE: store })

  const { id: owner } = await admin.must('POST', '/api/v1/users', { email: 'olu@example.com', name: 'Olu' })
  const agent = await registerAgent(admin, owner, { name: 'Sales assistant', purpose: 'Looks things up for sales.' })
  for (const [connection, tool] of [
    ['knowledge', SEARCH],
    ['knowledge-mcp', 'search_passages'],
  ])
    await admin.must('PUT', `/api/v1/agents/${agent.id}/managed-connections/${connection}`, {
      scopes: { [String(tool)]: 'auto' },
    })

  const asked: EngineSettings = {
    ...{ url: `${issuer}/fga`, store },
    token: clientCredentials({
      issuer,
      clientId: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_ID,
      clientSecret: BOOTSTRAP.MANDATE_BOOTSTRAP_CLIENT_SECRET,
    }),
  }
  const { id: channel } = await admin.must('POST', '/api/v1/groups', { name: 'acme-deal' })
  const person = async (name: string, tuples: Omit<Tuple, 'user'>[]): Promise<Person> => {
    const email = `${name.toLowerCase()}@example.com`
    const { id } = await admin.must('POST', '/api/v1/users', { email, name, password: PASSWORD })
    await admin.must('PUT', `/api/v1/groups/${channel}/members/${id}`)
    const both = [
      ...tuples,
      { relation: 'member', object: 'team:sales' },
      { relation: 'member', object: 'channel:acme' },
    ]
    await write({ writes: both.map((tuple) => ({ user: `user:${id}`, ...tuple })) })
    const { access_token } = await signInAt(issuer, { agent, person: { email, password: PASSWORD } })
    const at = async (connection: string): Promise<string> =>
      (await exchange(issuer, agent, access_token, `${issuer}/mcp/${connection}`)).body.access_token
    return { id, http: await at('knowledge'), mcp: await at('knowledge-mcp') }
  }
  return {
    ...{ admin, fga, store, index, seen, channel, write },
    ...{ asked, engine: engine(asked) },
    rosa: await person('Rosa', [{ relation: 'rep', object: 'territory:emea' }]),
    ravi: await person('Ravi', [{ relation: 'rep', object: 'territory:amer' }]),
    erin: await person('Erin', [{ relation: 'member', object: 'team:executives' }]),
    async close() {
      for (const upstream of upstreams) await upstream.close()
      await index.close()
    },
  }
}

const FIELDS = { executive_discount: { relation: 'discounter', otherwise: 'drop' } }
const connect = (admin: Api, body: object): Promise<unknown> =>
  admin.must('POST', '/api/v1/connections', {
    tools: {
      [SEARCH]: { effect: 'read', records: [{ path: '$.passages[*]', ...RECORD, fields: FIELDS }] },
      search_passages: { effect: 'read', records: [{ path: 'content[*]', ...RECORD, id: '_meta.document' }] },
    },
    ...body,
  })
