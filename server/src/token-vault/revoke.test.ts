// Ending accounts: nobody uses them from the commit on, and what came of it at the provider is told truthfully.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { AccountId, UserId } from '../kernel/ids.ts'
import { endAccountsOfBefore } from './account-store.ts'
import { type House, openHouse } from './testing/house.ts'
import { CLIENT } from './testing/provider.ts'

describe('ending an account', { timeout: 120_000 }, () => {
  let house: House
  let user: UserId
  let cookie: string
  let account: AccountId
  let crm = ''
  let made = 0
  before(async () => {
    house = await openHouse({ kind: 'embedded' })
  })
  beforeEach(async () => {
    house.provider.reset()
    crm = `crm-${++made}`
    await house.connection(crm)
    ;({ user, cookie, account } = await house.connected(crm))
  })
  after(() => house.close())

  const use = async () => ((await house.call(crm, '/me', { sub: user })).json() as { code?: string }).code
  const remove = async () => {
    const reply = await house.api('DELETE', `/me/accounts/${account}`, { sub: user })
    assert.equal(reply.statusCode, 200, reply.body)
    return reply.json() as { result: string; until?: string; detail?: string }
  }
  const row = async () => (await house.rows(`select * from accounts where id = '${account}'`))[0] ?? {}
  const dead = () => house.provider.families.map((family) => family.dead)
  const again = async () => {
    assert.equal((await house.page('GET', await house.toProvider(crm, cookie), cookie)).statusCode, 303)
  }
  const inUse = async () => {
    const [found] = await house.rows(`select id from accounts where user_id = '${user}' and status = 'connected'`)
    return found?.id as AccountId
  }
  const inAnHour = () => new Date(house.now() + 3_600_000).toISOString()

  it('revokes both tokens at the provider and wipes them here', async () => {
    assert.equal(await use(), undefined)
    assert.deepEqual(await remove(), { system: `token-vault:${crm}`, result: 'revoked', count: 1 })
    assert.equal(house.provider.calls.revoke, 2)
    const [family] = house.provider.families
    assert.deepEqual([family?.dead, family?.access], [true, ''])
    const { status, sealed, result } = await row()
    assert.deepEqual([status, sealed, result], ['revoked', null, 'revoked'])
    assert.equal(await use(), 'not_connected')
    assert.equal((await house.api('DELETE', `/me/accounts/${account}`, { sub: user })).statusCode, 404)
  })

  it('is what the button on the page does', async () => {
    const reply = await house.page('POST', `/connect/${crm}/disconnect`, cookie)
    assert.equal(reply.headers.location, `/connect/${crm}`)
    assert.equal(await use(), 'not_connected')
    assert.equal(house.provider.families[0]?.dead, true)
    assert.equal((await house.page('POST', `/connect/${crm}/disconnect`, cookie)).statusCode, 303)
  })

  it('is told as partial, until the access token runs out, where the provider cannot revoke', async () => {
    const { url } = house.provider
    const oauth = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/token` }
    await house.connection('silent', { provider: undefined, oauth })
    const other = await house.connected('silent')
    const reply = await house.api('DELETE', `/me/accounts/${other.account}`, { sub: other.user })
    const { result, until } = reply.json() as { result: string; until: string }
    assert.deepEqual([result, until], ['partial', inAnHour()])
    assert.deepEqual(await house.rows(`select sealed from accounts where id = '${other.account}'`), [{ sealed: null }])
  })

  it('is told as partial where only the refresh token can be revoked', async () => {
    house.provider.mood.revoke = 'only_refresh'
    const { result, until } = await remove()
    assert.deepEqual([result, until], ['partial', inAnHour()])
    assert.equal(house.provider.families[0]?.dead, true)
  })

  it('is told as pending where the provider is away, ends here at once, and is tried again', async () => {
    house.provider.mood.revoke = 'busy'
    const { result, until } = await remove()
    assert.deepEqual([result, until], ['pending', inAnHour()])
    assert.equal(await use(), 'not_connected')
    await house.accounts.reviseRevocations()
    assert.equal(house.provider.calls.revoke, 1, 'tried before its time')
    house.provider.mood.revoke = 'well'
    house.pass(31_000)
    await house.accounts.reviseRevocations()
    assert.equal(house.provider.families[0]?.dead, true)
    assert.deepEqual([(await row()).status, (await row()).result], ['revoked', 'revoked'])
  })

  it('is told as failed where the provider refuses, and given up in the end without a token kept', async () => {
    house.provider.mood.revoke = 'refuses'
    assert.equal((await remove()).result, 'failed')
    assert.notEqual((await row()).sealed, null)
    for (let i = 0; i < 12; i++) {
      house.pass(3_600_000)
      await house.accounts.reviseRevocations()
    }
    const { status, result, sealed } = await row()
    assert.deepEqual([status, result, sealed], ['revoked', 'failed', null])
    assert.equal(house.provider.calls.revoke, 12)
  })

  it('lets the person connect again while the old grant is still being ended', async () => {
    house.provider.mood.revoke = 'busy'
    await remove()
    await house.page('GET', await house.toProvider(crm, cookie), cookie)
    assert.equal(await use(), undefined)
    house.provider.mood.revoke = 'well'
    house.pass(31_000)
    await house.accounts.reviseRevocations()
    assert.deepEqual(
      house.provider.families.map(({ dead }) => dead),
      [true, false],
    )
    assert.equal(await use(), undefined)
  })

  it('in the middle of a renewal ends what the renewal brought', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    house.provider.mood.hold = promise
    house.pass(3_600_000)
    const called = house.provider.nextCall()
    const slow = use()
    await called
    const ended = remove()
    while ((await row()).status !== 'revoking') await new Promise((done) => setImmediate(done))
    house.provider.mood.hold = undefined
    resolve()
    assert.equal(await slow, 'not_connected')
    assert.equal((await ended).result, 'revoked')
    assert.deepEqual([house.provider.families[0]?.dead, house.provider.families[0]?.access], [true, ''])
  })

  it('of everybody at a connection, or everything of a person, stands in the transaction that ends the rest', async () => {
    const other = await house.connected(crm)
    await house.connection('mail')
    const { database, accounts } = house
    const undone = database.transaction(async (tx) => {
      await accounts.markRevoking(tx, { user }, house.now())
      throw new Error('the logout failed')
    })
    await assert.rejects(undone, /the logout failed/)
    assert.equal(await use(), undefined)

    const connection = house.connections.byName(crm)?.id
    assert.ok(connection)
    const ids = await database.transaction((tx) => accounts.markRevoking(tx, { connection }, house.now()))
    assert.deepEqual(new Set(ids), new Set([account, other.account]))
    const results = await accounts.finishRevoking(ids)
    assert.deepEqual(
      results
        .map(({ user, connection, result }) => ({ user, connection, result }))
        .toSorted((a, b) => (a.user < b.user ? -1 : 1)),
      [user, other.user].toSorted().map((each) => ({ user: each, connection: crm, result: 'revoked' })),
    )
    await assert.rejects(
      database.transaction((tx) => accounts.markRevoking(tx, {}, house.now())),
      /needs a person/,
    )
  })

  it('begun by a process that died is finished by the next', async () => {
    await house.database.transaction((tx) => house.accounts.markRevoking(tx, { user }, house.now()))
    await house.accounts.reviseRevocations()
    assert.equal(house.provider.families[0]?.dead, true)
    assert.equal((await row()).status, 'revoked')
  })

  it('does not send tokens to a provider the connection did not have', async () => {
    const { id } = house.connections.byName(crm) ?? {}
    const { url } = house.provider
    const oauth = {
      authorization_endpoint: `${url}/authorize`,
      token_endpoint: `${url}/token`,
      revocation_endpoint: `${url}/collect`,
    }
    await house.admin('PATCH /connections/{id}', { id, oauth, client_secret: 'mine' })
    const { result, until } = await remove()
    assert.deepEqual([result, until], ['partial', inAnHour()])
    assert.equal(house.provider.seen.filter((line) => line.includes('collect')).length, 0)
  })

  describe('of which a restore wiped the tokens', () => {
    beforeEach(() => house.database.transaction((tx) => endAccountsOfBefore(tx)))

    it('is told as partial, for nobody told the provider', async () => {
      assert.equal(await use(), 'needs_reconnect')
      const { result, until, detail } = await remove()
      assert.deepEqual([result, until], ['partial', undefined])
      assert.match(detail ?? '', /end it at the provider/)
      assert.equal(house.provider.calls.revoke, 0)
      assert.deepEqual([(await row()).status, (await row()).result], ['revoked', 'partial'])
    })

    it('is told as partial also where it was connected again first', async () => {
      await again()
      await house.accounts.reviseRevocations()
      assert.deepEqual([(await row()).status, (await row()).result], ['revoked', 'partial'])
      assert.equal(await use(), undefined)
    })
  })

  describe('that was connected again', () => {
    it('holds the grant of before until its successor ends, and then ends both', async () => {
      house.provider.mood.whole = true
      await again()
      house.pass(3_600_000)
      await house.accounts.reviseRevocations()
      assert.deepEqual(dead(), [false, false], 'where one token takes everything along, the new grant would be dead')
      assert.equal(await use(), undefined)
      house.provider.mood.whole = false
      const { status, reason, sealed } = await row()
      assert.deepEqual([status, reason], ['revoking', 'replaced'])
      assert.notEqual(sealed, null)
      const first = account
      account = await inUse()
      assert.equal((await remove()).result, 'revoked')
      assert.deepEqual(dead(), [true, true])
      for (const id of [first, account]) {
        account = id
        assert.deepEqual([(await row()).status, (await row()).sealed], ['revoked', null])
      }
    })

    it('is never used, nor renewed', async () => {
      await again()
      house.pass(3_600_000)
      assert.deepEqual((await house.call(crm, '/me', { sub: user })).json(), { person: 'person-1' })
      assert.equal(house.provider.calls.refresh, 1)
    })

    it('can be ended by itself, and only by its owner', async () => {
      await again()
      const other = await house.person()
      assert.equal((await house.api('DELETE', `/me/accounts/${account}`, { sub: other })).statusCode, 404)
      assert.deepEqual(dead(), [false, false])
      assert.equal((await remove()).result, 'revoked')
      assert.deepEqual(dead(), [true, false])
      assert.equal(await use(), undefined)
    })

    it('ends when everything of the person does, or of the connection', async () => {
      for (const which of [{ user }, { connection: house.connections.byName(crm)?.id }] as const) {
        await again()
        const ids = await house.database.transaction((tx) => house.accounts.markRevoking(tx, which, house.now()))
        assert.ok(ids.length >= 1)
        await house.accounts.finishRevoking(ids)
        assert.deepEqual(new Set(dead()), new Set([true]))
      }
    })

    it('is told as the worse of the two', async () => {
      await again()
      house.provider.mood.revoke = 'busy'
      const first = account
      account = await inUse()
      assert.equal((await remove()).result, 'pending')
      const [ending] = await house.rows(`select reason from accounts where id = '${first}'`)
      assert.deepEqual(ending, { reason: null }, 'it is being ended by now, and listed so')
      house.provider.mood.revoke = 'well'
      house.pass(31_000)
      await house.accounts.reviseRevocations()
      assert.deepEqual(dead(), [true, true])
    })

    it('is due once the provider has ended its successor', async () => {
      await again()
      const [, family] = house.provider.families
      if (family) family.dead = true
      house.pass(3_600_000)
      assert.equal(await use(), 'needs_reconnect')
      await house.accounts.reviseRevocations()
      assert.deepEqual(dead(), [true, true])
      assert.equal((await row()).status, 'revoked')
    })

    it('after the provider had ended it leaves nothing behind', async () => {
      const [family] = house.provider.families
      if (family) family.dead = true
      house.pass(3_600_000)
      assert.equal(await use(), 'needs_reconnect')
      await again()
      assert.deepEqual(await row(), {})
      assert.equal(await use(), undefined)
    })

    it('as another client is told as partial: its tokens are shown to nobody else', async () => {
      const { id } = house.connections.byName(crm) ?? {}
      const { url } = house.provider
      const oauth = {
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        revocation_endpoint: `${url}/revoke?other`,
      }
      await house.admin('PATCH /connections/{id}', { id, oauth, client_secret: CLIENT.client_secret })
      assert.equal(await use(), 'needs_reconnect')
      await again()
      await house.accounts.reviseRevocations()
      assert.deepEqual([(await row()).status, (await row()).result], ['revoked', 'partial'])
      assert.equal(house.provider.calls.revoke, 0)
      assert.equal(await use(), undefined)
    })

    it('in two browsers at once is in use once, and every grant can be ended', async () => {
      const [one, two] = [await house.toProvider(crm, cookie), await house.toProvider(crm, cookie)]
      const replies = await Promise.all([house.page('GET', one, cookie), house.page('GET', two, cookie)])
      assert.deepEqual(
        replies.map(({ statusCode }) => statusCode),
        [303, 303],
      )
      account = await inUse()
      assert.equal((await remove()).result, 'revoked')
      assert.deepEqual(dead(), [true, true, true])
    })

    it('in the middle of a renewal ends what the renewal brought', async () => {
      const { promise, resolve } = Promise.withResolvers<void>()
      house.pass(3_600_000)
      const back = await house.toProvider(crm, cookie)
      house.provider.mood.hold = promise
      const called = house.provider.nextCall()
      const slow = use()
      await called
      house.provider.mood.hold = undefined
      await house.page('GET', back, cookie)
      resolve()
      assert.equal(await slow, undefined)
      account = await inUse()
      assert.equal((await remove()).result, 'revoked')
      assert.deepEqual(dead(), [true, true])
    })
  })

  it('is what becomes of a new grant that could not be kept, and the one before goes on', async () => {
    const back = await house.toProvider(crm, cookie)
    await house.rows("alter table accounts add constraint full_disk check (status <> 'connected') not valid")
    assert.equal((await house.page('GET', back, cookie)).statusCode, 500)
    await house.rows('alter table accounts drop constraint full_disk')
    assert.deepEqual(dead(), [false, true])
    assert.equal(await use(), undefined)
    assert.equal(await inUse(), account)
  })
})
