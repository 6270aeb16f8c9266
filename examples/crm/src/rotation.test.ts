// Rotating refresh tokens: what dies when, what a grace forgives, and what revocation ends.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { DANA, EVE, HOUSE, openCrm, STRANGER } from './testing/client.ts'

test('each refresh gives a new pair, and access tokens live as long as they were said to', async (t) => {
  const { client, clock, crm } = await openCrm(t, { accessSeconds: 120 })
  const first = await client.granted()
  assert.equal(first.expires_in, 120)
  clock.at += 119_999
  assert.ok(await client.alive(first.access_token))
  clock.at += 1
  assert.equal(await client.alive(first.access_token), false)
  const { body: second } = await client.refresh(first.refresh_token)
  assert.notEqual(second.refresh_token, first.refresh_token)
  assert.ok(await client.alive(second.access_token))
  const { body: third } = await client.refresh(second.refresh_token)
  assert.ok(await client.alive(third.access_token))
  assert.equal(crm.counts.rotated, 2)
})

test('a refresh token used twice ends the whole family, and only that', async (t) => {
  const { client, crm } = await openCrm(t)
  const stolen = await client.granted()
  const sibling = await client.granted()
  const { body: next } = await client.refresh(stolen.refresh_token)
  const reuse = await client.refresh(stolen.refresh_token)
  assert.deepEqual([reuse.status, reuse.body.error], [400, 'invalid_grant'])
  for (const token of [stolen.access_token, next.access_token]) assert.equal(await client.alive(token), false)
  assert.equal((await client.refresh(next.refresh_token)).body.error, 'invalid_grant')
  assert.equal(crm.counts.reuse_detected, 1)
  assert.ok(await client.alive(sibling.access_token))
  assert.equal((await client.refresh(sibling.refresh_token)).status, 200)
})

test('of a hundred refreshes with one token at once, one wins and the family is lost', async (t) => {
  const { client, crm } = await openCrm(t)
  const { refresh_token } = await client.granted()
  const answers = await Promise.all(Array.from({ length: 100 }, () => client.refresh(refresh_token)))
  const won = answers.filter(({ status }) => status === 200)
  assert.equal(won.length, 1)
  assert.equal(crm.counts.rotated, 1)
  assert.equal(crm.counts.reuse_detected, 1)
  assert.equal(await client.alive(won[0]?.body.access_token ?? ''), false)
})

test('within the grace the same token gets the same pair; after it the family ends', async (t) => {
  const { client, clock, crm } = await openCrm(t, { graceMs: 10_000 })
  const { refresh_token } = await client.granted()
  const { body: next } = await client.refresh(refresh_token)
  clock.at += 9_999
  const { body: again } = await client.refresh(refresh_token)
  assert.equal(again.access_token, next.access_token)
  assert.equal(again.refresh_token, next.refresh_token)
  assert.equal(again.expires_in, 290, 'what is left, not what it was')
  assert.equal(crm.counts.replayed, 1)
  clock.at += 1
  assert.equal((await client.refresh(refresh_token)).body.error, 'invalid_grant')
  assert.equal(await client.alive(next.access_token), false)
  assert.equal(crm.counts.reuse_detected, 1)
})

test('the grace forgives the client it was given to, nobody else', async (t) => {
  const { client } = await openCrm(t, { graceMs: 10_000 })
  const { refresh_token } = await client.granted()
  const { body: next } = await client.refresh(refresh_token)
  const theft = await client.post('/token', { grant_type: 'refresh_token', refresh_token }, { as: STRANGER })
  assert.deepEqual([theft.status, theft.body.error], [400, 'invalid_grant'])
  assert.ok(await client.alive(next.access_token))
})

test('a refresh can ask for less, never for more, and asking for less is not for ever', async (t) => {
  const { client } = await openCrm(t)
  const first = await client.granted()
  const { body: less } = await client.refresh(first.refresh_token, { scope: 'contacts.read' })
  assert.equal(less.scope, 'contacts.read')
  const post = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"text":"hello"}' }
  assert.equal((await client.api('/contacts/ctc_0001/notes', less.access_token, post)).status, 403)
  const { body: all } = await client.refresh(less.refresh_token)
  assert.equal((await client.api('/contacts/ctc_0001/notes', all.access_token, post)).status, 201)
  const narrow = await client.granted(DANA, { scope: 'contacts.read' })
  const more = await client.refresh(narrow.refresh_token, { scope: 'contacts.read notes.write' })
  assert.equal(more.body.error, 'invalid_scope')
  assert.equal((await client.refresh(narrow.refresh_token)).status, 200)
})

test('revoking a refresh token ends the family, an access token only itself, an unknown one nothing', async (t) => {
  const { client } = await openCrm(t)
  const first = await client.granted()
  const unknown = await client.post('/revoke', { token: 'crm_rt_guess', token_type_hint: 'refresh_token' })
  assert.equal(unknown.status, 200)
  assert.equal((await client.post('/revoke', { token: first.access_token })).status, 200)
  assert.equal(await client.alive(first.access_token), false)
  const { body: next } = await client.refresh(first.refresh_token)
  const hinted = { token: next.refresh_token, token_type_hint: 'access_token' }
  assert.equal((await client.post('/revoke', hinted)).status, 200)
  assert.equal(await client.alive(next.access_token), false)
  assert.equal((await client.refresh(next.refresh_token)).body.error, 'invalid_grant')
  assert.equal((await client.post('/revoke', hinted)).status, 200, 'again is no error')
})

test('revocation needs the client the token was given to', async (t) => {
  const { client } = await openCrm(t)
  const { access_token: token, refresh_token } = await client.granted()
  for (const as of [null, { ...HOUSE, secret: 'guess' }]) {
    assert.equal((await client.post('/revoke', { token: refresh_token }, { as })).status, 401)
  }
  for (const held of [token, refresh_token]) {
    const other = await client.post('/revoke', { token: held }, { as: STRANGER })
    assert.deepEqual([other.status, other.body.error], [400, 'invalid_grant'])
  }
  assert.equal((await client.post('/revoke', {})).body.error, 'invalid_request')
  assert.ok(await client.alive(token))
  assert.equal((await client.refresh(refresh_token)).status, 200)
})

test('a provider without revocation does not mention it and answers 404', async (t) => {
  const { client } = await openCrm(t, { revocation: false })
  const { access_token, refresh_token } = await client.granted()
  const said = await (await fetch(`${client.url}/.well-known/oauth-authorization-server`)).json()
  assert.deepEqual(
    Object.keys(said as object).filter((name) => name.startsWith('revocation')),
    [],
  )
  assert.equal((await client.post('/revoke', { token: refresh_token })).status, 404)
  assert.equal((await fetch(`${client.url}/revoke`)).status, 404)
  assert.ok(await client.alive(access_token))
})

test('a person ends grants on the provider’s own pages: their own, of one client or of all', async (t) => {
  const { client, crm } = await openCrm(t)
  const [dana, eve] = [await client.granted(DANA), await client.granted(EVE)]
  assert.equal(crm.endGrants({ user: DANA.email, client: STRANGER.id }), 0)
  assert.equal(crm.endGrants({ user: DANA.email, client: HOUSE.id }), 1)
  assert.equal(await client.alive(dana.access_token), false)
  assert.equal((await client.refresh(dana.refresh_token)).body.error, 'invalid_grant')
  assert.ok(await client.alive(eve.access_token))
  const unredeemed = await client.code(EVE)
  assert.equal(crm.endGrants({ user: EVE.email }), 2)
  assert.equal((await client.redeem(unredeemed)).body.error, 'invalid_grant')
  assert.equal(crm.counts.reuse_detected, 0)
})
