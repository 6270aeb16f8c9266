// The browser's half: what the pages show, where the answer goes, and the ways to bend it elsewhere.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { answerAsPerson } from './person.ts'
import { CALLBACK, DANA, EVE, HOUSE, openCrm, STRANGER } from './testing/client.ts'

const form = { 'content-type': 'application/x-www-form-urlencoded' }

test('the metadata describes what is there', async (t) => {
  const { client } = await openCrm(t)
  const response = await fetch(`${client.url}/.well-known/oauth-authorization-server`)
  const said = (await response.json()) as Record<string, unknown>
  assert.equal(said.issuer, client.url)
  assert.equal(said.authorization_endpoint, `${client.url}/authorize`)
  assert.equal(said.token_endpoint, `${client.url}/token`)
  assert.equal(said.revocation_endpoint, `${client.url}/revoke`)
  assert.deepEqual(said.code_challenge_methods_supported, ['S256'])
  assert.equal(said.authorization_response_iss_parameter_supported, true)
})

test('a person who says yes goes back with a code, the state untouched, and the issuer', async (t) => {
  const { client } = await openCrm(t)
  const answer = await answerAsPerson(client.request().url, DANA)
  assert.equal(`${answer.origin}${answer.pathname}`, CALLBACK)
  assert.deepEqual([...answer.searchParams.keys()].sort(), ['code', 'iss', 'state'])
  assert.equal(answer.searchParams.get('state'), 'st=a&te')
  assert.equal(answer.searchParams.get('iss'), client.url)
})

test('a registered query stays in front of the answer, and no state is made up', async (t) => {
  const { client } = await openCrm(t)
  const { url } = client.request({ redirect_uri: HOUSE.redirect_uris[1], state: undefined })
  const answer = await answerAsPerson(url, DANA)
  assert.match(answer.href, /^http:\/\/127\.0\.0\.1:9\/other\?kept=1&code=/)
  assert.equal(answer.searchParams.get('state'), null)
})

test('a person who says no goes back without a code', async (t) => {
  const { client, crm } = await openCrm(t)
  const answer = await answerAsPerson(client.request().url, DANA, 'deny')
  assert.equal(answer.searchParams.get('error'), 'access_denied')
  assert.equal(answer.searchParams.get('state'), 'st=a&te')
  assert.equal(answer.searchParams.get('iss'), client.url)
  assert.equal(answer.searchParams.get('code'), null)
  assert.equal(crm.endGrants({ user: DANA.email }), 0)
})

test('a wrong client or redirect address is told to the person and sent nowhere', async (t) => {
  const { client } = await openCrm(t)
  const bent = [
    { client_id: 'nobody' },
    { client_id: undefined },
    { redirect_uri: undefined },
    { redirect_uri: 'http://127.0.0.1:9/callback/' },
    { redirect_uri: 'http://127.0.0.1:9/callback?x=1' },
    { redirect_uri: 'http://127.0.0.1:9/CALLBACK' },
    { redirect_uri: 'http://127.0.0.1:90/callback' },
    { redirect_uri: 'http://localhost:9/callback' },
    { redirect_uri: 'https://evil.example/callback' },
    { redirect_uri: STRANGER.redirect_uris[0] },
    { client_id: STRANGER.id },
  ]
  for (const changed of bent) {
    const response = await fetch(client.request(changed).url, { redirect: 'manual' })
    assert.equal(response.status, 400, JSON.stringify(changed))
    assert.equal(response.headers.get('location'), null)
  }
  const twice = client.request().url
  twice.searchParams.append('redirect_uri', 'https://evil.example/callback')
  assert.equal((await fetch(twice, { redirect: 'manual' })).status, 400)
})

test('what the client got wrong goes back to the client', async (t) => {
  const { client } = await openCrm(t)
  const wrong: [changed: Record<string, string | undefined>, error: string][] = [
    [{ response_type: undefined }, 'invalid_request'],
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ response_mode: 'fragment' }, 'invalid_request'],
    [{ code_challenge: undefined }, 'invalid_request'],
    [{ code_challenge_method: undefined }, 'invalid_request'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
    [{ code_challenge: 'short' }, 'invalid_request'],
    [{ scope: 'contacts.read everything' }, 'invalid_scope'],
  ]
  for (const [changed, error] of wrong) {
    const answer = await answerAsPerson(client.request(changed).url, DANA)
    assert.equal(answer.searchParams.get('error'), error, JSON.stringify(changed))
    assert.equal(answer.searchParams.get('state'), 'st=a&te')
    assert.equal(answer.searchParams.get('iss'), client.url)
  }
})

test('a wrong password and an unknown person read alike, and neither gets further', async (t) => {
  const { client } = await openCrm(t)
  const people = [
    { email: DANA.email, password: EVE.password },
    { email: DANA.email, password: '' },
    { email: 'nobody@crm.example', password: '' },
  ]
  for (const person of people) {
    await assert.rejects(answerAsPerson(client.request().url, person), /password do not match/)
  }
})

async function begun(url: URL) {
  const page = await fetch(url)
  const text = await page.text()
  const visit = /name="visit" value="([^"]+)"/.exec(text)?.[1] ?? ''
  return { page, text, visit, cookie: page.headers.getSetCookie()[0]?.split(';')[0] ?? '' }
}

test('the pages name client, scopes and destination, escape them, and cannot be framed', async (t) => {
  const { client } = await openCrm(t)
  const { page, text, visit, cookie } = await begun(client.request({ scope: 'notes.write' }).url)
  assert.match(text, /The &lt;b&gt;House&lt;\/b&gt; wants to use your account/)
  assert.match(page.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/)
  assert.match(page.headers.getSetCookie()[0] ?? '', /HttpOnly; SameSite=Lax/)
  const body = new URLSearchParams({ visit, ...DANA })
  const signedIn = await fetch(`${client.url}/authorize/sign-in`, { method: 'POST', headers: { cookie }, body })
  const consent = await signedIn.text()
  assert.match(consent, /You are Dana Owusu \(dana@crm\.example\)/)
  assert.match(consent, /add notes to your contacts/)
  assert.doesNotMatch(consent, /read your contacts/)
  assert.match(consent, /You go on to 127\.0\.0\.1:9\./)
  assert.doesNotMatch(consent, /<b>House/)
})

test('an answer counts once, and only from the browser that was asked, after it signed in', async (t) => {
  const { client, clock } = await openCrm(t)
  const decide = async (cookie: string, visit: string) => {
    const body = new URLSearchParams({ visit, decision: 'allow' })
    const init = { method: 'POST', headers: { ...form, cookie }, body, redirect: 'manual' } as const
    const response = await fetch(`${client.url}/authorize/decision`, init)
    return { status: response.status, location: response.headers.get('location') }
  }
  const { visit, cookie } = await begun(client.request().url)
  assert.deepEqual(await decide(cookie, visit), { status: 200, location: null }, 'nobody is signed in yet')
  assert.deepEqual(await decide('crm_browser=another', visit), { status: 400, location: null })

  const body = new URLSearchParams({ visit, ...DANA })
  const signedIn = await fetch(`${client.url}/authorize/sign-in`, { method: 'POST', headers: { cookie }, body })
  const own = signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  assert.notEqual(own, cookie)
  assert.deepEqual(await decide(cookie, visit), { status: 400, location: null }, 'the id from before the password')
  assert.equal((await decide(own, visit)).status, 303)
  assert.deepEqual(await decide(own, visit), { status: 400, location: null })

  // Signed in already: straight to the question, for ten minutes.
  const again = await fetch(client.request().url, { headers: { cookie: own } })
  const text = await again.text()
  assert.match(text, /You are Dana Owusu/)
  clock.at += 10 * 60_000
  const old = /name="visit" value="([^"]+)"/.exec(text)?.[1] ?? ''
  assert.deepEqual(await decide(own, old), { status: 400, location: null })
})

test('a signed-in person can answer as somebody else', async (t) => {
  const { client } = await openCrm(t)
  const first = await begun(client.request().url)
  const send = async (path: string, cookie: string, fields: Record<string, string>) => {
    const init = { method: 'POST', headers: { cookie }, body: new URLSearchParams(fields) }
    const response = await fetch(`${client.url}/authorize/${path}`, init)
    return { text: await response.text(), cookie: response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie }
  }
  const { visit } = first
  const dana = await send('sign-in', first.cookie, { visit, ...DANA })
  const nobody = await send('decision', dana.cookie, { visit, decision: 'other' })
  assert.match(nobody.text, /name="password"/)
  const eve = await send('sign-in', nobody.cookie, { visit, ...EVE })
  assert.match(eve.text, /You are Eve Kowalska/)
})
