// Signing in, as someone who wants in without the right to would try it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { cookieOf, elsewhere, get, type House, openHouse, post, setCookies, type Visit } from '../../testing/house.ts'

const PASSWORD = 'canary-correct-horse-battery'
let house: House

before(async () => {
  house = await openHouse()
  await house.addPerson('dana@example.com', { password: PASSWORD, role: 'admin' })
})
after(() => house.close())

const enter = (form: Record<string, string> = {}, visit: Visit = {}) =>
  post(house, '/sign-in', { email: 'dana@example.com', password: PASSWORD, ...form }, { remote: elsewhere(), ...visit })

test('the right password opens the house', async () => {
  const reply = await enter({ return_to: '/' })
  assert.equal(reply.statusCode, 303)
  assert.equal(reply.headers.location, '/')
  const home = await get(house, '/', cookieOf(reply))
  assert.equal(home.statusCode, 200)
  assert.match(home.body, /dana@example\.com/)
  assert.match(home.body, /admin/)
  assert.match(home.body, /npx mandate login/)
})

test('who is not signed in is sent to sign in, and back', async () => {
  const reply = await get(house, '/')
  assert.equal(reply.statusCode, 303)
  assert.equal(reply.headers.location, '/sign-in?return_to=%2F')
})

test('the address counts regardless of case and spaces around it', async () => {
  assert.equal((await enter({ email: '  DANA@Example.com ' })).statusCode, 303)
})

test('the cookie is out of reach of scripts and other sites, and lasts twelve hours', async () => {
  const [cookie, ...more] = setCookies(await enter())
  assert.match(cookie ?? '', /^mandate_session=[A-Za-z0-9_-]{43}; Path=\/; HttpOnly; SameSite=Lax; Max-Age=43200$/)
  assert.deepEqual(more, [])
})

test('only a hash of the cookie is stored', async () => {
  const value = cookieOf(await enter()).split('=')[1] ?? ''
  const rows = await house.rows('select * from sessions')
  assert.ok(rows.length > 0 && value.length === 43)
  assert.ok(!JSON.stringify(rows).includes(value))
})

test('nobody can tell an unknown address, a wrong password, no password and a deactivated person apart', async () => {
  await house.addPerson('without@example.com')
  const gone = await house.addPerson('gone@example.com', { password: PASSWORD })
  await house.directory('POST /users/{id}/deactivate', { id: gone })
  const tried = [
    ['dana@example.com', 'wrong-password-entirely'],
    ['nobody@example.com', PASSWORD],
    ['without@example.com', PASSWORD],
    ['gone@example.com', PASSWORD],
    ['gone@example.com', 'wrong-password-entirely'],
    ['not an address', PASSWORD],
  ] as const
  const seen = new Set<string>()
  for (const [email, password] of tried) {
    const { statusCode, headers, body } = await enter({ email, password })
    const { 'x-request-id': _, 'content-length': __, date: ___, ...rest } = headers
    seen.add(JSON.stringify([statusCode, rest, body.replaceAll(email, '(address)')]))
    assert.equal(statusCode, 401)
    assert.equal(headers['set-cookie'], undefined)
  }
  assert.equal(seen.size, 1)
  assert.match([...seen].join(), /The e-mail address or the password is not right\./)
})

test('the throttle tells unknown addresses apart as little as the password does', async () => {
  await house.addPerson('slow@example.com', { password: PASSWORD })
  const statuses = async (email: string) => {
    const all = []
    for (let n = 0; n < 7; n++) all.push((await enter({ email, password: 'wrong-password-entirely' })).statusCode)
    return all
  }
  const known = await statuses('slow@example.com')
  assert.deepEqual(known, [401, 401, 401, 401, 401, 429, 429])
  assert.deepEqual(await statuses('never-seen@example.com'), known)
})

test('while delayed even the right password is not looked at; afterwards it opens and clears the count', async () => {
  await house.addPerson('eager@example.com', { password: PASSWORD })
  const email = 'eager@example.com'
  for (let n = 0; n < 5; n++) await enter({ email, password: 'wrong-password-entirely' })
  const delayed = await enter({ email })
  assert.equal(delayed.statusCode, 429)
  assert.equal(delayed.headers['retry-after'], '1')
  assert.match(delayed.body, /Too many attempts\. Wait one second/)
  assert.match(delayed.body, /value="eager@example\.com"/)
  house.pass(1000)
  assert.equal((await enter({ email })).statusCode, 303)
  for (let n = 0; n < 4; n++)
    assert.equal((await enter({ email, password: 'wrong-password-entirely' })).statusCode, 401)
  assert.equal((await enter({ email })).statusCode, 303)
})

test('of fifty guesses at once five are looked at', async () => {
  await house.addPerson('raced@example.com', { password: PASSWORD })
  const guesses = Array.from({ length: 50 }, (_, n) =>
    enter({ email: 'raced@example.com', password: `wrong-password-${n}` }),
  )
  const statuses = (await Promise.all(guesses)).map(({ statusCode }) => statusCode).sort()
  assert.deepEqual(statuses, [...Array(5).fill(401), ...Array(45).fill(429)])
})

test('a session planted before sign-in is not the one after it', async () => {
  const planted = `mandate_session=${'A'.repeat(43)}`
  const reply = await enter({}, { cookie: planted })
  assert.notEqual(cookieOf(reply), planted)
  assert.equal((await get(house, '/', planted)).statusCode, 303)
  assert.equal((await get(house, '/', cookieOf(reply))).statusCode, 200)
})

test('signing in again ends the session that this browser had, whoever’s it was', async () => {
  await house.addPerson('mallory@example.com', { password: PASSWORD })
  const first = cookieOf(await enter({ email: 'mallory@example.com' }))
  const second = cookieOf(await enter({}, { cookie: first }))
  assert.notEqual(first, second)
  assert.equal((await get(house, '/', first)).statusCode, 303)
  assert.match((await get(house, '/', second)).body, /dana@example\.com/)
})

test('a failed sign-in leaves the session that was there alone', async () => {
  const cookie = cookieOf(await enter())
  assert.equal((await enter({ password: 'wrong-password-entirely' }, { cookie })).statusCode, 401)
  assert.equal((await get(house, '/', cookie)).statusCode, 200)
})

test('a form that another site sends signs nobody in', async () => {
  const foreign: Visit[] = [
    { origin: 'https://evil.example' },
    { origin: 'https://evil.example', fetchSite: 'same-origin' },
    { origin: 'http://localhost:4001' },
    { origin: 'https://localhost:4000' },
    { origin: 'http://localhost:4000.evil.example' },
    { origin: 'null' },
    { origin: '' },
    { origin: 'null', fetchSite: 'cross-site' },
    { origin: null, fetchSite: 'same-site' },
    { origin: null, fetchSite: 'none' },
  ]
  for (const visit of foreign) {
    const reply = await enter({}, visit)
    assert.equal(reply.statusCode, 403, JSON.stringify(visit))
    assert.equal(reply.headers['set-cookie'], undefined)
  }
})

test('what the form says of its own origin counts for nothing', async () => {
  const reply = await enter({ browser: 'x', origin: house.issuer, fetch_site: 'same-origin' }, { origin: null })
  assert.equal(reply.headers['set-cookie'], undefined)
  assert.ok(reply.statusCode === 400 || reply.statusCode === 403)
})

test('our own page may keep its origin to itself where the browser vouches for it', async () => {
  for (const origin of [null, 'null'])
    assert.equal((await enter({}, { origin, fetchSite: 'same-origin' })).statusCode, 303)
})

test('after signing in nobody is led off the house', async () => {
  for (const there of [
    'https://evil.example/',
    '//evil.example',
    '/\\evil.example',
    '/\t/evil.example',
    'javascript:alert(1)',
    '',
  ])
    assert.equal((await enter({ return_to: there })).headers.location, '/', there)
  assert.equal((await enter({ return_to: '/approvals/apr_1?x=1' })).headers.location, '/approvals/apr_1?x=1')
  const twice = await house.app.inject({
    method: 'POST',
    url: '/sign-in?return_to=//evil.example&return_to=/a',
    headers: { origin: house.issuer, 'content-type': 'application/x-www-form-urlencoded' },
    payload: new URLSearchParams({ email: 'dana@example.com', password: PASSWORD }).toString(),
  })
  assert.equal(twice.headers.location, '/')
})

test('only the form on the way to a client may lead off the house, and it leads to the interaction first', async () => {
  const policyOf = async (returnTo: string) =>
    String((await get(house, `/sign-in?return_to=${encodeURIComponent(returnTo)}`)).headers['content-security-policy'])
  assert.match(await policyOf('/interaction/abc'), /form-action 'self' https: http:\/\/localhost:\*/)
  for (const path of ['/', '/approvals/apr_1', '//interaction/abc', '/x/interaction/abc'])
    assert.match(await policyOf(path), /form-action 'self'$/, path)
  const reply = await enter({ return_to: '/interaction/abc' })
  assert.equal(reply.headers.location, '/interaction/abc')
})

test('what was typed comes back as text, never as markup', async () => {
  const payload = `"><script>alert(1)</script><img src=x onerror='alert(1)'>`
  const replies = [
    await enter({ email: payload, password: 'x' }),
    await enter({ email: '', return_to: `/${payload}` }),
    await get(house, `/sign-in?return_to=${encodeURIComponent(`/x${payload}`)}`),
    await get(house, `/sign-in?return_to=/x"onfocus=alert(1)`),
  ]
  for (const { body } of replies) {
    assert.doesNotMatch(body, /<script|<img|"onfocus/)
    assert.match(body, /<form method="post" action="\/sign-in">/)
  }
  assert.match(replies[0]?.body ?? '', /&quot;&gt;&lt;script&gt;/)
})

test('a form that is not filled in, or filled in too much, is shown again', async () => {
  const forms: Record<string, string>[] = [
    { email: '' },
    { password: '' },
    { password: 'x'.repeat(1025) },
    { email: 'x'.repeat(255) },
  ]
  for (const form of forms) {
    const reply = await enter(form)
    assert.equal(reply.statusCode, 400)
    assert.match(reply.body, /Enter your e-mail address and your password\./)
  }
  assert.equal((await enter({ amr: 'hwk' })).statusCode, 400)
})

test('two cookies of the session’s name are both refused', async () => {
  const mine = cookieOf(await enter())
  for (const cookie of [`${mine}; ${mine}`, `${mine}; mandate_session=x`])
    assert.equal((await get(house, '/', cookie)).statusCode, 303)
})

test('the records say who signed in and how, and what was refused; no password is in any record, page or table', async () => {
  house.records.ended.length = 0
  const replies = [await enter(), await enter({ password: `${PASSWORD}-but-wrong` }), await enter({ email: '' })]
  const [done, refused] = house.records.ended
  const [person] = await house.rows(`select id from users where email = 'dana@example.com'`)
  assert.equal(done?.outcome, 'done')
  assert.deepEqual(done?.facts, { user: person?.id, amr: 'pwd' })
  assert.deepEqual(done?.questions, [{ action: 'sign-in', resource: 'self:session' }])
  assert.equal(refused?.outcome, 'refused')
  assert.deepEqual(refused?.reasons, ['unauthenticated'])
  const tables = await Promise.all(
    ['sessions', 'passwords', 'sign_in_attempts', 'changes'].map((table) => house.rows(`select * from ${table}`)),
  )
  const everything = JSON.stringify([house.records, tables, replies.map(({ body, headers }) => [body, headers])])
  assert.ok(everything.length > 1000 && !everything.includes(PASSWORD))
})

test('nothing failed on our side', () => {
  assert.deepEqual(house.failures, [])
})
