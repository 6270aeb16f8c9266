// The first administrator: one link, one use, one day, and only while there is nobody.
import assert from 'node:assert/strict'
import { afterEach, beforeEach, test } from 'node:test'
import { cookieOf, get, type House, openHouse, post, type Visit } from '../../testing/house.ts'
import { bootstrapAdmin, makeSetupLink } from '../first-admin.ts'

const PASSWORD = 'canary-correct-horse-battery'
const HOUR = 3_600_000
let house: House

beforeEach(async () => {
  house = await openHouse()
})
afterEach(async () => {
  await house.close()
  assert.deepEqual(house.failures, [])
})

async function link(): Promise<string> {
  const made = await makeSetupLink({ database: house.database, issuer: `${house.issuer}/`, now: house.clock.now() })
  assert.ok(made)
  assert.match(made, /^http:\/\/localhost:4000\/setup\?token=[A-Za-z0-9_-]{43}$/)
  return made.slice(house.issuer.length)
}

const tokenOf = (path: string): string => new URL(path, house.issuer).searchParams.get('token') ?? ''
const setUp = (path: string, form: Record<string, string> = {}, visit: Visit = {}) =>
  post(
    house,
    '/setup',
    { token: tokenOf(path), email: 'dana@example.com', name: 'Dana', password: PASSWORD, ...form },
    visit,
  )
const users = () => house.rows('select email, name from users order by email')
const GONE = /This setup link does not work any more/

test('the link shows the form, makes the administrator and signs them in', async () => {
  const path = await link()
  const form = await get(house, path)
  assert.equal(form.statusCode, 200)
  assert.match(form.body, /action="\/setup"/)
  const reply = await setUp(path, { email: 'Dana@Example.com' })
  assert.equal(reply.statusCode, 303)
  assert.equal(reply.headers.location, '/')
  const home = await get(house, '/', cookieOf(reply))
  assert.match(home.body, /Hello, Dana/)
  assert.match(home.body, /admin/)
  assert.deepEqual(await users(), [{ email: 'dana@example.com', name: 'Dana' }])
  const again = await post(house, '/sign-in', { email: 'dana@example.com', password: PASSWORD })
  assert.equal(again.statusCode, 303)
  assert.ok(!JSON.stringify([house.records, home.body, await house.rows('select * from changes')]).includes(PASSWORD))
  assert.ok(!JSON.stringify([house.records, await house.rows('select * from setup_links')]).includes(tokenOf(path)))
})

test('a name may be left out', async () => {
  assert.equal((await setUp(await link(), { name: '' })).statusCode, 303)
  assert.deepEqual(await users(), [{ email: 'dana@example.com', name: null }])
})

test('a used link is dead, and so is every other link', async () => {
  const [one, two] = [await link(), await link()]
  assert.equal((await setUp(one)).statusCode, 303)
  for (const path of [one, two]) {
    const shown = await get(house, path)
    assert.equal(shown.statusCode, 404)
    assert.match(shown.body, GONE)
    const used = await setUp(path, { email: 'mallory@example.com' })
    assert.equal(used.statusCode, 404)
    assert.equal(used.headers['set-cookie'], undefined)
  }
  assert.equal(
    await makeSetupLink({ database: house.database, issuer: house.issuer, now: house.clock.now() }),
    undefined,
  )
  assert.equal((await users()).length, 1)
})

test('of many uses at once, of one link or of several, one wins', async () => {
  const links = [await link(), await link()]
  const tries = Array.from({ length: 10 }, (_, n) => setUp(links[n % 2] ?? '', { email: `a${n}@example.com` }))
  const statuses = (await Promise.all(tries)).map(({ statusCode }) => statusCode)
  assert.equal(statuses.filter((status) => status === 303).length, 1)
  assert.equal(statuses.filter((status) => status === 404).length, 9)
  assert.equal((await users()).length, 1)
  assert.equal((await house.rows(`select role from role_members`)).length, 1)
})

test('a link is dead after a day', async () => {
  const path = await link()
  house.pass(24 * HOUR - 1)
  assert.equal((await get(house, path)).statusCode, 200)
  house.pass(1)
  assert.equal((await get(house, path)).statusCode, 404)
  assert.equal((await setUp(path)).statusCode, 404)
  assert.deepEqual(await users(), [])
})

test('a link is dead once anybody is known', async () => {
  const path = await link()
  await house.addPerson('first@example.com')
  assert.equal((await get(house, path)).statusCode, 404)
  assert.equal((await setUp(path)).statusCode, 404)
})

test('tokens that were never made open nothing', async () => {
  await link()
  const [row] = await house.rows('select token_hash from setup_links')
  for (const token of ['', 'x', String(row?.token_hash), 'x'.repeat(500)]) {
    assert.equal((await get(house, `/setup?token=${token}`)).statusCode, 404)
    assert.notEqual((await setUp(`/setup?token=${token}`)).statusCode, 303)
  }
  assert.equal((await get(house, '/setup')).statusCode, 404)
  assert.deepEqual(await users(), [])
})

test('what does not fit is said on the form, which keeps what was typed but not the password', async () => {
  const path = await link()
  const payload = '"><script>alert(1)</script>'
  const weak = await setUp(path, { password: 'canary-pw', name: payload })
  assert.equal(weak.statusCode, 400)
  assert.match(weak.body, /The password must have 12 characters or more\./)
  assert.match(weak.body, /value="dana@example\.com"/)
  assert.doesNotMatch(weak.body, /<script|canary-pw/)
  const odd = await setUp(path, { email: payload })
  assert.match(odd.body, /The e-mail address must be an e-mail address\./)
  assert.doesNotMatch(odd.body, /<script/)
  assert.equal((await setUp(path)).statusCode, 303)
})

test('another site cannot use a link through the operator’s browser', async () => {
  const path = await link()
  for (const origin of ['https://evil.example', 'null'])
    assert.equal((await setUp(path, {}, { origin })).statusCode, 403)
  assert.deepEqual(await users(), [])
})

test('the operator’s administrator is made once, however many replicas start at once', async () => {
  const path = await link()
  const { database, clock } = house
  const start = () => bootstrapAdmin({ database, email: 'Root@Example.com', password: PASSWORD, now: clock.now() })
  const made = await Promise.all([start(), start(), start()])
  assert.equal(made.filter((id) => id !== undefined).length, 1)
  assert.equal(await start(), undefined)
  assert.deepEqual(await users(), [{ email: 'root@example.com', name: null }])
  const reply = await post(house, '/sign-in', { email: 'root@example.com', password: PASSWORD })
  assert.equal(reply.statusCode, 303)
  assert.equal((await setUp(path)).statusCode, 404)
})

test('the operator’s administrator is not added where somebody is known', async () => {
  await house.addPerson('first@example.com')
  const { database, clock } = house
  assert.equal(
    await bootstrapAdmin({ database, email: 'root@example.com', password: PASSWORD, now: clock.now() }),
    undefined,
  )
  assert.equal((await users()).length, 1)
})
