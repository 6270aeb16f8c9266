import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Problem } from '../kernel/problem.ts'
import { type Ended, nobody, type Recorder } from '../pipeline/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { promptly } from './promptly.ts'

const recorded = {
  operation: 'x.y',
  class: 'act',
  correlation: '',
  remote: '',
  principal: nobody,
  questions: [],
} as const
const ended: Ended = { ...recorded, outcome: 'done', reasons: [], facts: {} }
const recorder = (more: Partial<Recorder>): Recorder => ({
  attempt: async () => 'evt_1',
  outcome: async () => {},
  after: () => {},
  refused: () => {},
  ...more,
})
const never = () => new Promise<never>(() => {})

test('records pass through when they are written in time', async () => {
  const record = promptly(recorder({}), () => {})
  assert.equal(await record.attempt(recorded), 'evt_1')
  await record.outcome('evt_1', ended)
})

test('while the log is out of reach nothing is even tried', async () => {
  let tried = false
  const attempt = async () => {
    tried = true
    return 'evt_1'
  }
  const assertFresh = () => {
    throw new Problem('unavailable')
  }
  await assert.rejects(promptly(recorder({ attempt }), assertFresh).attempt(recorded), {
    code: 'unavailable',
  })
  assert.equal(tried, false)
})

test('a record under way is given up on when the log falls silent, and not before', async () => {
  let looks = 0
  const assertFresh = () => {
    looks += 1
    if (looks > 3) throw new Problem('unavailable')
  }
  const record = promptly(recorder({ attempt: never, outcome: never }), assertFresh)
  await Promise.all([
    assert.rejects(record.attempt(recorded), { code: 'unavailable' }),
    assert.rejects(record.outcome('evt_1', ended), { code: 'unavailable' }),
  ])
  assert.equal(looks, 4)
})

test('an outcome in the transaction of its act is left to that transaction', async () => {
  const tx = {} as Transaction
  let given: unknown
  const outcome = async (_: string, __: Ended, inside?: Transaction) => {
    given = inside
  }
  await promptly(recorder({ outcome }), () => {}).outcome('evt_1', ended, tx)
  assert.equal(given, tx)
})
