// Using a connected account: renewed in time, once for everybody, and lost to nobody's bad minute.
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import type { UserId } from '../kernel/ids.ts'
import { type House, openHouse } from './testing/house.ts'
import { CLIENT } from './testing/provider.ts'

const HOUR = 3_600_000

describe('using a connected account', { timeout: 120_000 }, () => {
  let house: House
  let user: UserId
  let cookie: string
  let crm = ''
  let made = 0
  before(async () => {
    house = await openHouse({ kind: 'embedded' })
  })
  beforeEach(async () => {
    house.provider.reset()
    crm = `crm-${++made}`
    await house.connection(crm)
    ;({ user, cookie } = await house.connected(crm))
  })
  after(() => house.close())

  const use = (path = '/me', sub: UserId = user) => house.call(crm, path, { sub })
  const problem = async (path?: string) => {
    const reply = await use(path)
    return { status: reply.statusCode, ...(reply.json() as { code: string; connect_uri?: string; reason?: string }) }
  }
  const row = async () =>
    (await house.rows(`select * from accounts where user_id = '${user}' order by id desc`))[0] ?? {}

  it('sends that person’s token, and nothing of the agent’s', async () => {
    const other = await house.connected(crm)
    assert.deepEqual((await use()).json(), { person: 'person-0' })
    assert.deepEqual((await use('/me', other.user)).json(), { person: 'person-1' })
    assert.equal(house.provider.calls.refresh, 0)
  })

  it('is refused before anything is sent where nobody is connected, or an agent acts for itself', async () => {
    const before = house.provider.calls.api
    const nobody = await use('/me', await house.person())
    const alone = await house.call(crm, '/me', { sub: 'agt_bot', kind: 'agent' })
    for (const reply of [nobody, alone]) {
      assert.equal(reply.statusCode, 403)
      const { code, connect_uri } = reply.json() as { code: string; connect_uri: string }
      assert.deepEqual([code, connect_uri], ['not_connected', `http://localhost:4000/connect/${crm}`])
    }
    assert.equal(house.provider.calls.api, before)
  })

  it('does not hand the token to an agent when the upstream echoes it', async () => {
    const reply = await use('/echo')
    assert.equal(reply.statusCode, 502)
    assert.ok(!reply.body.includes('canary'))
  })

  it('renews once for a hundred calls at once', async () => {
    house.pass(HOUR)
    const replies = await Promise.all(Array.from({ length: 100 }, () => use()))
    assert.deepEqual(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
    assert.equal(house.provider.calls.refresh, 1)
    assert.equal(house.provider.families[0]?.dead, false)
  })

  it('renews in the last minute, and not before', async () => {
    house.pass(HOUR - 61_000)
    assert.equal((await use()).statusCode, 200)
    assert.equal(house.provider.calls.refresh, 0)
    house.pass(2_000)
    assert.equal((await use()).statusCode, 200)
    assert.equal(house.provider.calls.refresh, 1)
  })

  it('does not renew at every call where tokens live for less than a minute', async () => {
    house.provider.mood.expiresIn = 40
    house.pass(HOUR)
    for (let i = 0; i < 5; i++) assert.equal((await use()).statusCode, 200)
    assert.equal(house.provider.calls.refresh, 1)
  })

  it('keeps the refresh token that came, or the old one where none came', async () => {
    house.pass(HOUR)
    assert.equal((await use()).statusCode, 200)
    house.provider.mood.refresh = 'keeps_refresh'
    for (let i = 0; i < 2; i++) {
      house.pass(HOUR)
      assert.equal((await use()).statusCode, 200)
    }
    assert.equal(house.provider.calls.refresh, 3)
  })

  it('does not hold the database while the provider thinks', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    house.provider.mood.hold = promise
    house.pass(HOUR)
    const called = house.provider.nextCall()
    const slow = use()
    await called
    // One connection in all: were a transaction open, this would wait for ever.
    assert.equal((await house.api('GET', '/me/accounts', { sub: user })).statusCode, 200)
    const other = await house.rows('select count(*)::int as n from accounts where claimed_until > now()')
    assert.deepEqual(other, [{ n: 1 }])
    resolve()
    assert.equal((await slow).statusCode, 200)
  })

  const DEAD: [number, object, string][] = [
    [403, { error: 'unauthorized_client', error_description: 'refresh_token is invalid' }, 'unauthorized_client'],
    [400, { status: 'BAD_REFRESH_TOKEN', message: 'missing or invalid refresh token' }, 'BAD_REFRESH_TOKEN'],
    [200, { ok: false, error: 'token_revoked' }, 'token_revoked'],
    [400, { error: 'interaction_required' }, 'interaction_required'],
  ]
  for (const [status, body, reason] of DEAD)
    it(`asks for the account again, and the provider no more, after ${status} ${JSON.stringify(body)}`, async () => {
      const [family] = house.provider.families
      if (family) family.dead = true
      house.provider.mood.refusal = [status, body]
      house.pass(HOUR)
      assert.deepEqual([(await problem()).code, (await problem()).reason], ['needs_reconnect', reason])
      assert.equal(house.provider.calls.refresh, 1)
    })

  const OPERATORS: [number, object | string][] = [
    [401, { error: 'invalid_client', error_description: 'Client authentication failed' }],
    [403, '<html><body>Access denied</body></html>'],
  ]
  for (const [status, body] of OPERATORS)
    it(`leaves the account connected after ${status} ${JSON.stringify(body)}`, async () => {
      const [family] = house.provider.families
      if (family) family.dead = true
      house.provider.mood.refusal = [status, body]
      house.pass(HOUR)
      assert.equal((await problem()).code, 'upstream_failed')
      if (family) family.dead = false
      assert.equal((await use()).statusCode, 200, 'the operator mended it')
    })

  it('asks for the account again when the provider has ended the grant', async () => {
    const [family] = house.provider.families
    if (family) family.dead = true
    house.pass(HOUR)
    const { status, code, connect_uri, reason } = await problem()
    assert.deepEqual(
      { status, code, connect_uri, reason },
      {
        status: 403,
        code: 'needs_reconnect',
        connect_uri: `http://localhost:4000/connect/${crm}`,
        reason: 'invalid_grant',
      },
    )
    assert.equal((await problem()).code, 'needs_reconnect')
    assert.equal(house.provider.calls.refresh, 1)
    assert.ok((await house.page('GET', `/connect/${crm}`, cookie)).body.includes(`Connect your ${crm} account again`))
    await house.page('GET', await house.toProvider(crm, cookie), cookie)
    assert.equal((await use()).statusCode, 200)
  })

  it('changes nothing when the provider is busy, and says when to come again', async () => {
    house.provider.mood.refresh = 'busy'
    house.pass(HOUR)
    const before = await row()
    const reply = await use()
    assert.equal(reply.statusCode, 502)
    assert.equal(reply.headers['retry-after'], '7')
    const { fence: _, ...after } = await row()
    const { fence: __, ...was } = before
    assert.deepEqual(after, was)
    house.provider.mood.refresh = 'well'
    assert.equal((await use()).statusCode, 200)
  })

  it('goes on with a token that is still good while the provider is busy', async () => {
    house.provider.mood.refresh = 'busy'
    house.pass(HOUR - 30_000)
    assert.equal((await use()).statusCode, 200)
    house.pass(26_000)
    assert.equal((await use()).statusCode, 502)
  })

  it('survives an answer that was lost after the rotation, where the provider gives grace', async () => {
    Object.assign(house.provider.mood, { refresh: 'lost', grace: true })
    house.pass(HOUR)
    assert.equal((await use()).statusCode, 502)
    house.provider.mood.refresh = 'well'
    assert.equal((await use()).statusCode, 200)
  })

  it('says so where the provider gives none', async () => {
    house.provider.mood.refresh = 'lost'
    house.pass(HOUR)
    await use()
    house.provider.mood.refresh = 'well'
    assert.equal((await problem()).code, 'needs_reconnect')
  })

  it('takes over from whoever died with the claim, once that lapses and not before', async () => {
    house.pass(HOUR)
    const [claim] = await house.rows(
      `update accounts set fence = fence + 1, claimed_until = now() + interval '700 milliseconds'
       where user_id = '${user}' returning claimed_until`,
    )
    assert.ok(claim?.claimed_until instanceof Date)
    const lapse = claim.claimed_until.toISOString()
    const replies = await Promise.all([use(), use()])
    assert.deepEqual(new Set(replies.map(({ statusCode }) => statusCode)), new Set([200]))
    assert.equal(house.provider.calls.refresh, 1)
    assert.deepEqual(await house.rows(`select now() >= '${lapse}' as lapsed`), [{ lapsed: true }])
  })

  it('stores nothing for who lost the claim meanwhile', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    Object.assign(house.provider.mood, { hold: promise, grace: true })
    house.pass(HOUR)
    const called = house.provider.nextCall()
    const slow = use()
    await called
    await house.rows(`update accounts set fence = fence + 1, claimed_until = null where user_id = '${user}'`)
    house.provider.mood.hold = undefined
    resolve()
    assert.equal((await slow).statusCode, 200)
    assert.equal((await row()).version, 2)
    assert.equal(house.provider.calls.refresh, 2)
  })

  describe('when the upstream refuses the token', () => {
    it('renews it for the next call', async () => {
      house.provider.forgetAccess()
      assert.equal((await problem()).code, 'upstream_failed')
      assert.equal((await use()).statusCode, 200)
      assert.equal(house.provider.calls.refresh, 1)
    })

    it('costs nobody the account, however often, while the provider goes on giving tokens', async () => {
      house.provider.mood.api = 'refuses_all'
      for (let n = 0; n < 5; n++) assert.equal((await problem()).code, 'upstream_failed')
      assert.equal(house.provider.calls.refresh, 1, 'a new one that is refused as well is not renewed at every call')
      assert.equal((await row()).status, 'connected')
      house.pass(5 * 60_000)
      for (let n = 0; n < 5; n++) assert.equal((await problem()).code, 'upstream_failed')
      assert.equal(house.provider.calls.refresh, 2)
      house.provider.mood.api = 'well'
      assert.equal((await use()).statusCode, 200)
    })

    it('asks for the account again once the provider says that the grant has ended', async () => {
      house.provider.mood.api = 'refuses_all'
      await problem()
      const [family] = house.provider.families
      if (family) family.dead = true
      assert.deepEqual([(await problem()).code, (await problem()).reason], ['needs_reconnect', 'invalid_grant'])
    })

    it('for reasons of the path, renews at most once in five minutes and goes on with the token it has', async () => {
      house.provider.mood.api = 'for_its_own_reasons'
      for (let n = 0; n < 4; n++) assert.equal((await problem()).code, 'upstream_failed')
      assert.equal(house.provider.calls.refresh, 1)
      house.pass(5 * 60_000)
      assert.equal((await problem()).code, 'upstream_failed')
      Object.assign(house.provider.mood, { refresh: 'busy', api: 'well' })
      assert.equal((await use()).statusCode, 200, 'a provider that is away does not make a good token useless')
      assert.equal((await row()).status, 'connected')
    })

    describe('and it cannot be renewed', () => {
      beforeEach(async () => {
        ;({ user } = await house.connected(crm))
        await house.rows(`update accounts set refreshable = false where user_id = '${user}'`)
      })

      it('asks for the account again where the upstream says that the token is none', async () => {
        house.provider.forgetAccess()
        assert.equal((await problem()).code, 'upstream_failed')
        assert.deepEqual(
          [(await problem()).code, (await problem()).reason],
          ['needs_reconnect', 'access_token_refused'],
        )
      })

      it('keeps the account where it only says no', async () => {
        house.provider.mood.api = 'for_its_own_reasons'
        for (let n = 0; n < 3; n++) assert.equal((await problem()).code, 'upstream_failed')
        house.provider.mood.api = 'well'
        assert.equal((await use()).statusCode, 200)
        assert.equal(house.provider.calls.refresh, 0)
      })
    })

    it('counts calls that come at once as one refusal', async () => {
      house.provider.forgetAccess()
      await Promise.all([use(), use(), use()])
      assert.equal((await use()).statusCode, 200)
    })
  })

  describe('when the connection is changed', () => {
    const patch = async (more: Record<string, unknown>) => {
      const [found] = await house.rows(`select id from connections where name = '${crm}'`)
      await house.admin('PATCH /connections/{id}', { id: found?.id, ...more })
    }

    it('to another upstream, sends people’s tokens nowhere until they connect again', async () => {
      const before = house.provider.calls.api
      await patch({ upstream: 'http://127.0.0.1:9/api' })
      const { code, reason } = await problem()
      assert.deepEqual([code, reason], ['needs_reconnect', 'connection_changed'])
      assert.equal(house.provider.calls.api, before)
      const listed = (await house.api('GET', '/me/accounts', { sub: user })).json() as { items: { status: string }[] }
      assert.equal(listed.items[0]?.status, 'needs_reconnect')
      await patch({ upstream: `${house.provider.url}/api` })
      assert.equal((await use()).statusCode, 200)
    })

    it('to another path of the same upstream, goes on', async () => {
      await patch({ upstream: `${house.provider.url}/api/v2` })
      assert.equal((await use()).statusCode, 200)
    })

    it('to another place for tokens, sends the refresh token nowhere', async () => {
      house.pass(HOUR)
      const { url } = house.provider
      const oauth = { authorization_endpoint: `${url}/authorize`, token_endpoint: `${url}/collect` }
      await patch({ oauth, client_secret: 'of the collector' })
      assert.equal((await problem()).code, 'needs_reconnect')
      assert.equal(house.provider.calls.refresh, 0)
    })

    it('to a client the provider does not know, costs nobody their account', async () => {
      house.pass(HOUR)
      await patch({ client_secret: 'mistyped' })
      const { code, status } = await problem()
      assert.deepEqual([code, status], ['upstream_failed', 502])
      await patch({ client_secret: CLIENT.client_secret })
      assert.equal((await use()).statusCode, 200)
    })

    it('by being removed, leaves no account and no attempt behind, here or at the provider', async () => {
      await house.toProvider(crm, cookie)
      const [found] = await house.rows(`select id from connections where name = '${crm}'`)
      await house.admin('DELETE /connections/{id}', { id: found?.id })
      assert.equal(house.provider.families[0]?.dead, true)
      assert.deepEqual(await house.rows(`select id from accounts where user_id = '${user}'`), [])
      assert.deepEqual(await house.rows(`select state_hash from connect_attempts where user_id = '${user}'`), [])
    })
  })

  it('without a refresh token works until it runs out', async () => {
    const again = await house.connected(crm)
    await house.rows(`update accounts set refreshable = false where id = '${again.account}'`)
    house.pass(HOUR - 30_000)
    assert.equal((await use('/me', again.user)).statusCode, 200)
    house.pass(30_000)
    const reply = (await use('/me', again.user)).json() as { code: string; reason: string }
    assert.deepEqual([reply.code, reply.reason], ['needs_reconnect', 'expired'])
    assert.equal(house.provider.calls.refresh, 0)
  })

  it('without a word on its life is used until it is refused', async () => {
    house.provider.mood.expiresIn = null
    house.pass(HOUR)
    assert.equal((await use()).statusCode, 200)
    house.pass(1000 * HOUR)
    assert.equal((await use()).statusCode, 200)
    assert.equal(house.provider.calls.refresh, 1)
    house.provider.forgetAccess()
    await use()
    assert.equal((await use()).statusCode, 200)
  })
})
