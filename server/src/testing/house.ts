// A house with this room in it, on a database of its own: the real road, server, followers and pages; a clock set by hand.

import type { Role } from '@mandate/contract'
import type { FastifyInstance } from 'fastify'
import { authenticationRoom, passwordKeeping } from '../authentication/index.ts'
import { authenticationRoutes } from '../authentication/routes.ts'
import { createSessions } from '../authentication/sessions.ts'
import { directoryRoom } from '../directory/index.ts'
import { followPeople } from '../directory/people.ts'
import { directoryRoutes } from '../directory/routes.ts'
import { systemClock } from '../kernel/clock.ts'
import { deny, permit } from '../kernel/decision.ts'
import type { UserId } from '../kernel/ids.ts'
import { authenticator } from '../oauth/authenticate.ts'
import { mountPages, type PageRoute } from '../pages/mount.ts'
import { pageRoutes } from '../pages/routes/index.ts'
import { type Ended, mount, nobody, type Ports, type Recorded, type RouteTable, road } from '../pipeline/index.ts'
import { followRevocations, Tail } from '../platform/changes/index.ts'
import { CHANGE_LOG, type TestKind, testDatabase } from '../platform/database/test-database.ts'
import { createHttp } from '../platform/http/index.ts'
import { migrationsOf } from '../platform/stored-data.ts'

export const MIGRATIONS = [CHANGE_LOG, ...migrationsOf([directoryRoom]), ...migrationsOf([authenticationRoom])]

export interface Records {
  attempts: Recorded[]
  ended: Ended[]
  refused: { operation: string; reason: string }[]
}

export type House = Awaited<ReturnType<typeof openHouse>>

export interface HouseOptions {
  issuer?: string
  kind?: TestKind
  /** What other rooms offer to pages. */
  offered?: readonly RouteTable[]
  pages?: readonly PageRoute[]
}

export async function openHouse(options: HouseOptions = {}) {
  const { issuer = 'http://localhost:4000', kind, offered = [], pages = pageRoutes } = options
  const { database, close } = await testDatabase({ migrations: MIGRATIONS, ...(kind && { kind }) })
  let at = Date.UTC(2026, 7, 1)
  const clock = { now: () => at, elapsed: () => systemClock.elapsed() }
  const people = followPeople()
  const revocations = followRevocations(systemClock)
  const tail = new Tail({ database, clock: systemClock, maxStalenessMs: 60_000, onError: () => {} })
  tail.follow(people)
  tail.follow(revocations)
  await tail.start()
  const reached = (position: number) => tail.reached(position, 10_000)

  const sessions = createSessions({ database, people, revocations, clock })
  const records: Records = { attempts: [], ended: [], refused: [] }
  const ports: Ports = {
    authenticate: authenticator({
      sessions,
      issuer,
      verify: () => ({ fault: 'there are no tokens here' }) as never,
      assertFresh: () => tail.assertFresh(),
    }).authenticate,
    decide: (_, { resource }) => (resource.startsWith('self:') ? permit : deny('nothing_said')),
    record: {
      attempt: async (recorded) => `evt_${records.attempts.push(recorded)}`,
      outcome: async (_, ended) => void records.ended.push(ended),
      after: (ended) => void records.ended.push(ended),
      refused: ({ operation }, reason) => void records.refused.push({ operation, reason }),
    },
    transaction: (work) => database.transaction(work),
    reached,
    span: (_, work) => work(),
    counted: () => {},
    now: clock.now,
    elapsed: clock.elapsed,
  }
  const failures: unknown[] = []
  const app: FastifyInstance = await createHttp({ issuer, onError: (error) => failures.push(error) })
  const position = () => tail.position
  const tables = authenticationRoutes({ database, sessions, people, issuer, position })
  mount(tables, { app, perform: road(ports), issuer })
  mountPages(pages, { app, perform: road(ports), issuer, tables: [...tables, ...offered], now: clock.now })

  const administer = road({ ...ports, authenticate: () => nobody, decide: () => permit })
  const { routes } = directoryRoutes(passwordKeeping(), async () => ({}))
  /** What an administrator does in the directory, by the operation of that route. */
  function directory(route: string, input: Record<string, unknown>): Promise<unknown> {
    const found = routes.find(({ method, path }) => `${method} ${path}` === route)
    if (!found) throw new Error(`the directory has no ${route}`)
    return administer(found.operation, { credentials: { audience: '' }, input, correlation: 'req_1', remote: '::1' })
  }

  return {
    app,
    clock,
    database,
    directory,
    /** Failures that were ours; a test that is about something else finds none. */
    failures,
    issuer,
    people,
    reached,
    records,
    sessions,
    pass: (ms: number) => {
      at += ms
    },
    /** Rows of a statement, past every rule. */
    rows: async (text: string) => (await database.connected((connection) => connection.query(text))).rows,
    async addPerson(email: string, { password, role }: { password?: string; role?: Role } = {}): Promise<UserId> {
      const { id } = (await directory('POST /users', { email, password })) as { id: UserId }
      if (role) await directory('PUT /roles/{role}/members/{user}', { role, user: id })
      return id
    },
    async close() {
      await app.close()
      await tail.stop()
      await close()
    },
  }
}

export interface Visit {
  cookie?: string | undefined
  /** By default our own origin; null sends none. */
  origin?: string | null
  fetchSite?: string
  remote?: string
}

export function post({ app, issuer }: House, url: string, form: Record<string, string>, visit: Visit = {}) {
  const { cookie, origin = new URL(issuer).origin, fetchSite, remote } = visit
  return app.inject({
    method: 'POST',
    url,
    ...(remote !== undefined && { remoteAddress: remote }),
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      ...(cookie !== undefined && { cookie }),
      ...(origin !== null && { origin }),
      ...(fetchSite !== undefined && { 'sec-fetch-site': fetchSite }),
    },
    payload: new URLSearchParams(form).toString(),
  })
}

export const get = ({ app }: House, url: string, cookie?: string) =>
  app.inject({ method: 'GET', url, headers: cookie === undefined ? {} : { cookie } })

type Reply = Awaited<ReturnType<typeof post>>

export const setCookies = (reply: Reply): string[] => [reply.headers['set-cookie'] ?? []].flat()

/** `name=value` of the session cookie that a reply sets. */
export const cookieOf = (reply: Reply): string => setCookies(reply)[0]?.split(';')[0] ?? ''

/** Another network address each time, so that what is tested is not slowed down by the test before it. */
let hosts = 0
export const elsewhere = (): string => `198.51.${Math.floor(++hosts / 250)}.${hosts % 250}`
