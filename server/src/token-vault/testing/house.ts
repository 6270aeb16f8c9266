// A house with this room in it: real database, change log, road, pages, gateway and network; a provider beside it.
import { randomBytes } from 'node:crypto'
import { authenticationRoom, passwordKeeping } from '../../authentication/index.ts'
import { createSessions } from '../../authentication/sessions.ts'
import { followConnections } from '../../connections/connections.ts'
import { connectionsRoom } from '../../connections/index.ts'
import { connectionRoutes } from '../../connections/routes.ts'
import { directoryRoom } from '../../directory/index.ts'
import { followPeople } from '../../directory/people.ts'
import { directoryRoutes } from '../../directory/routes.ts'
import { createGateway } from '../../gateway/gateway.ts'
import { deny, permit } from '../../kernel/decision.ts'
import { type AccountId, newId, type UserId } from '../../kernel/ids.ts'
import type { Principal } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { authenticator } from '../../oauth/authenticate.ts'
import { type Ended, mount, nobody, type Ports, road } from '../../pipeline/index.ts'
import { followRevocations, Tail } from '../../platform/changes/index.ts'
import type { Database } from '../../platform/database/index.ts'
import { anotherPool, CHANGE_LOG, type TestKind, testDatabase } from '../../platform/database/test-database.ts'
import { createHttp } from '../../platform/http/index.ts'
import { createOutbound } from '../../platform/outbound/index.ts'
import { createSealing, localKeys, rewrapAll } from '../../platform/sealing/index.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { connectedAccounts } from '../accounts.ts'
import { tokenVaultRoom } from '../index.ts'
import { tokenVaultRoutes } from '../routes.ts'
import { credentialKeeping, tokenVault } from '../vault.ts'
import { CLIENT, startProvider } from './provider.ts'

const ISSUER = 'http://localhost:4000'
const MIGRATIONS = [
  CHANGE_LOG,
  { room: 'sealing', folder: new URL('../../platform/sealing/migrations/', import.meta.url) },
  ...migrationsOf([directoryRoom]),
  ...migrationsOf([authenticationRoom]),
  ...migrationsOf([connectionsRoom]),
  ...migrationsOf([tokenVaultRoom]),
]

export type House = Awaited<ReturnType<typeof openHouse>>
type Replica = Awaited<ReturnType<typeof openReplica>>

interface Standing {
  database: Database
  sealing: ReturnType<typeof createSealing>
  clock: { now(): number; elapsed(): number }
  claimMs: number
  errors: unknown[]
}

async function openReplica({ database, sealing, clock, claimMs, errors }: Standing) {
  const people = followPeople()
  const connections = followConnections()
  const revocations = followRevocations()
  const tail = new Tail({ database, clock, maxStalenessMs: 60_000, onError: (error) => errors.push(error) })
  const reached = (position: number) => tail.reached(position, 10_000)
  const outbound = createOutbound({
    ...{ allowedPrivateHosts: ['127.0.0.1'], defaultTimeoutMs: 5_000, defaultMaxBytes: 1_000_000 },
    userAgent: 'mandate-test',
    insideTransaction: database.insideTransaction,
  })
  const vault = tokenVault({ database, sealing })
  const accounts = connectedAccounts({
    ...{ database, sealing, outbound, connections, reached, issuer: ISSUER, ...clock },
    openKept: vault.open,
    onError: (error) => errors.push(error),
    terms: { claimMs, answerMs: 20_000 },
  })
  for (const follower of [people, connections, revocations, vault, accounts.follower]) tail.follow(follower)
  await tail.start()

  const sessions = createSessions({ database, people, revocations, clock })
  const tokens = new Map<string, Principal>()
  const ended: Ended[] = []
  const bySession = authenticator({
    ...{ sessions, issuer: ISSUER, assertFresh: () => tail.assertFresh() },
    verify: () => ({ fault: 'there are no tokens here' }) as never,
  })
  const ports: Ports = {
    authenticate(call) {
      const { audience, authorization } = call.credentials
      if (audience === 'session') return bySession.authenticate(call)
      const principal = tokens.get(authorization ?? '')
      if (principal?.audience !== audience) throw new Problem('unauthenticated')
      return principal
    },
    decide: (_, { resource }) => (/^(self|connection):/.test(resource) ? permit : deny('nothing_said')),
    record: {
      attempt: async () => newId('event'),
      outcome: async (_, end) => void ended.push(end),
      after: (end) => void ended.push(end),
      refused: () => undefined,
    },
    transaction: (work) => database.transaction(work),
    ...{ reached, span: (_: string, work) => work(), counted: () => undefined, ...clock },
  }
  const app = await createHttp({ issuer: ISSUER, onError: (error) => errors.push(error) })
  mount(tokenVaultRoutes(accounts), { app, perform: road(ports), issuer: ISSUER })
  const gateway = createGateway({
    ...{ issuer: ISSUER, connections, outbound, clock, stdioServers: {}, programs: { path: '', homes: '/tmp' } },
    openCredential: accounts.open,
    useRefused: accounts.refused,
    visible: async (...questions) => questions.map(({ ids }) => ids.map(() => false)),
    readers: { active: () => false, membersOf: () => [] },
    decide: () => permit,
    stillValid: () => true,
    onError: (error) => errors.push(error),
    debug: () => undefined,
  })
  await gateway.plugin(app, road(ports))

  const administer = road({ ...ports, authenticate: () => nobody, decide: () => permit })
  const tables = [
    directoryRoutes(passwordKeeping(), async (tx, user) => ({
      accounts: (await accounts.markRevoking(tx, { user }, clock.now())).length,
    })),
    connectionRoutes({
      ...{ issuer: ISSUER, outbound, stdioNames: new Set<string>() },
      credentials: accounts.forgetting(credentialKeeping(sealing)),
      checkUpstream: (url) =>
        outbound.checkUrl(url).then(
          () => undefined,
          (error: Error) => error.message,
        ),
    }),
  ]
  const principalOf = (who: Partial<Principal>): Principal => ({
    ...{ kind: 'user', act: [], client: 'cli_console', scopes: new Set(), authorizationDetails: [] },
    ...{ sub: 'usr_nobody', audience: '', expiresAt: clock.now() / 1000 + 300 },
    ...who,
  })
  const header = (who: Partial<Principal>) => {
    const value = `Bearer token-${tokens.size}`
    tokens.set(value, principalOf(who))
    return value
  }

  return {
    ...{ app, accounts, connections, database, ended, tail },
    /** What an administrator does, by the operation of that route. */
    async admin(route: string, input: Record<string, unknown>): Promise<Record<string, unknown>> {
      const found = tables.flatMap(({ routes }) => routes).find(({ method, path }) => `${method} ${path}` === route)
      if (!found) throw new Error(`there is no ${route}`)
      const call = { credentials: { audience: '' }, input, correlation: 'req_1', remote: '::1' }
      return ((await administer(found.operation, call)) ?? {}) as Record<string, unknown>
    },
    /** A new session of this person, as a browser's cookie. */
    async signIn(user: UserId): Promise<string> {
      const signedIn = { user, amr: ['pwd'], position: tail.position, remote: '::1' }
      return `mandate_session=${await database.transaction((tx) => sessions.begin(tx, signedIn))}`
    },
    page: (method: 'GET' | 'POST', url: string, cookie: string, form: Record<string, string> = {}) =>
      app.inject({
        ...{ method, url },
        headers: { cookie, origin: ISSUER, 'content-type': 'application/x-www-form-urlencoded' },
        ...(method === 'POST' && { payload: new URLSearchParams(form).toString() }),
      }),
    /** The management API, as this person. */
    api: (method: 'GET' | 'DELETE', path: string, who: Partial<Principal>) =>
      app.inject({
        ...{ method, url: `/api/v1${path}` },
        headers: { authorization: header({ audience: `${ISSUER}/api`, ...who }) },
      }),
    /** A call of an agent, for this person or for nobody. */
    call: (connection: string, path: string, who: Partial<Principal>) =>
      app.inject({
        ...{ method: 'GET' as const, url: `/proxy/${connection}${path}` },
        headers: {
          authorization: header({
            act: [{ sub: 'agt_bot' }],
            client: 'agt_bot',
            audience: `${ISSUER}/mcp/${connection}`,
            ...who,
          }),
        },
      }),
    async close() {
      await gateway.close()
      await app.close()
      await tail.stop()
      await outbound.close()
    },
  }
}

export async function openHouse({ kind, claimMs = 30_000 }: { kind?: TestKind; claimMs?: number } = {}) {
  const ground = await testDatabase({ migrations: MIGRATIONS, ...(kind && { kind }) })
  const provider = await startProvider()
  const errors: unknown[] = []
  let at = Date.UTC(2026, 10, 26)
  const clock = { now: () => at, elapsed: () => performance.now() }
  const [key, nextKey] = [randomBytes(32), randomBytes(32)]
  const standing = { sealing: createSealing(localKeys([key, nextKey])), clock, claimMs, errors }
  const first = await openReplica({ ...standing, database: ground.database })
  const others: (() => Promise<void>)[] = []

  const rows = async (text: string): Promise<Record<string, unknown>[]> =>
    (await ground.database.connected((connection) => connection.query(text))).rows
  let people = 0
  async function person(): Promise<UserId> {
    const { id } = await first.admin('POST /users', { email: `person-${++people}@example.com` })
    return id as UserId
  }
  /** Goes to the provider, says yes there, and returns the address that the browser is sent back to. */
  async function toProvider(name: string, cookie: string, form: Record<string, string> = {}): Promise<string> {
    const started = await first.page('POST', `/connect/${name}`, cookie, form)
    const at = await fetch(started.headers.location ?? '', { redirect: 'manual' })
    return (at.headers.get('location') ?? '').replace(ISSUER, '')
  }
  return {
    ...first,
    ...{ provider, errors, rows, person, toProvider },
    now: clock.now,
    pass: (ms: number) => {
      at += ms
    },
    /** Wraps everything of this room under the next master key; returns how much. */
    rotateMasterKey() {
      const keys = localKeys([nextKey, key])
      const sealing = createSealing(keys)
      return rewrapAll(ground.database, { sealing, columns: tokenVaultRoom.sealed, fingerprint: keys.fingerprint() })
    },
    /** Another process over the same database. */
    async another(): Promise<Replica> {
      const database = await anotherPool(ground.url ?? '')
      const replica = await openReplica({ ...standing, database })
      others.push(async () => {
        await replica.close()
        await database.close()
      })
      return replica
    },
    /** A connection of kind oauth2 to the provider's API. */
    connection: (name: string, more: Record<string, unknown> = {}) =>
      first.admin('POST /connections', {
        ...{ name, kind: 'oauth2', upstream: `${provider.url}/api`, ...CLIENT, scopes: ['crm.read'] },
        provider: provider.url,
        tools: { 'GET /me': { effect: 'read' }, 'GET /echo': { effect: 'read' } },
        ...more,
      }),
    async connected(name: string): Promise<{ user: UserId; cookie: string; account: AccountId }> {
      const user = await person()
      const cookie = await first.signIn(user)
      await first.page('GET', await toProvider(name, cookie), cookie)
      const [row] = await rows(`select id from accounts where user_id = '${user}' and status = 'connected'`)
      return { user, cookie, account: row?.id as AccountId }
    },
    async close() {
      for (const end of others) await end()
      await first.close()
      await ground.close()
      await provider.close()
    },
  }
}
