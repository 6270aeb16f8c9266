import assert from 'node:assert/strict'
import { test } from 'node:test'
import { z } from 'zod'
import { type Decision, deny, permit } from '../kernel/decision.ts'
import { Problem } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import { type Call, type Ended, nobody, type Operation, operation, type Ports, road } from './index.ts'

// The road's ports, each writing down that it was passed.
function trip(more: Partial<Ports> & { decision?: Decision } = {}) {
  const passed: string[] = []
  const ended: Ended[] = []
  const ports: Ports = {
    authenticate: () => {
      passed.push('authenticate')
      return { ...nobody, sub: 'usr_dana', kind: 'user' }
    },
    decide: () => {
      passed.push('authorize')
      return more.decision ?? permit
    },
    record: {
      attempt: async () => {
        passed.push('attempt')
        return 'evt_1'
      },
      outcome: async (_, end, tx) => {
        passed.push(tx ? 'outcome in the transaction' : 'outcome')
        ended.push(end)
      },
      after: (end) => {
        passed.push('after')
        ended.push(end)
      },
      refused: (_, reason) => void passed.push(`refused ${reason}`),
    },
    transaction: async (work) => {
      passed.push('begin')
      const value = await work({ committed: () => {} } as unknown as Transaction)
      passed.push('commit')
      return value
    },
    reached: async () => true,
    span: (_, work) => work(),
    counted: () => {},
    now: () => 0,
    elapsed: () => 0,
    ...more,
  }
  const call = (input: unknown = { n: 1 }): Call => ({
    credentials: { audience: 'x' },
    input,
    correlation: 'req_1',
    remote: '',
  })
  return { passed, ended, call, perform: road(ports) }
}

const described = {
  id: 'test.act',
  summary: '',
  audit: 'act',
  input: z.strictObject({ n: z.number() }),
  output: z.number(),
  asks: () => [{ action: 'do', resource: 'thing:1' }],
} as const

const add = operation({ ...described, run: async (_, { n }) => n + 1 })

test('an act passes every station in order, and shares its transaction with its outcome', async () => {
  const { passed, call, perform } = trip()
  assert.equal(await perform(add, call()), 2)
  assert.deepEqual(passed, ['authenticate', 'attempt', 'authorize', 'begin', 'outcome in the transaction', 'commit'])
})

test('what leaves the house runs outside any transaction, between its attempt and its outcome', async () => {
  const { passed, call, perform } = trip()
  const send = operation({
    ...described,
    reach: (_, { n }) => {
      passed.push('act')
      return n
    },
  })
  await perform(send, call())
  assert.deepEqual(passed, ['authenticate', 'attempt', 'authorize', 'act', 'outcome'])
})

test('an attempt that cannot be recorded is not made', async () => {
  const { passed, call, perform } = trip()
  const failing = trip({
    record: {
      attempt: async () => {
        throw new Problem('unavailable')
      },
      outcome: async () => {},
      after: () => {},
      refused: () => {},
    },
  })
  let acted = false
  const send = operation({
    ...described,
    reach: () => {
      acted = true
      return 1
    },
  })
  await assert.rejects(failing.perform(send, call()), { code: 'unavailable' })
  assert.equal(acted, false)
  assert.deepEqual(passed, [])
  void perform
})

test('a denial is recorded and the body never runs', async () => {
  for (const decision of [deny('never'), { answer: 'ask', policies: [], reasons: ['a'] }] as const) {
    const { passed, ended, call, perform } = trip({ decision })
    let acted = false
    const send = operation({
      ...described,
      reach: () => {
        acted = true
        return 1
      },
    })
    const code = decision.answer === 'ask' ? 'approval_required' : 'forbidden'
    await assert.rejects(perform(send, call()), { code })
    assert.equal(acted, false)
    assert.deepEqual(passed.at(-1), 'outcome')
    assert.equal(ended[0]?.outcome, decision.answer === 'ask' ? 'asked' : 'denied')
  }
})

test('input that does not fit is refused before anything is recorded as attempted, naming field and rule', async () => {
  const { passed, call, perform } = trip()
  await assert.rejects(perform(add, call({ n: 'x', extra: 1 })), (error: Problem) => {
    assert.equal(error.code, 'invalid_input')
    assert.deepEqual(error.details.errors?.map(({ field }) => field).sort(), ['extra', 'n'])
    return true
  })
  assert.deepEqual(passed, ['authenticate', 'refused invalid_input'])
})

test('a body that throws rolls back, and its failure is recorded outside the lost transaction', async () => {
  const { passed, ended, call, perform } = trip()
  const failing = operation({
    ...described,
    run: async () => {
      throw new Problem('conflict')
    },
  })
  await assert.rejects(perform(failing, call()), { code: 'conflict' })
  assert.deepEqual(passed, ['authenticate', 'attempt', 'authorize', 'begin', 'outcome'])
  assert.equal(ended[0]?.outcome, 'refused')
})

test('an act that was done is never recorded as failed because its outcome could not be written', async () => {
  const outcomes: string[] = []
  const { call, perform } = trip({
    record: {
      attempt: async () => 'evt_1',
      outcome: async (_, { outcome }) => {
        outcomes.push(outcome)
        throw new Problem('unavailable')
      },
      after: () => {},
      refused: () => {},
    },
  })
  await assert.rejects(perform(operation({ ...described, reach: () => 1 }), call()), { code: 'outcome_unknown' })
  assert.deepEqual(outcomes, ['done'])
})

test('an act whose end is not known is recorded as unknown', async () => {
  const { ended, call, perform } = trip()
  const send = operation({
    ...described,
    reach: () => {
      throw new Problem('outcome_unknown')
    },
  })
  await assert.rejects(perform(send, call()), { code: 'outcome_unknown' })
  assert.equal(ended[0]?.outcome, 'unknown')
})

test('what is not public and asks nothing is refused', async () => {
  const { call, perform } = trip()
  const open = operation({ ...described, asks: () => [], reach: () => 1 })
  await assert.rejects(perform(open, call()), /not public and asks nothing/)
})

test('a public operation is not authenticated, and only what the list names is public', async () => {
  const { passed, call, perform } = trip()
  await perform(operation({ ...described, id: 'oauth.jwks', audit: 'question', reach: () => 1 }), call())
  assert.deepEqual(passed, [])
})

test('reads are recorded after they ended, questions only when they are denied', async () => {
  const read = trip()
  await read.perform(operation({ ...described, audit: 'read', reach: () => 1 }), read.call())
  assert.deepEqual(read.passed, ['authenticate', 'authorize', 'after'])
  const question = trip()
  await question.perform(operation({ ...described, audit: 'question', reach: () => 1 }), question.call())
  assert.deepEqual(question.passed, ['authenticate', 'authorize'])
  const denied = trip({ decision: deny('no') })
  const asked = operation({ ...described, audit: 'question', reach: () => 1 })
  await assert.rejects(denied.perform(asked, denied.call()))
  assert.deepEqual(denied.passed, ['authenticate', 'authorize', 'after'])
})

test('a body cannot be reached from the outside, and what operation() did not make has none', async () => {
  assert.deepEqual(
    Object.keys(add).filter((key) => typeof (add as never)[key] === 'function'),
    ['asks'],
  )
  const { call, perform } = trip()
  const forged = { ...add, id: 'test.forged' } as unknown as Operation
  await assert.rejects(perform(forged, call()), /was not made by operation/)
})

test('a question that waits for nothing is answered in the same step, with all of its records', async () => {
  const asked = (reach: () => unknown) =>
    operation({
      ...described,
      id: 'test.ask',
      audit: 'question',
      reach: reach as () => number,
    }) as unknown as Operation
  const counted: string[] = []
  const { passed, ended, call, perform } = trip({ counted: (_, outcome) => void counted.push(outcome) })
  assert.deepEqual(
    perform.now(
      asked(() => ({ said: 1 })),
      call(),
    ),
    { said: 1 },
  )
  assert.deepEqual(passed, ['authenticate', 'authorize'])
  const refusing = asked(() => {
    throw new Problem('conflict')
  })
  assert.throws(() => perform.now(refusing, call()), { code: 'conflict' })
  assert.deepEqual([ended.at(-1)?.outcome, ended.at(-1)?.reasons], ['refused', ['conflict']])
  const later = perform.now(
    asked(() => Promise.resolve({ said: 2 })),
    call(),
  )
  assert.ok(later instanceof Promise)
  assert.deepEqual(await later, { said: 2 })
  const failing = asked(() => Promise.reject(new Error('ours')))
  await assert.rejects(Promise.resolve(perform.now(failing, call())), /ours/)
  assert.throws(
    () =>
      perform.now(
        asked(() => 0),
        call({ n: 'no number' }),
      ),
    { code: 'invalid_input' },
  )
  assert.deepEqual(counted, ['done', 'refused', 'done', 'failed'])
  assert.equal(passed.at(-1), 'refused invalid_input')
})

test('a question to which the answer is no is refused in the same step, and recorded', () => {
  const { ended, call, perform } = trip({ decision: deny('scope_missing:x') })
  const asked = operation({ ...described, id: 'test.ask', audit: 'question', reach: () => assert.fail() })
  assert.throws(() => perform.now(asked as unknown as Operation, call()), { code: 'forbidden' })
  assert.deepEqual([ended.at(-1)?.outcome, ended.at(-1)?.reasons], ['denied', ['scope_missing:x']])
})

test('a principal that has to be waited for makes a question wait', async () => {
  const principal = { ...nobody, sub: 'usr_dana', kind: 'user' } as const
  const { call, perform, passed } = trip({ authenticate: async () => principal })
  const asked = operation({
    ...described,
    id: 'test.ask',
    audit: 'question',
    reach: ({ principal: { sub } }) => sub.length,
  })
  assert.equal(await perform.now(asked as unknown as Operation, call()), 8)
  const refusing = trip({ authenticate: () => Promise.reject(new Problem('unauthenticated')) })
  await assert.rejects(Promise.resolve(refusing.perform.now(asked as unknown as Operation, call())), {
    code: 'unauthenticated',
  })
  assert.deepEqual([passed, refusing.passed], [['authorize'], ['refused unauthenticated']])
})
