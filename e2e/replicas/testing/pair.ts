// Two replicas of one house: one PostgreSQL database, one master key, one issuer, two processes on two ports.
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { type Api, api } from '../../testing/api.ts'
import { eventually } from '../../testing/eventually.ts'
import { type FreshDatabase, freshDatabase, postgresServer } from '../../testing/postgres.ts'
import { BOOTSTRAP, freePort, type Server, startServer, temporaryFolder } from '../../testing/server.ts'
import { exchange, openShop, type Shop, startUpstreams, type Upstreams } from '../../testing/shop.ts'

export interface Replica {
  /** Where this one answers; the issuer is the same for both. */
  url: string
  server: Server
  admin: Api
  fga: Api
}

export interface Pair {
  issuer: string
  shop: Shop
  upstreams: Upstreams
  database: FreshDatabase
  /** Its port is the issuer's. */
  a: Replica
  b: Replica
  close(): Promise<void>
}

/** A database of its own for two replicas, and the settings that make them one house. */
async function openGround() {
  const url = postgresServer()
  assert.ok(url, 'this test needs a PostgreSQL server: set TEST_DATABASE_URL to one it may create databases on')
  const database = await freshDatabase(url)
  const folder = await temporaryFolder()
  const ports = [await freePort(), await freePort()] as const
  const issuer = `http://localhost:${ports[0]}`
  const common = {
    ...BOOTSTRAP,
    MANDATE_DATA_DIR: folder.path,
    MANDATE_MASTER_KEY: randomBytes(32).toString('base64'),
    MANDATE_ISSUER: issuer,
    DATABASE_URL: database.url,
  }
  const settingsOn = (port: number): Record<string, string> => ({ ...common, PORT: String(port) })
  return {
    ...{ issuer, database },
    settings: [settingsOn(ports[0]), settingsOn(ports[1])] as const,
    urls: [issuer, `http://localhost:${ports[1]}`] as const,
    async close() {
      await folder.remove()
      await database.drop()
    },
  }
}

/** `more`: settings on top for the second replica. */
export async function openPair(
  more: (databaseUrl: string) => Promise<Record<string, string>> = async () => ({}),
): Promise<Pair> {
  const { issuer, database, settings, urls, close } = await openGround()
  const closing = [close]
  const end = async () => {
    for (const step of closing.reverse()) await step()
  }
  const started = async (given: Record<string, string>) => {
    const server = await startServer(given)
    closing.push(() => server.stop())
    return server
  }
  try {
    const first = await started(settings[0])
    const upstreams = await startUpstreams()
    closing.push(() => upstreams.close())
    const shop = await openShop(issuer, upstreams)
    await first.stop()
    const records = { MANDATE_FGA_STORE: shop.store }
    const replica = async (url: string, given: Record<string, string>): Promise<Replica> => ({
      ...{ url, server: await started({ ...given, ...records }) },
      ...{ admin: api(url, shop.admin.token), fga: api(url, shop.fga.token) },
    })
    const [a, b] = await Promise.all([
      replica(urls[0], settings[0]),
      replica(urls[1], { ...settings[1], ...(await more(database.url)) }),
    ])
    return { issuer, shop, upstreams, database, a, b, close: end }
  } catch (error) {
    await end()
    throw error
  }
}

/** The agent's token for the person at the HTTP connection, issued by `replica` as soon as it grants one. */
export const tokenAt = (
  replica: Replica,
  { issuer, shop }: Pair,
  subject: string,
  agent = shop.agent,
): Promise<string> =>
  eventually(async () => {
    const { status, body } = await exchange(replica.url, agent, subject, `${issuer}/mcp/orders-api`)
    return status === 200 ? body.access_token : undefined
  })

/** One real call through the gateway of `replica`. */
export async function callGateway(replica: Replica, { shop }: Pair, token: string): Promise<Response> {
  const url = `${replica.url}/proxy/orders-api/orders/${shop.dana.orders[0]}`
  const answer = await fetch(url, { headers: { authorization: `Bearer ${token}` } })
  await answer.arrayBuffer()
  return answer
}
