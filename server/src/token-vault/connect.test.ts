// Connecting an account, by a person in a browser, and everything another person could try with it.
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type House, openHouse } from './testing/house.ts'
import { CLIENT } from './testing/provider.ts'

describe('connecting an account', { timeout: 120_000 }, () => {
  let house: House
  before(async () => {
    house = await openHouse()
    await house.connection('crm')
    await house.connection('mail', { oauth: endpoints(), provider: undefined })
  })
  after(() => house.close())

  const endpoints = (more: Record<string, unknown> = {}) => ({
    authorization_endpoint: `${house.provider.url}/authorize`,
    token_endpoint: `${house.provider.url}/token`,
    client_auth: 'basic',
    ...more,
  })
  const accountsOf = (user: string) => house.rows(`select * from accounts where user_id = '${user}'`)
  const me = async (connection: string, user: `usr_${string}`) => {
    const reply = await house.call(connection, '/me', { sub: user })
    return { status: reply.statusCode, body: reply.json() as Record<string, unknown> }
  }

  it('says what it is for, has one button, and leads to the provider and back', async () => {
    const user = await house.person()
    const cookie = await house.signIn(user)
    const page = await house.page('GET', '/connect/crm', cookie)
    assert.equal(page.statusCode, 200)
    for (const part of ['Connect your crm account', 'crm.read', 'GET /me', '(read)', 'name="return_to"'])
      assert.ok(page.body.includes(part), part)
    assert.equal(page.body.match(/<button/g)?.length, 1)
    assert.match(
      String(page.headers['content-security-policy']),
      new RegExp(`form-action 'self' ${house.provider.url}`),
    )

    const started = await house.page('POST', '/connect/crm', cookie)
    assert.equal(started.statusCode, 303)
    const asked = new URL(started.headers.location ?? '').searchParams
    assert.equal(asked.get('response_type'), 'code')
    assert.equal(asked.get('code_challenge_method'), 'S256')
    assert.equal(asked.get('redirect_uri'), 'http://localhost:4000/connect/crm/callback')
    assert.equal(asked.get('scope'), 'crm.read')
    assert.ok((asked.get('state') ?? '').length >= 43)

    const back = await house.page('GET', await house.toProvider('crm', cookie), cookie)
    assert.equal(back.headers.location, '/connect/crm')
    const shown = await house.page('GET', '/connect/crm', cookie)
    assert.ok(shown.body.includes('Your crm account is connected'))
    assert.equal((await me('crm', user)).status, 200)
  })

  it('is listed for its owner alone, without a token', async () => {
    const { user, account } = await house.connected('crm')
    const reply = await house.api('GET', '/me/accounts', { sub: user })
    const { items } = reply.json() as { items: Record<string, unknown>[] }
    assert.equal(items.length, 1)
    assert.deepEqual(
      { ...items[0], connected_at: '', access_expires_at: '' },
      {
        id: account,
        connection: 'crm',
        user,
        status: 'connected',
        reason: null,
        scopes: ['crm.read'],
        connected_at: '',
        access_expires_at: '',
        connect_uri: 'http://localhost:4000/connect/crm',
      },
    )
    assert.ok(!reply.body.includes('canary'))
    const other = await house.person()
    assert.deepEqual((await house.api('GET', '/me/accounts', { sub: other })).json(), { items: [], next_cursor: null })
    assert.equal((await house.api('DELETE', `/me/accounts/${account}`, { sub: other })).statusCode, 404)
    const service = { sub: 'cli_x', kind: 'service' } as const
    assert.equal((await house.api('GET', '/me/accounts', service)).statusCode, 403)
    assert.equal((await me('crm', user)).status, 200)
  })

  it('is not for an agent, a service or a stranger', async () => {
    const stranger = await house.page('GET', '/connect/crm', '')
    assert.equal(stranger.headers.location, '/sign-in?return_to=%2Fconnect%2Fcrm')
    const agent = { sub: await house.person(), act: [{ sub: 'agt_bot' }] } as const
    assert.equal((await house.api('GET', '/me/accounts', agent)).statusCode, 403)
  })

  it('does not exist at connections that have no accounts', async () => {
    await house.admin('POST /connections', { name: 'plain', kind: 'none', upstream: `${house.provider.url}/api` })
    const cookie = await house.signIn(await house.person())
    for (const name of ['plain', 'nothing'])
      for (const reply of [
        await house.page('GET', `/connect/${name}`, cookie),
        await house.page('POST', `/connect/${name}`, cookie),
        await house.page('GET', `/connect/${name}/callback?code=a&state=b`, cookie),
      ])
        assert.equal(reply.statusCode, 404)
  })

  describe('is refused', () => {
    const refused = async (url: string, cookie: string, user: string, says: RegExp) => {
      const before = house.provider.calls.code
      const reply = await house.page('GET', url, cookie)
      assert.equal(reply.statusCode, 403, reply.body)
      assert.match(reply.body, says)
      assert.equal(house.provider.calls.code, before, 'the code went to the provider')
      assert.deepEqual(await accountsOf(user), [])
      return reply
    }

    it("with another person's answer, or in another session of one's own", async () => {
      const [victim, attacker] = [await house.person(), await house.person()]
      const theirs = await house.signIn(victim)
      const callback = await house.toProvider('crm', await house.signIn(attacker))
      await refused(callback, theirs, victim, /not asked for in this browser/)
      await refused(callback, await house.signIn(attacker), attacker, /not asked for in this browser/)
    })

    it('at another connection than it was begun for', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      const callback = await house.toProvider('crm', cookie)
      await refused(callback.replace('/crm/', '/mail/'), cookie, user, /not asked for/)
    })

    it('without a state, with one of somebody’s making, or with two', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      await refused('/connect/crm/callback?code=x', cookie, user, /not asked for/)
      await refused('/connect/crm/callback?code=x&state=guess', cookie, user, /not asked for/)
      const callback = await house.toProvider('crm', cookie)
      assert.equal((await house.page('GET', `${callback}&state=again`, cookie)).statusCode, 400)
    })

    it('a second time, also when both come at once', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      const callback = await house.toProvider('crm', cookie)
      const before = house.provider.calls.code
      const replies = await Promise.all([1, 2, 3].map(() => house.page('GET', callback, cookie)))
      assert.deepEqual(replies.map(({ statusCode }) => statusCode).sort(), [303, 403, 403])
      assert.equal(house.provider.calls.code, before + 1)
      assert.equal((await house.page('GET', callback, cookie)).statusCode, 403)
      assert.equal((await accountsOf(user)).length, 1)
    })

    it('after ten minutes', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      const callback = await house.toProvider('crm', cookie)
      house.pass(10 * 60_000)
      await refused(callback, cookie, user, /came too late/)
    })

    it('from another issuer, or from nobody where the provider always says who it is', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      const other = (await house.toProvider('crm', cookie)).replace(/iss=[^&]*/, 'iss=https%3A%2F%2Fevil.example')
      await refused(other, cookie, user, /another provider/)
      const none = (await house.toProvider('crm', cookie)).replace(/&iss=[^&]*/, '')
      await refused(none, cookie, user, /another provider/)
    })

    it('when the person says no, once for this state, and nothing of the answer becomes markup', async () => {
      const user = await house.person()
      const cookie = await house.signIn(user)
      const answer = async (error: string) =>
        (await house.toProvider('mail', cookie)).replace(/code=[^&]*/, `error=${encodeURIComponent(error)}`)
      const no = await answer('access_denied')
      await refused(no, cookie, user, /said no/)
      await refused(no, cookie, user, /not asked for/)
      const reply = await refused(await answer('<script>alert(1)</script>'), cookie, user, /with an error/)
      assert.ok(!reply.body.includes('<script>'))
    })

    it('when the connection leads to another provider by the time the answer comes', async () => {
      await house.connection('moving')
      const { id } = (await house.rows(`select id from connections where name = 'moving'`))[0] ?? {}
      const user = await house.person()
      const cookie = await house.signIn(user)
      const callback = await house.toProvider('moving', cookie)
      const oauth = endpoints({ token_endpoint: 'https://127.0.0.1:9/token', issuer: house.provider.url })
      await house.admin('PATCH /connections/{id}', { id, oauth, client_secret: 'another one' })
      await refused(callback, cookie, user, /changed meanwhile/)
    })

    it('when the session has ended, without the code going into another address', async () => {
      const user = await house.person()
      const callback = await house.toProvider('crm', await house.signIn(user))
      const reply = await house.page('GET', callback, 'mandate_session=gone')
      assert.equal(reply.headers.location, '/sign-in?return_to=%2Fconnect%2Fcrm')
    })
  })

  it('begins only from our own pages', async () => {
    const cookie = await house.signIn(await house.person())
    for (const path of ['/connect/crm', '/connect/crm/disconnect']) {
      const reply = await house.app.inject({
        ...{ method: 'POST', url: path, payload: '' },
        headers: { cookie, origin: 'https://evil.example', 'content-type': 'application/x-www-form-urlencoded' },
      })
      assert.equal(reply.statusCode, 403)
    }
  })

  it('goes on to a path of this house, and to no other place', async () => {
    for (const [return_to, expected] of [
      ['/approvals/apr_1?x=1', '/approvals/apr_1?x=1'],
      ['https://evil.example/', '/connect/crm'],
      ['//evil.example/', '/connect/crm'],
      ['/\\evil.example', '/connect/crm'],
    ] as const) {
      const cookie = await house.signIn(await house.person())
      const reply = await house.page('GET', await house.toProvider('crm', cookie, { return_to }), cookie)
      assert.equal(reply.headers.location, expected)
    }
  })

  it('ended by a logout while the provider answers, leaves no account, and the provider is told', async () => {
    const user = await house.person()
    const cookie = await house.signIn(user)
    const callback = await house.toProvider('crm', cookie)
    const { provider } = house
    const { promise, resolve } = Promise.withResolvers<void>()
    const revoked = provider.calls.revoke
    const called = provider.nextCall()
    provider.mood.hold = promise
    const answer = house.page('GET', callback, cookie)
    await called
    await house.database.transaction((tx) => house.accounts.markRevoking(tx, { user }, house.now()))
    provider.mood.hold = undefined
    resolve()
    assert.equal((await answer).statusCode, 403)
    assert.deepEqual(await accountsOf(user), [])
    assert.equal(provider.calls.revoke, revoked + 1)
  })

  it('leaves no secret in answers, addresses, the change log or the database', async () => {
    const { cookie, user } = await house.connected('crm')
    const shown = [
      await house.admin('GET /connections', {}),
      (await house.page('GET', '/connect/crm', cookie)).body,
      (await house.api('GET', '/me/accounts', { sub: user })).body,
      ...(await Promise.all(
        ['accounts', 'connect_attempts', 'connections', 'held_credentials', 'changes'].map((table) =>
          house.rows(`select * from ${table}`),
        ),
      )),
      house.ended,
      house.errors,
    ]
    const text = JSON.stringify(shown)
    assert.ok(
      !text.includes('canary'),
      text.slice(Math.max(0, text.indexOf('canary') - 200), text.indexOf('canary') + 60),
    )
    assert.ok(!text.includes(CLIENT.client_secret))
    assert.ok(!house.provider.seen.join('\n').includes('canary'))
    // Every sealed value is bound to its row: another person's tokens do not open in one's own account.
    const [mine, theirs] = await Promise.all([house.connected('crm'), house.connected('crm')])
    await house.rows(
      `update accounts set sealed = (select sealed from accounts where id = '${theirs.account}') where id = '${mine.account}'`,
    )
    assert.equal((await me('crm', mine.user)).status, 500)
    house.errors.length = 0
    await house.rows(`delete from accounts where id = '${mine.account}'`)
  })

  it('stays usable, and stays sealed, when the master key is rotated', async () => {
    const { user, account } = await house.connected('crm')
    const ended = await house.connected('crm')
    await house.api('DELETE', `/me/accounts/${ended.account}`, { sub: ended.user })
    const before = await house.rows(`select sealed from accounts where id = '${account}'`)
    const rotated = await house.rotateMasterKey()
    assert.ok(rotated > 0)
    const after = await house.rows(`select sealed from accounts where id = '${account}'`)
    assert.notDeepEqual(after, before)
    assert.equal((await me('crm', user)).status, 200)
  })

  describe('at a provider', () => {
    const refuses = (more: Record<string, unknown>, says: RegExp) =>
      assert.rejects(house.connection('bad', more), (error: Error) => {
        assert.match(error.message, says)
        assert.ok(!error.message.includes(CLIENT.client_secret))
        return true
      })

    it('whose endpoints lead inside, elsewhere, or nowhere, is refused', async () => {
      for (const name of ['authorization_endpoint', 'token_endpoint', 'revocation_endpoint'])
        for (const url of [
          'http://169.254.169.254/token',
          'https://10.0.0.1/token',
          'https://[::ffff:10.0.0.1]/token',
          'http://crm.example/token',
          'https://user:pass@crm.example/token',
          'javascript:alert(1)',
          'file:///etc/passwd',
          'https://crm.example/token#x',
        ])
          await refuses({ provider: undefined, oauth: endpoints({ [name]: url }) }, new RegExp(`^oauth\\.${name}: `))
    })

    it('that is not who it was said to be, or inside, or no provider, is refused', async () => {
      await refuses({ provider: `${house.provider.url}/` }, /another issuer/)
      await refuses({ provider: `${house.provider.url}/tenant` }, /no metadata document/)
      await refuses({ provider: 'https://10.0.0.1' }, /not on the public internet/)
      await refuses({ provider: 'Salesforce' }, /issuer URL/)
      await refuses({ provider: undefined }, /provider: /)
      await refuses({ oauth: endpoints() }, /together with provider/)
      await refuses({ client_id: undefined }, /client_id: /)
      await refuses({ upstream: undefined }, /upstream: /)
    })

    it('is shown with everything but the secret, which must be given again for another place', async () => {
      const made = await house.connection('shown')
      const { id, oauth, has_credential } = made as {
        id: string
        oauth: Record<string, unknown>
        has_credential: boolean
      }
      assert.equal(has_credential, true)
      assert.deepEqual(oauth, {
        issuer: house.provider.url,
        authorization_endpoint: `${house.provider.url}/authorize`,
        token_endpoint: `${house.provider.url}/token`,
        revocation_endpoint: `${house.provider.url}/revoke`,
        authorization_response_iss_parameter_supported: true,
        client_auth: 'basic',
        client_id: CLIENT.client_id,
        scopes: ['crm.read'],
      })
      const elsewhere = endpoints({ token_endpoint: 'http://127.0.0.1:9/token' })
      for (const patch of [{ oauth: elsewhere }, { client_id: 'another' }])
        await assert.rejects(house.admin('PATCH /connections/{id}', { id, ...patch }), /give it again/)
      await assert.rejects(house.admin('PATCH /connections/{id}', { id, credential: 'x' }), /credential: /)
      await assert.rejects(house.admin('PUT /connections/{id}/credential', { id, credential: 'x' }), /credential: /)
      const patched = await house.admin('PATCH /connections/{id}', { id, scopes: ['crm.write'] })
      assert.deepEqual((patched.oauth as { scopes: string[] }).scopes, ['crm.write'])
    })
  })
})
