// A yes that is taken back while it is being used: what comes of it is ended with the rest, or never comes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { ManagedConnections } from '../access/index.ts'
import type { Agents } from '../agents/index.ts'
import type { AgentId, DelegationId, UserId } from '../kernel/ids.ts'
import { CHANGE_LOG, eachDatabase, type TestDatabase, testDatabase } from '../platform/database/test-database.ts'
import { migrationsOf } from '../platform/stored-data.ts'
import { delegations, type FirstHop } from './delegation.ts'
import { oauthRoom } from './index.ts'
import { insertConsent, takeConsentBack } from './store.ts'

const NOW = Date.parse('2026-01-01T00:00:00Z')
const ROUNDS = 40
const AGENT: AgentId = 'agt_1'

eachDatabase('a delegation', (kind) => {
  let ground: TestDatabase
  /** Positions at which ids were revoked. */
  const ended = new Map<string, number>()
  before(async () => {
    ground = await testDatabase({ kind, migrations: [CHANGE_LOG, ...migrationsOf([oauthRoom])] })
  })
  after(() => ground?.close())

  const made = (assigned: boolean) =>
    delegations({
      database: ground.database,
      agents: { assigned: () => assigned } as unknown as Agents,
      managed: { targets: () => new Map() } as unknown as ManagedConnections,
      audienceOf: () => undefined,
      revocations: { dead: (links, position) => [...links].some((link) => (ended.get(link) ?? 0) > position) },
      now: () => NOW,
    })
  const hopOf = (user: UserId, more: Partial<FirstHop> = {}): FirstHop => ({
    user,
    agent: AGENT,
    session: 'ses_1',
    grant: more.session ?? 'grant_1',
    position: 1,
    expiresAt: NOW + 1000,
    ...more,
  })
  const first = (user: UserId, session = 'ses_1', assigned = false): Promise<DelegationId | undefined> =>
    made(assigned)
      .first(hopOf(user, { session }))
      .then(
        ({ id }) => id,
        (error: { error?: string }) => {
          assert.equal(error.error, 'access_denied')
          return undefined
        },
      )
  const sayYes = (user: UserId) => ground.database.transaction((tx) => insertConsent(tx, user, AGENT))
  const takeBack = (user: UserId) => ground.database.transaction((tx) => takeConsentBack(tx, user, AGENT))

  test('is made for who said yes or was assigned, and for nobody else', async () => {
    assert.equal(await first('usr_none'), undefined)
    assert.ok(await first('usr_assigned', 'ses_1', true))
    await sayYes('usr_yes')
    const id = await first('usr_yes')
    assert.deepEqual(await takeBack('usr_yes'), [id])
    assert.equal(await first('usr_yes'), undefined)
    assert.equal(await takeBack('usr_yes'), undefined, 'there is nothing to take back')
  })

  test('that is asked for while the yes is taken back is among those that end, or is refused', async () => {
    let given = 0
    for (let round = 0; round < ROUNDS; round++) {
      const user: UserId = `usr_${round}`
      await sayYes(user)
      const asking = [first(user, 'ses_1'), first(user, 'ses_2')]
      const ended = takeBack(user)
      asking.push(first(user, 'ses_3'))
      const [ids, list] = await Promise.all([Promise.all(asking), ended])
      assert.ok(list)
      for (const id of ids.filter((one) => one !== undefined)) {
        given += 1
        assert.ok(list.includes(id), `${id} lives on after the yes was taken back, round ${round}`)
      }
    }
    assert.ok(given > 0, 'none was given: nothing was raced')
  })

  test('that is known already ends too, and is not given again once the yes is gone', async () => {
    const user: UserId = 'usr_known'
    const kept = made(false)
    const hop = hopOf(user)
    await sayYes(user)
    const { id } = await kept.first(hop)
    assert.equal((await kept.first(hop)).id, id)
    assert.deepEqual(await takeBack(user), [id])
    await assert.rejects(kept.first(hop), { error: 'access_denied' })
  })

  test('of a task that ended is dead for every sign-in of before; a later one of the same session begins another', async () => {
    const kept = made(true)
    const [one, two] = [hopOf('usr_task'), hopOf('usr_task', { grant: 'grant_2', position: 2 })]
    const { task, ...delegation } = await kept.first(one)
    assert.equal((await kept.first(two)).task, task, 'one session and agent have one task')
    ended.set(task, 5)
    const other = made(true)
    for (const replica of [kept, other]) {
      for (const hop of [one, two, hopOf('usr_task', { grant: 'grant_3', position: 4 })])
        await assert.rejects(replica.first(hop), { error: 'invalid_grant' })
      assert.throws(() => replica.check({ task, ...delegation }, []), { error: 'invalid_grant' })
    }
    const later = hopOf('usr_task', { grant: 'grant_4', position: 6 })
    const [again, same] = await Promise.all([kept.first(later), other.first(later)])
    assert.notEqual(again.task, task)
    assert.deepEqual(again, same, 'two replicas begin the same task')
    await assert.rejects(other.first(one), { error: 'invalid_grant' })
  })

  test('reaches nothing that was logged out since the sign-in, however fresh the token', async () => {
    const kept = made(true)
    const before = await kept.first(hopOf('usr_reach', { position: 3 }))
    const after = await kept.first(hopOf('usr_reach', { grant: 'grant_later', position: 9 }))
    ended.set('sign-ins:con_orders', 8)
    assert.throws(() => kept.check(before, [AGENT, 'con_orders']), { error: 'invalid_grant' })
    kept.check(before, [AGENT, 'con_other'])
    kept.check(after, [AGENT, 'con_orders'])
  })
})
