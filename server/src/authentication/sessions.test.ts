// Sessions are alive only as long as they may be, and what came of them dies with them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { UserId } from '../kernel/ids.ts'
import { revoke } from '../platform/changes/index.ts'
import { cookieOf, elsewhere, type House, openHouse, post } from '../testing/house.ts'
import type { Session } from './model.ts'
import { trimSignIns } from './retention.ts'

const PASSWORD = 'correct-horse-battery'
const HOUR = 3_600_000
let house: House
let dana: UserId

before(async () => {
  house = await openHouse()
  dana = await house.addPerson('dana@example.com', { password: PASSWORD })
})
after(() => house.close())

async function signedIn(): Promise<{ value: string; session: Session }> {
  const form = { email: 'dana@example.com', password: PASSWORD }
  const value = cookieOf(await post(house, '/sign-in', form, { remote: elsewhere() })).split('=')[1]
  const session = await house.sessions.find(value)
  assert.ok(value && session)
  return { value, session }
}

const dead = async ({ value, session }: Awaited<ReturnType<typeof signedIn>>) => {
  assert.equal(await house.sessions.find(value), undefined)
  assert.equal(await house.sessions.live(session.id), false)
}

test('a session says who, since when, how, and until when', async () => {
  const now = house.clock.now()
  const { session } = await signedIn()
  assert.match(session.id, /^ses_/)
  assert.deepEqual(
    { ...session, id: undefined },
    {
      ...{ id: undefined, user: dana, authTime: Math.floor(now / 1000), amr: ['pwd'], position: 1 },
      expiresAt: now + 12 * HOUR,
    },
  )
  assert.equal(await house.sessions.live(session.id), true)
})

test('what names no session finds none', async () => {
  const { session } = await signedIn()
  const [row] = await house.rows('select token_hash from sessions')
  for (const cookie of [undefined, '', 'x', session.id, String(row?.token_hash), "' or 1=1 --", '\u0001'.repeat(5000)])
    assert.equal(await house.sessions.find(cookie), undefined)
  assert.equal(await house.sessions.live('ses_unknown'), false)
})

test('it ends after twelve hours, however much it is used', async () => {
  const one = await signedIn()
  for (let hour = 1; hour < 12; hour++) {
    house.pass(HOUR)
    assert.ok(await house.sessions.find(one.value))
  }
  house.pass(HOUR - 1)
  assert.ok(await house.sessions.find(one.value))
  house.pass(1)
  await dead(one)
  assert.equal(await house.database.transaction((tx) => house.sessions.end(tx, one.session.id, 'late')), false)
})

test('ending it once is enough, kills what was issued from it, and leaves others alone', async () => {
  const [one, other] = [await signedIn(), await signedIn()]
  const end = () => house.database.transaction((tx) => house.sessions.end(tx, one.session.id, 'asked_to'))
  assert.deepEqual(await Promise.all([end(), end(), end()]), [true, false, false])
  await dead(one)
  const rows = await house.rows(`select link, reason from revocations where link = '${one.session.id}'`)
  assert.deepEqual(rows, [{ link: one.session.id, reason: 'asked_to' }])
  assert.ok(await house.sessions.find(other.value))
})

test('an end that is rolled back did not happen', async () => {
  const one = await signedIn()
  await assert.rejects(
    house.database.transaction(async (tx) => {
      await house.sessions.end(tx, one.session.id, 'asked_to')
      throw new Error('changed its mind')
    }),
  )
  assert.ok(await house.sessions.find(one.value))
  assert.deepEqual(await house.rows(`select link from revocations where link = '${one.session.id}'`), [])
})

test('who is deactivated is out at once, and an old session does not come back with them', async () => {
  const one = await signedIn()
  await house.directory('POST /users/{id}/deactivate', { id: dana })
  await dead(one)
  await house.directory('POST /users/{id}/reactivate', { id: dana })
  await dead(one)
  const two = await signedIn()
  assert.ok(await house.sessions.live(two.session.id))
})

test('a session revoked by name elsewhere is dead here', async () => {
  const one = await signedIn()
  const reached = Promise.withResolvers<number | undefined>()
  await house.database.transaction(async (tx) => {
    tx.committed(reached.resolve)
    revoke(tx, one.session.id, 'universal_logout')
  })
  await house.reached((await reached.promise) ?? 0)
  await dead(one)
})

test('what is past its retention is deleted, and nothing that lives', async () => {
  house.pass(8 * 24 * HOUR)
  const one = await signedIn()
  await house.database.transaction((tx) => trimSignIns(tx, house.clock.now()))
  assert.deepEqual(await house.rows('select id from sessions'), [{ id: one.session.id }])
  assert.ok(await house.sessions.find(one.value))
  assert.deepEqual(await house.rows("select until from sign_in_attempts where until < now() - interval '10 years'"), [])
})
