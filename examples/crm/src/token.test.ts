// Codes for tokens: who may redeem what, once, and what the others are told.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ALL, basic, CALLBACK, DANA, HOUSE, openCrm, STRANGER } from './testing/client.ts'

test('a code gives a pair that says what it is, and may not be kept on the way', async (t) => {
  const { client, crm } = await openCrm(t)
  const { status, body, headers } = await client.redeem(await client.code())
  assert.equal(status, 200)
  assert.equal(headers.get('cache-control'), 'no-store')
  assert.deepEqual(
    { ...body, access_token: '', refresh_token: '' },
    { access_token: '', token_type: 'Bearer', expires_in: 300, refresh_token: '', scope: ALL },
  )
  assert.ok(await client.alive(body.access_token))
  assert.equal(await client.alive(body.refresh_token), false)
  assert.equal(crm.counts.codes_redeemed, 1)
})

test('a code used twice takes back what it gave', async (t) => {
  const { client, crm } = await openCrm(t)
  const code = await client.code()
  const { body } = await client.redeem(code)
  const second = await client.redeem(code)
  assert.deepEqual([second.status, second.body.error], [400, 'invalid_grant'])
  assert.equal(await client.alive(body.access_token), false)
  assert.equal((await client.refresh(body.refresh_token)).body.error, 'invalid_grant')
  assert.equal(crm.journal[1]?.outcome, 'code_reused')
})

test('a code is good for less than 60 seconds', async (t) => {
  const { client, clock } = await openCrm(t)
  const [early, late] = [await client.code(), await client.code()]
  clock.at += 59_999
  assert.equal((await client.redeem(early)).status, 200)
  clock.at += 1
  assert.equal((await client.redeem(late)).body.error, 'invalid_grant')
})

test('a code without its verifier or redirect address is worth nothing, and one try is all there is', async (t) => {
  const { client } = await openCrm(t)
  const wrong: Record<string, string>[] = [
    { code_verifier: 'x'.repeat(43) },
    { code_verifier: '' },
    { redirect_uri: 'http://127.0.0.1:9/other?kept=1' },
    { redirect_uri: '' },
  ]
  for (const change of wrong) {
    const code = await client.code()
    const right = { grant_type: 'authorization_code', redirect_uri: CALLBACK, code: code.code }
    const answer = await client.post('/token', { ...right, code_verifier: code.verifier, ...change })
    assert.deepEqual([answer.status, answer.body.error], [400, 'invalid_grant'], JSON.stringify(change))
    assert.equal((await client.redeem(code)).body.error, 'invalid_grant')
  }
})

test('another client gets nothing for a code, and spoils nothing', async (t) => {
  const { client } = await openCrm(t)
  const code = await client.code()
  const form = { grant_type: 'authorization_code', redirect_uri: CALLBACK, ...{ code: code.code } }
  const stolen = await client.post('/token', { ...form, code_verifier: code.verifier }, { as: STRANGER })
  assert.deepEqual([stolen.status, stolen.body.error], [400, 'invalid_grant'])
  assert.equal((await client.redeem(code)).status, 200)
})

test('a client may put its secret into the form instead', async (t) => {
  const { client } = await openCrm(t)
  const { refresh_token } = await client.granted()
  const form = { grant_type: 'refresh_token', refresh_token, client_id: HOUSE.id, client_secret: HOUSE.secret }
  assert.equal((await client.post('/token', form, { as: null })).status, 200)
})

test('a client that does not prove who it is gets 401 and a challenge', async (t) => {
  const { client, crm } = await openCrm(t)
  const { refresh_token, access_token } = await client.granted()
  const form = { grant_type: 'refresh_token', refresh_token }
  const wrong = [
    await client.post('/token', form, { as: null }),
    await client.post('/token', { ...form, client_id: HOUSE.id }, { as: null }),
    await client.post('/token', { ...form, client_id: HOUSE.id, client_secret: 'guess' }, { as: null }),
    await client.post('/token', { ...form, client_id: 'nobody', client_secret: '' }, { as: null }),
    await client.post('/token', form, { as: { ...HOUSE, secret: STRANGER.secret } }),
    await client.post('/token', form, { as: { ...HOUSE, id: 'nobody', secret: '' } }),
  ]
  for (const { status, body, headers } of wrong) {
    assert.deepEqual([status, body.error], [401, 'invalid_client'])
    assert.match(headers.get('www-authenticate') ?? '', /^Basic /)
  }
  for (const authorization of ['Bearer x', 'Basic !', 'Basic', basic('house', 'a').replace('Basic', 'Basicer')]) {
    const headers = { authorization }
    const response = await fetch(`${client.url}/token`, { method: 'POST', headers, body: new URLSearchParams(form) })
    assert.equal(response.status, 401, authorization)
  }
  assert.ok(await client.alive(access_token), 'strangers cannot end a grant')
  assert.equal((await client.refresh(refresh_token)).status, 200)
  assert.equal(crm.counts.reuse_detected, 0)
})

test('what is not a token request is refused in the words of RFC 6749 §5.2', async (t) => {
  const { client } = await openCrm(t)
  const { refresh_token } = await client.granted()
  const form = { grant_type: 'refresh_token', refresh_token }
  const wrong: [body: Record<string, string> | string, error: string][] = [
    ['', 'invalid_request'],
    [{ grant_type: 'refresh_token' }, 'invalid_request'],
    [{ grant_type: 'authorization_code' }, 'invalid_request'],
    [{ grant_type: 'password' }, 'unsupported_grant_type'],
    [{ grant_type: 'client_credentials' }, 'unsupported_grant_type'],
    [{ ...form, client_secret: HOUSE.secret }, 'invalid_request'],
    [{ ...form, client_id: STRANGER.id }, 'invalid_request'],
    [{ ...form, scope: `${ALL} everything` }, 'invalid_scope'],
    [`grant_type=refresh_token&refresh_token=a&refresh_token=${refresh_token}`, 'invalid_request'],
    [{ ...form, refresh_token: 'crm_rt_guess' }, 'invalid_grant'],
  ]
  for (const [body, error] of wrong) {
    const answer = await client.post('/token', body)
    assert.deepEqual([answer.status, answer.body.error], [400, error], JSON.stringify(body))
  }
  const headers = { authorization: basic(HOUSE.id, HOUSE.secret), 'content-type': 'application/json' }
  const json = await fetch(`${client.url}/token`, { method: 'POST', headers, body: JSON.stringify(form) })
  assert.equal(json.status, 400)
  const read = await fetch(`${client.url}/token?${new URLSearchParams(form)}`, { headers })
  assert.deepEqual([read.status, read.headers.get('allow')], [405, 'POST'])
  assert.equal((await client.post('/token', { ...form, pad: 'x'.repeat(70_000) })).status, 413)
  assert.equal((await client.refresh(refresh_token)).status, 200, 'none of it spoiled the token')
})

test('the journal tells everything but the secrets', async (t) => {
  const { client, crm, clock } = await openCrm(t)
  const code = await client.code()
  const { body } = await client.redeem(code)
  clock.at += 1_000
  await client.refresh(body.refresh_token)
  await client.post('/token', { grant_type: body.refresh_token, client_id: body.refresh_token }, { as: null })
  await client.refresh('crm_rt_guess')
  const at = clock.at
  assert.deepEqual(crm.journal, [
    {
      ...{ at: at - 1_000, grant_type: 'authorization_code', client: 'house', family: 'fam_1' },
      ...{ outcome: 'issued', answer: 'sent' },
    },
    { at, grant_type: 'refresh_token', client: 'house', family: 'fam_1', outcome: 'issued', answer: 'sent' },
    { at, grant_type: 'other', client: null, family: null, outcome: 'invalid_client', answer: 'sent' },
    { at, grant_type: 'refresh_token', client: 'house', family: null, outcome: 'invalid_grant', answer: 'sent' },
  ])
  assert.deepEqual(crm.counts, { codes_redeemed: 1, rotated: 1, replayed: 0, reuse_detected: 0, refused: 2 })
})

test('a client registered later is as good as one from the beginning', async (t) => {
  const { client, crm } = await openCrm(t)
  const late = { id: 'late', secret: 'late-secret', name: 'Late', redirect_uris: ['http://127.0.0.1:7/back'] }
  const asked = { client_id: late.id, redirect_uri: late.redirect_uris[0] }
  assert.equal((await fetch(client.request(asked).url)).status, 400)
  crm.register(late)
  const { code, verifier } = await client.code(DANA, asked)
  const form = {
    grant_type: 'authorization_code',
    code,
    code_verifier: verifier,
    redirect_uri: 'http://127.0.0.1:7/back',
  }
  assert.equal((await client.post('/token', form, { as: late })).status, 200)
})
