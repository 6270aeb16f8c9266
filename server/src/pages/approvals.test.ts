// Answering on the page: exactly what was shown, by whoever it is for, from our own page, and nothing otherwise.
import assert from 'node:assert/strict'
import { after, before, beforeEach, test } from 'node:test'
import { cookieOf, elsewhere, get, type House, openHouse, post, type Visit } from '../testing/house.ts'
import { approvalsInMemory, waiting } from './testing/approvals.ts'

const PASSWORD = 'correct-horse-battery'
const { table, held, answers } = approvalsInMemory()
const HERE = '/approvals/apr_0001'
const HASH = 'the-hash-of-the-act'
let house: House
let cookie = ''
let eve = ''

before(async () => {
  house = await openHouse({ offered: [table] })
  for (const email of ['dana@example.com', 'eve@example.com']) await house.addPerson(email, { password: PASSWORD })
  cookie = await signedIn('dana@example.com')
  eve = await signedIn('eve@example.com')
})
beforeEach(async () => {
  const dana = await house.rows("select id from users where email = 'dana@example.com'")
  held.clear()
  held.set('apr_0001', waiting(String(dana[0]?.id)))
  answers.length = 0
})
after(async () => {
  await house.close()
  assert.deepEqual(house.failures, [])
})

const signedIn = async (email: string) =>
  cookieOf(await post(house, '/sign-in', { email, password: PASSWORD }, { remote: elsewhere() }))
const answer = (verb: string, form: Record<string, string>, visit: Visit = {}) =>
  post(house, `${HERE}/${verb}`, form, { cookie, ...visit })

test('what waits is listed first and counted wherever one is', async () => {
  const list = await get(house, '/approvals', cookie)
  assert.equal(list.statusCode, 200)
  assert.match(list.body, /Refund bot wants to use refund_order at orders, for €400\.00/)
  assert.match(list.body, /One request waits for your answer/)
  assert.match((await get(house, '/', cookie)).body, /Approvals <b class="count">1</)
})

test('the page shows what is to be done and carries the hash of exactly that', async () => {
  const { body } = await get(house, HERE, cookie)
  assert.match(body, new RegExp(`name="hash" value="${HASH}"`))
  assert.match(body, /ord_1/)
  assert.match(body, /What Mandate verified[\s\S]*What the agent says/)
})

test('a yes is sent with its hash, once, and leads back to the page', async () => {
  const reply = await answer('approve', { hash: HASH, reason: '' })
  assert.equal(reply.statusCode, 303)
  assert.equal(reply.headers.location, HERE)
  assert.deepEqual(
    answers.map(({ verb, hash, reason }) => ({ verb, hash, reason })),
    [{ verb: 'approve', hash: HASH, reason: undefined }],
  )
  const again = await answer('approve', { hash: HASH })
  assert.equal(again.statusCode, 409)
  assert.match(again.body, /It was answered already\./)
  assert.equal(answers.length, 1)
})

test('two presses at once are one answer', async () => {
  const replies = await Promise.all([1, 2, 3].map(() => answer('deny', { hash: HASH, reason: 'No.' })))
  assert.deepEqual(replies.map(({ statusCode }) => statusCode).sort(), [303, 409, 409])
  assert.equal(answers.length, 1)
})

test('an answer to something else than is there now, or to nothing named, is none', async () => {
  const forms: Record<string, string>[] = [{ hash: 'the-hash-of-another-act' }, { hash: '' }, {}, { hash: `${HASH} ` }]
  for (const form of forms) {
    const reply = await answer('approve', form)
    assert.equal(reply.statusCode, 409, JSON.stringify(form))
    assert.match(reply.body, /role="alert">This is not what was shown\./)
  }
  assert.deepEqual(answers, [])
})

test('a refused form keeps what was typed, as text', async () => {
  const reason = '</textarea><script>alert(1)</script>\u0007'
  const reply = await answer('deny', { hash: HASH, reason })
  assert.equal(reply.statusCode, 400)
  assert.match(reply.body, /The reason must have no control characters\./)
  assert.match(reply.body, /&lt;\/textarea&gt;&lt;script&gt;/)
  assert.doesNotMatch(reply.body, /<script>alert/)
  assert.deepEqual(answers, [])
})

test('another site presses no button, whatever the browser says of itself', async () => {
  for (const visit of [
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { fetchSite: 'cross-site' },
    { origin: null, fetchSite: 'cross-site' },
    { origin: null, fetchSite: 'same-site' },
    { origin: 'http://localhost:4001' },
  ]) {
    const reply = await answer('approve', { hash: HASH }, visit)
    assert.equal(reply.statusCode, 403, JSON.stringify(visit))
  }
  assert.deepEqual(answers, [])
})

test('who is not signed in answers nothing and is sent to sign in; a link leads back afterwards', async () => {
  for (const session of [undefined, 'mandate_session=forged']) {
    const page = await get(house, HERE, session)
    assert.equal(page.headers.location, `/sign-in?return_to=${encodeURIComponent(HERE)}`)
    assert.equal((await answer('approve', { hash: HASH }, { cookie: session })).headers.location, '/sign-in')
  }
  assert.deepEqual(answers, [])
})

test('a token opens no page, even one that would be good elsewhere', async () => {
  for (const method of ['GET', 'POST'] as const) {
    const url = method === 'GET' ? HERE : `${HERE}/approve`
    const reply = await house.app.inject({ method, url, headers: { authorization: 'Bearer a.b.c' } })
    assert.equal(reply.statusCode, 303)
  }
  assert.deepEqual(answers, [])
})

test('what is for another is not found, exactly as what is not there', async () => {
  const there = await get(house, HERE, eve)
  const nowhere = await get(house, '/approvals/apr_9999', eve)
  assert.equal(there.statusCode, 404)
  assert.equal(there.body, nowhere.body)
  assert.equal((await answer('approve', { hash: HASH }, { cookie: eve })).statusCode, 404)
  assert.deepEqual(answers, [])
  assert.doesNotMatch((await get(house, '/approvals', eve)).body, /Refund bot/)
})

test('an address that names nothing is not found, and no page repeats what it was', async () => {
  for (const path of ['/approvals/x', '/approvals/%3Cscript%3E', `/approvals/${'a'.repeat(400)}`]) {
    const reply = await get(house, path, cookie)
    assert.equal(reply.statusCode, 404)
    assert.doesNotMatch(reply.body, /<script>|aaaa/)
  }
})

test('every step is recorded as the person, by the operations of the API', async () => {
  house.records.attempts.length = 0
  await answer('approve', { hash: HASH })
  assert.deepEqual(
    house.records.attempts.map(({ operation, principal }) => [operation, principal?.audience]),
    [['approvals.approve', 'session']],
  )
})
