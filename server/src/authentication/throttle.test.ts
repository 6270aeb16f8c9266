// Guessing slows down, however the guesses are made.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { Problem } from '../kernel/problem.ts'
import { eachDatabase, type TestDatabase, testDatabase } from '../platform/database/test-database.ts'
import { MIGRATIONS } from '../testing/house.ts'
import { type Attempt, beginAttempt, succeeded } from './throttle.ts'

const SECOND = 1000
const START = Date.UTC(2026, 7, 1)

eachDatabase('the throttle', (kind) => {
  let made: TestDatabase
  before(async () => {
    made = await testDatabase({ kind, migrations: MIGRATIONS })
  })
  after(() => made.close())

  const attempt = (email: string, remote: string, now: number): Promise<Attempt> =>
    made.database.transaction((tx) => beginAttempt(tx, { email, remote, now }))
  const succeed = (begun: Attempt, now: number) => made.database.transaction((tx) => succeeded(tx, begun, now))
  /** Seconds to wait, or 0 when the attempt may go on. */
  const wait = (email: string, remote: string, now: number): Promise<number> =>
    attempt(email, remote, now).then(
      () => 0,
      (error: unknown) => {
        assert.ok(error instanceof Problem && error.code === 'rate_limited', String(error))
        return Number(error.details.headers?.['retry-after'])
      },
    )
  let networks = 0
  const network = () => `203.0.113.${++networks}`

  test('from the fifth failure on, each one doubles a delay from one second to fifteen minutes', async () => {
    let now = START
    const waits: number[] = []
    for (let failure = 1; failure <= 16; failure++) {
      await attempt('a@example.com', network(), now)
      if (failure < 5) continue
      const seconds = await wait('a@example.com', network(), now)
      waits.push(seconds)
      assert.equal(await wait('a@example.com', network(), now + seconds * SECOND - 1), 1)
      now += seconds * SECOND
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900])
  })

  test('one network that tries many addresses is slowed down as well', async () => {
    const remote = network()
    for (let n = 1; n <= 100; n++) assert.equal(await wait(`spray${n}@example.com`, remote, START), 0)
    assert.equal(await wait('spray101@example.com', remote, START), 1)
    assert.equal(await wait('spray101@example.com', network(), START), 0)
  })

  test('while delayed nothing is counted: the wait does not grow, and the other subject is not charged', async () => {
    const remote = network()
    for (let n = 1; n <= 5; n++) await attempt('b@example.com', remote, START)
    for (let n = 0; n < 20; n++) assert.equal(await wait('b@example.com', network(), START), 1)
    const crowded = network()
    for (let n = 1; n <= 100; n++) await attempt(`crowd${n}@example.com`, crowded, START)
    for (let n = 0; n < 20; n++) assert.equal(await wait('bystander@example.com', crowded, START), 1)
    assert.equal(await wait('b@example.com', network(), START + SECOND), 0)
    for (let n = 1; n <= 5; n++) assert.equal(await wait('bystander@example.com', network(), START), 0)
  })

  test('fifty guesses at once are judged one by one: five get through', async () => {
    const guesses = Array.from({ length: 50 }, (_, n) => wait('race@example.com', `192.0.2.${n}`, START))
    const waits = await Promise.all(guesses)
    assert.equal(waits.filter((seconds) => seconds === 0).length, 5)
    assert.equal(waits.filter((seconds) => seconds === 1).length, 45)
  })

  test('guesses at once that cross each other by address and network do not hang', async () => {
    const pairs = Array.from({ length: 24 }, (_, n) => wait(`x${n % 2}@example.com`, `192.0.3.${(n >> 1) % 2}`, START))
    const waits = await Promise.all(pairs)
    assert.ok(waits.filter((seconds) => seconds === 0).length <= 10)
  })

  test('success clears the address', async () => {
    for (let n = 1; n <= 4; n++) await attempt('c@example.com', network(), START)
    await succeed(await attempt('c@example.com', network(), START), START)
    for (let n = 1; n <= 5; n++) assert.equal(await wait('c@example.com', network(), START), 0)
    assert.equal(await wait('c@example.com', network(), START), 1)
  })

  test('many people who sign in rightly from one network are not slowed down', async () => {
    const remote = network()
    for (let n = 1; n <= 130; n++) await succeed(await attempt(`office${n}@example.com`, remote, START), START)
    assert.equal(await wait('office131@example.com', remote, START), 0)
  })

  test('signing in to an account of one’s own hides no guesses at others', async () => {
    const remote = network()
    for (let n = 1; n <= 99; n++) {
      await attempt(`victim${n}@example.com`, remote, START)
      await succeed(await attempt('own@example.com', remote, START), START)
    }
    await attempt('victim100@example.com', remote, START)
    assert.equal(await wait('own@example.com', remote, START), 1)
    const begun = await attempt('own@example.com', remote, START + SECOND)
    await succeed(begun, START + SECOND)
    assert.equal(await wait('victim101@example.com', remote, START + SECOND), 0)
    assert.equal(await wait('victim102@example.com', remote, START + SECOND), 2)
  })

  test('an hour after the delay nothing is held against anyone', async () => {
    for (let n = 1; n <= 5; n++) await attempt('d@example.com', network(), START)
    const later = START + 3_602 * SECOND
    for (let n = 1; n <= 5; n++) assert.equal(await wait('d@example.com', network(), later), 0)
    assert.equal(await wait('d@example.com', network(), later), 1)
  })

  test('the table lists neither addresses nor networks', async () => {
    await attempt('secret-address@example.com', '203.0.113.250', START)
    const { rows } = await made.database.connected((connection) =>
      connection.query('select subject_hash from sign_in_attempts'),
    )
    assert.ok(rows.length > 0)
    for (const { subject_hash } of rows) assert.match(String(subject_hash), /^[A-Za-z0-9_-]{43}$/)
  })
})
