// Signing in, and the ways others could try to answer in the person's place.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { type Listening, listen } from '../listening.ts'
import { signIn } from './sign-in.ts'
import { createStandIn, type StandIn } from './stand-in.ts'

let standIn: StandIn
let issuer: Listening

before(async () => {
  standIn = createStandIn({})
  issuer = await listen(standIn.server, 0)
})
beforeEach(() => {
  standIn.grants.length = 0
  standIn.answerIssuer = undefined
})
after(() => issuer.close())

const begin = (more: { signal?: AbortSignal } = {}) =>
  signIn({
    issuer: issuer.url,
    clientId: 'cli_1',
    redirectPort: 0,
    scope: 'orders',
    resource: 'https://a.example',
    ...more,
  })

test('a person who says yes in the browser gives the program its tokens', async () => {
  const { url, tokens } = await begin()
  assert.equal(url.searchParams.get('code_challenge_method'), 'S256')
  assert.equal(url.searchParams.get('resource'), 'https://a.example')
  const page = await fetch(url)
  assert.equal(page.status, 200)
  assert.match(await page.text(), /signed in/)
  assert.match((await tokens).access_token, /^[0-9a-f-]{36}$/)
  assert.equal(standIn.grants[0]?.resource, 'https://a.example')
  assert.ok(standIn.grants[0]?.code_verifier)
})

test('an answer that names another issuer, or none, is not redeemed', async () => {
  for (const answerIssuer of ['https://evil.example', null]) {
    standIn.answerIssuer = answerIssuer
    const { url, tokens } = await begin()
    assert.equal((await fetch(url)).status, 400)
    await assert.rejects(tokens)
  }
  assert.equal(standIn.grants.length, 0)
})

test('a forged answer from another page is turned away, and the real one still works', async () => {
  const { url, tokens } = await begin()
  const redirect = url.searchParams.get('redirect_uri')
  for (const forged of ['?code=evil', '?code=evil&state=guess', `?error=access_denied&state=&iss=${issuer.url}`]) {
    assert.equal((await fetch(`${redirect}${forged}`)).status, 400)
  }
  assert.equal((await fetch(new URL('/', redirect ?? ''))).status, 404)
  assert.equal(standIn.grants.length, 0)
  assert.equal((await fetch(url)).status, 200)
  assert.ok((await tokens).access_token)
})

test('a person who says no is a refusal, not a wait', async () => {
  const { url, tokens } = await begin()
  const { redirect_uri, state } = Object.fromEntries(url.searchParams)
  const no = new URLSearchParams({ error: 'access_denied', state: state ?? '', iss: issuer.url })
  assert.equal((await fetch(`${redirect_uri}?${no}`)).status, 400)
  await assert.rejects(tokens, { error: 'access_denied' })
})

test('waiting can be given up, and then the port is free', async () => {
  const giveUp = new AbortController()
  const { url, tokens } = await begin({ signal: giveUp.signal })
  giveUp.abort()
  await assert.rejects(tokens, { name: 'AbortError' })
  await assert.rejects(fetch(url.searchParams.get('redirect_uri') ?? ''))
})

test('plain http is for an issuer on this machine only', async () => {
  const asked = { clientId: 'c', redirectPort: 0, scope: 'openid' }
  await assert.rejects(signIn({ ...asked, issuer: 'http://mandate.example' }), /must be https/)
  await assert.rejects(signIn({ ...asked, issuer: 'http://localhost.evil.example' }), /must be https/)
})
