// Many processes over one PostgreSQL: one renewal for all of them, and one that dies holds up nobody for long.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type House, openHouse } from './testing/house.ts'

describe('renewing on two replicas', { timeout: 120_000 }, () => {
  let house: House
  let second: Awaited<ReturnType<House['another']>>
  before(async () => {
    house = await openHouse({ kind: 'shared', claimMs: 2_000 })
    second = await house.another()
    await house.connection('crm')
  })
  after(() => house.close())

  const both = (sub: `usr_${string}`, count: number) =>
    Promise.all(Array.from({ length: count }, (_, i) => (i % 2 === 0 ? house : second).call('crm', '/me', { sub })))
  const known = async () => {
    const [{ position } = {}] = await house.rows('select max(position)::int as position from changes')
    await second.tail.reached(position as number)
  }

  it('calls the provider once for a hundred users of one expired token', async () => {
    const { user } = await house.connected('crm')
    await known()
    for (let round = 1; round <= 3; round++) {
      house.pass(3_600_000)
      const replies = await both(user, 100)
      assert.deepEqual(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
      assert.equal(house.provider.calls.refresh, round)
    }
    assert.equal(house.provider.families[0]?.dead, false)
  })

  it('keeps one account in use and every other grant to be ended where one person connects on both at once', async () => {
    const user = await house.person()
    const cookie = await house.signIn(user)
    const backs = [1, 2, 3, 4].map(() => house.toProvider('crm', cookie))
    await known()
    const replies = await Promise.all(
      (await Promise.all(backs)).map((back, i) => (i % 2 === 0 ? house : second).page('GET', back, cookie)),
    )
    assert.deepEqual(new Set(replies.map(({ statusCode }) => statusCode)), new Set([303]))
    const rows = await house.rows(`select status, reason, sealed from accounts where user_id = '${user}'`)
    assert.deepEqual(rows.map(({ status }) => status).toSorted(), ['connected', 'revoking', 'revoking', 'revoking'])
    const ids = await house.database.transaction((tx) => house.accounts.markRevoking(tx, { user }, house.now()))
    assert.equal((await house.accounts.finishRevoking(ids)).length, 4)
    assert.deepEqual(new Set(house.provider.families.slice(-4).map(({ dead }) => dead)), new Set([true]))
  })

  it('keeps the claim while the provider thinks for longer than a claim lasts', async () => {
    const { user } = await house.connected('crm')
    await known()
    house.pass(3_600_000)
    const { promise, resolve } = Promise.withResolvers<void>()
    house.provider.mood.hold = promise
    const before = house.provider.calls.refresh
    const called = house.provider.nextCall()
    const slow = both(user, 4)
    await called
    const [claim] = await house.rows(`select claimed_until from accounts where user_id = '${user}'`)
    assert.ok(claim?.claimed_until instanceof Date)
    const lapse = claim.claimed_until.toISOString()
    // Three lives of the claim that was first taken.
    const later = `select now() > '${lapse}'::timestamptz + interval '4 seconds' as later`
    while (!(await house.rows(later))[0]?.later) await house.rows('select pg_sleep(0.1)')
    assert.equal(house.provider.calls.refresh, before + 1)
    house.provider.mood.hold = undefined
    resolve()
    assert.deepEqual(new Set((await slow).map(({ statusCode }) => statusCode)), new Set([200]))
    assert.equal(house.provider.calls.refresh, before + 1)
    assert.equal(house.provider.families.at(-1)?.dead, false)
  })

  it('goes on after the holder of the claim is lost between rotation and store', async () => {
    const { user } = await house.connected('crm')
    await known()
    house.provider.mood.grace = true
    house.pass(3_600_000)
    // A process that was killed: the provider has rotated, nobody will store what it gave, and the claim stands.
    const family = house.provider.families.at(-1)
    family?.used.add(family.refresh)
    Object.assign(family ?? {}, { refresh: 'canary-lost' })
    await house.rows(
      `update accounts set fence = fence + 1, claimed_until = now() + interval '1 second' where user_id = '${user}'`,
    )
    const replies = await both(user, 10)
    assert.deepEqual(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
    house.provider.mood.grace = false
  })

  it('refuses on every replica what one of them disconnected', async () => {
    const { user, account } = await house.connected('crm')
    await known()
    assert.equal((await second.call('crm', '/me', { sub: user })).statusCode, 200)
    await house.api('DELETE', `/me/accounts/${account}`, { sub: user })
    await known()
    assert.equal((await second.call('crm', '/me', { sub: user })).statusCode, 403)
  })

  it('takes a callback once, whichever replicas it reaches', async () => {
    const user = await house.person()
    const cookie = await house.signIn(user)
    await known()
    const callback = await house.toProvider('crm', cookie)
    await known()
    const replies = await Promise.all([house, second, house, second].map(({ page }) => page('GET', callback, cookie)))
    assert.deepEqual(replies.map(({ statusCode }) => statusCode).sort(), [303, 403, 403, 403])
  })

  it('revokes once when both try', async () => {
    const { user } = await house.connected('crm')
    await known()
    const before = house.provider.calls.revoke
    const ids = await house.database.transaction((tx) => house.accounts.markRevoking(tx, { user }, house.now()))
    const results = await Promise.all([house.accounts.finishRevoking(ids), second.accounts.finishRevoking(ids)])
    assert.deepEqual(
      results.flat().map(({ result }) => result),
      ['revoked', 'revoked'],
    )
    assert.equal(house.provider.calls.revoke, before + 2)
  })
})
