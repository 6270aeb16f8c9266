// A server with this room alone, for tests: real database, change log, road and HTTP; everyone is let in.
import assert from 'node:assert/strict'
import { systemClock } from '../../kernel/clock.ts'
import { permit } from '../../kernel/decision.ts'
import { type Ended, mount, nobody, road } from '../../pipeline/index.ts'
import { newestPosition, Tail } from '../../platform/changes/index.ts'
import type { Database } from '../../platform/database/index.ts'
import { CHANGE_LOG, embeddedDatabase } from '../../platform/database/test-embedded.ts'
import { createHttp } from '../../platform/http/index.ts'
import { listening, type Received, requester, type Sent } from '../../platform/http/request-for-tests.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { createMetrics } from '../../platform/telemetry/index.ts'
import { followRelationships } from '../cache/relationships.ts'
import { relationshipsRoom } from '../index.ts'
import { caughtUp } from '../questions/consistency.ts'
import { relationshipRoutes } from '../routes.ts'
import { documents, tuple } from './models.ts'

/** What is thrown into a test's face instead of into a log. */
const onError = (error: unknown) => {
  throw error
}

export interface ReplicaGiven {
  /** Bytes that tuples may take; plenty without it. */
  limit?: number
  /** Tuples read at a time. */
  atOnce?: number
  /** What stands between its loads and the database. */
  reading?(database: Database): Pick<Database, 'transaction'>
  onError?(error: unknown): void
  stillValid?(): boolean
  /** Where it listens; on a port of its own without it. */
  socketPath?: string
}

export async function openReplica() {
  const database = await embeddedDatabase([CHANGE_LOG, ...migrationsOf([relationshipsRoom])])
  const replicas: ReturnType<typeof followOn>[] = []
  return {
    database,
    /** A further replica that follows the same log. */
    async follow(given: ReplicaGiven = {}) {
      const replica = followOn(database, given)
      await replica.tail.start()
      replicas.push(replica)
      return replica
    },
    async close() {
      for (const { relationships, tail } of replicas) {
        await relationships.stop()
        await tail.stop()
      }
      await database.close()
    },
  }
}

/** A replica on `database`, its tail not yet started. */
export function followOn(database: Database, given: ReplicaGiven = {}) {
  const { limit = 2 ** 30, atOnce, reading = () => database, onError: told = onError } = given
  const tail = new Tail({ database, clock: systemClock, maxStalenessMs: 60_000, onError: told })
  const metrics = createMetrics({ processMetrics: false })
  const newest = () => newestPosition(database)
  const relationships = followRelationships({
    ...{ database: reading(database), limit, atOnce, metrics, onError: told, elapsed: systemClock.elapsed },
    reached: (position) => tail.reached(position, 10_000),
  })
  tail.follow(relationships)
  const asked = caughtUp({ reached: (position) => tail.reached(position, 10_000), newest })
  return { relationships, tail, metrics, memory: { relationships, caughtUp: asked, stillValid: () => true } }
}

export type Served = Awaited<ReturnType<typeof served>>

type Headers = Record<string, string>

export async function served(given: ReplicaGiven = {}) {
  const { database, follow, close } = await openReplica()
  const { relationships, tail, metrics } = await follow(given)
  const ended: Ended[] = []
  const failures: unknown[] = []
  const perform = road({
    authenticate: () => ({ ...nobody, sub: 'cli_test' }),
    decide: () => permit,
    record: {
      attempt: async () => 'evt_test',
      outcome: async (_, end) => void ended.push(end),
      after: (end) => void ended.push(end),
      refused: () => {},
    },
    transaction: (work) => database.transaction(work),
    reached: (position) => tail.reached(position),
    span: (_, work) => work(),
    counted: () => {},
    now: systemClock.now,
    elapsed: systemClock.elapsed,
  })
  const issuer = 'http://localhost:4000'
  const app = await createHttp({ issuer, onError: (error) => void failures.push(error) })
  const newest = () => newestPosition(database)
  const { stillValid = () => true } = given
  const reached = (position: number) => tail.reached(position, 50)
  mount([relationshipRoutes({ relationships, newest, reached, stillValid })], {
    app,
    perform,
    issuer,
  })
  const listen = listening(app, given.socketPath)
  const send = requester(app, listen)
  return {
    /** Its URL. */
    listen,
    send,
    ...{ database, relationships, tail, metrics },
    /** Outcomes as they were recorded. */
    ended,
    ...clientOf(send),
    /** Fails where the server failed: no request may cause an error of ours. */
    async close() {
      await app.close()
      await close()
      assert.deepEqual(failures, [])
    },
  }
}

/** Calls to the API, answered with status, body and position. */
function clientOf(send: (sent: Sent) => Promise<Received>) {
  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, payload?: object, headers?: Headers) {
    const reply = await send({ method, url: `/fga${path}`, payload, headers })
    return {
      status: reply.statusCode,
      body: reply.body === '' ? undefined : reply.json(),
      position: Number(reply.headers['x-mandate-position']),
    }
  }
  const post = (path: string, payload: object = {}, headers?: Headers) => call('POST', path, payload, headers)
  return {
    post,
    get: (path: string, headers?: Headers) => call('GET', path, undefined, headers),
    remove: (path: string) => call('DELETE', path),
    /** A new store with a model, and short ways to use it; tuples as `document:1#viewer@user:anne`. */
    async freshStore(body: object = documents) {
      const { id } = (await post('/stores', { name: 'test store' })).body
      const at = `/stores/${id}`
      const { authorization_model_id } = (await post(`${at}/authorization-models`, body)).body
      return {
        at,
        model: authorization_model_id as string,
        write: (writes: string[], more: object = {}) =>
          post(`${at}/write`, { writes: { tuple_keys: writes.map(tuple), ...more } }),
        erase: (deletes: string[], more: object = {}) =>
          post(`${at}/write`, { deletes: { tuple_keys: deletes.map(tuple), ...more } }),
        check: (text: string, more: object = {}) => post(`${at}/check`, { tuple_key: tuple(text), ...more }),
      }
    },
  }
}
