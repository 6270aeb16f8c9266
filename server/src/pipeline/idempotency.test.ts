import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { embeddedDatabase } from '../platform/database/test-embedded.ts'
import { claimKey, keepAnswer, trimKeys } from './idempotency.ts'
import { nobody } from './index.ts'

const migrations = [{ room: 'pipeline', folder: new URL('./migrations/', import.meta.url) }]
const database = await embeddedDatabase(migrations)
after(() => database.close())

const dana = { ...nobody, sub: 'usr_dana' } as const
const keyed = (key: string, input: unknown = { n: 1 }, more = {}) => ({
  ...{ key, operation: 'x.do', principal: dana, input, now: 1_000 },
  ...more,
})
let acts = 0
const act = (given: ReturnType<typeof keyed>) =>
  database.transaction(async (tx) => {
    const before = await claimKey(tx, given)
    if (before) return before.answer
    acts += 1
    await keepAnswer(tx, given, { act: acts })
    return { act: acts }
  })

test('the same request under the same key is done once and answered alike', async () => {
  acts = 0
  const first = await act(keyed('a'))
  assert.deepEqual(await act(keyed('a')), first)
  assert.equal(acts, 1)
})

test('twenty at once are done once', async () => {
  acts = 0
  const answers = await Promise.all(Array.from({ length: 20 }, () => act(keyed('race'))))
  assert.equal(acts, 1)
  for (const answer of answers) assert.deepEqual(answer, { act: 1 })
})

test('a key used for something else is refused', async () => {
  await act(keyed('b'))
  await assert.rejects(act(keyed('b', { n: 2 })), { code: 'idempotency_conflict' })
})

test("another caller's key, and another operation's, are other keys", async () => {
  acts = 0
  await act(keyed('c'))
  await act(keyed('c', { n: 1 }, { principal: { ...nobody, sub: 'usr_eve' } }))
  await act(keyed('c', { n: 1 }, { operation: 'x.other' }))
  assert.equal(acts, 3)
})

test('an act that failed frees its key', async () => {
  acts = 0
  const failing = database.transaction(async (tx) => {
    await claimKey(tx, keyed('d'))
    throw new Error('no')
  })
  await assert.rejects(failing)
  await act(keyed('d'))
  assert.equal(acts, 1)
})

test('an answer that was shown once is not given again, and the act is not repeated', async () => {
  await database.transaction(async (tx) => void (await claimKey(tx, keyed('once'))))
  await assert.rejects(act(keyed('once')), { code: 'idempotency_conflict' })
})

test('after a day a key is new again', async () => {
  acts = 0
  await act(keyed('old'))
  await act(keyed('old', { n: 1 }, { now: 1_000 + 25 * 3_600_000 }))
  assert.equal(acts, 2)
  await database.transaction((tx) => trimKeys(tx, 1_000 + 60 * 3_600_000))
})
