// The room on a database in memory, with people, the road and the change log: everything real but who is asking.
import { directoryRoom, insertUser } from '../../directory/index.ts'
import { followPeople } from '../../directory/people.ts'
import { directoryRoutes } from '../../directory/routes.ts'
import { permit } from '../../kernel/decision.ts'
import { newId, type UserId } from '../../kernel/ids.ts'
import { nobody, road } from '../../pipeline/index.ts'
import { followRevocations, Tail } from '../../platform/changes/index.ts'
import { CHANGE_LOG, embeddedDatabase } from '../../platform/database/test-embedded.ts'
import { migrationsOf } from '../../platform/stored-data.ts'
import { followAgents } from '../agents.ts'
import { agentsRoom } from '../index.ts'
import { agentRoutes } from '../routes.ts'

export async function openRoom() {
  let now = Date.parse('2026-01-01T00:00:00Z')
  const clock = { now: () => now, elapsed: () => performance.now() }
  const onError = (error: Error) => {
    throw error
  }
  const database = await embeddedDatabase([CHANGE_LOG, ...migrationsOf([directoryRoom, agentsRoom])])
  const tail = new Tail({ database, clock, maxStalenessMs: 1000, onError })
  const people = followPeople()
  const agents = followAgents({ people, clock })
  const revocations = followRevocations()
  for (const follower of [people, agents, revocations]) tail.follow(follower)
  await tail.start()

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
  const passwords = { hash: async () => '', keep: async () => {} }
  const routes = [agentRoutes(people, async () => {}), directoryRoutes(passwords, async () => ({}))].flatMap(
    (table) => table.routes,
  )

  return {
    database,
    tail,
    people,
    agents,
    revocations,
    pass: (milliseconds: number) => {
      now += milliseconds
    },
    now: clock.now,
    async close() {
      await tail.stop()
      await database.close()
    },
    /** Calls the operation of a route, `POST /agents/{id}/activate`, as its door would. */
    async call(route: string, input: Record<string, unknown> = {}): Promise<Record<string, unknown>> {
      const operation = routes.find(({ method, path }) => `${method} ${path}` === route)?.operation
      if (!operation) throw new Error(`there is no route ${route}`)
      const call = { credentials: { audience: '/api' }, input, correlation: 'test', remote: '127.0.0.1' }
      return ((await perform(operation, call)) ?? {}) as Record<string, unknown>
    },
    async user(email: string): Promise<UserId> {
      const id = newId('user', now)
      let position = 0
      await database.transaction((tx) => {
        tx.committed((at) => {
          position = at ?? 0
        })
        return insertUser(tx, { id, email, name: null, population: 'workforce' })
      })
      await tail.reached(position)
      return id
    },
    /** What a replica that starts now would hold. */
    async fresh() {
      const loaded = followAgents({ people, clock })
      const install = await database.snapshot((tx) => loaded.load(tx))
      install(tail.position)
      return loaded
    },
  }
}
