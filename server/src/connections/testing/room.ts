// The room on a database in memory, with the road and the change log; the vault's side keeps what it is given.
import type { Credential } from '@mandate/contract'
import { permit } from '../../kernel/decision.ts'
import type { ConnectionId } from '../../kernel/ids.ts'
import { nobody, road } from '../../pipeline/index.ts'
import { followRevocations, Tail } from '../../platform/changes/index.ts'
import { CHANGE_LOG, embeddedDatabase } from '../../platform/database/test-embedded.ts'
import { createOutbound } from '../../platform/outbound/index.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { followConnections } from '../connections.ts'
import { connectionsRoom } from '../index.ts'
import { connectionRoutes } from '../routes.ts'

export async function openRoom() {
  const clock = { now: () => Date.parse('2026-01-01T00:00:00Z'), elapsed: () => performance.now() }
  const onError = (error: Error) => {
    throw error
  }
  const database = await embeddedDatabase([CHANGE_LOG, ...migrationsOf([connectionsRoom])])
  const tail = new Tail({ database, clock, maxStalenessMs: 1000, onError })
  const connections = followConnections()
  const revocations = followRevocations()
  for (const follower of [connections, revocations]) tail.follow(follower)
  await tail.start()

  const outbound = createOutbound({
    allowedPrivateHosts: ['127.0.0.1'],
    defaultTimeoutMs: 5_000,
    defaultMaxBytes: 1_000_000,
    userAgent: 'mandate-test',
  })
  const kept = new Map<ConnectionId, Credential>()
  const routes = connectionRoutes({
    issuer: 'https://id.example',
    stdioNames: new Set(['files']),
    outbound,
    checkUpstream: async (url) => (url.includes('169.254.') ? 'must not be a link-local address' : undefined),
    credentials: {
      seal: async (_, credential) => Buffer.from(JSON.stringify(credential)).toString('base64'),
      keep: async (_, connection, { sealed }) =>
        void kept.set(connection, JSON.parse(Buffer.from(sealed, 'base64').toString())),
      end: async () => undefined,
      forget: async (_, connection) => void kept.delete(connection),
    },
  }).routes
  const perform = road({
    authenticate: () => nobody,
    decide: () => permit,
    record: { attempt: async () => 'evt_1', outcome: async () => {}, after: () => {}, refused: () => {} },
    transaction: (work) => database.transaction(work),
    reached: (position) => tail.reached(position),
    span: (_, work) => work(),
    counted: () => {},
    now: clock.now,
    elapsed: clock.elapsed,
  })

  return {
    database,
    tail,
    connections,
    revocations,
    /** What the vault was given, by connection. */
    kept,
    async close() {
      await tail.stop()
      await outbound.close()
      await database.close()
    },
    /** Calls the operation of a route, `PATCH /connections/{id}`, as its door would. */
    async call(route: string, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
      const operation = routes.find(({ method, path }) => `${method} ${path}` === route)?.operation
      if (!operation) throw new Error(`there is no route ${route}`)
      const call = { credentials: { audience: '/api' }, input, correlation: 'test', remote: '127.0.0.1' }
      return ((await perform(operation, call)) ?? {}) as Record<string, unknown>
    },
    /** What a replica that starts now would hold. */
    async fresh() {
      const loaded = followConnections()
      const install = await database.snapshot((tx) => loaded.load(tx))
      install(tail.position)
      return loaded
    },
  }
}
