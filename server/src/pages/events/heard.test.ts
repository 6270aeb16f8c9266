// What the road records is told when it is true, and looking at a page is no reason to look again.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Principal } from '../../kernel/principal.ts'
import { type Ended, nobody, type Recorder } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { followForEvents } from './following.ts'
import { heard } from './heard.ts'
import type { HouseEvent } from './model.ts'

const person: Principal = { ...nobody, sub: 'usr_dana', kind: 'user', audience: 'session' }
const acting: Principal = { ...person, act: [{ sub: 'agt_1' }], audience: 'https://mandate.example/mcp/orders' }

const ended = (more: Partial<Ended>): Ended => ({
  ...{ operation: 'test.op', class: 'act', correlation: '', remote: '', principal: person, questions: [] },
  ...{ outcome: 'done', reasons: [], facts: { name: 'contents' } },
  ...more,
})

function listening(recorder: Partial<Recorder> = {}) {
  const told: HouseEvent[] = []
  const silent = { attempt: async () => 'evt_1', outcome: async () => {}, after: () => {}, refused: () => {} }
  return { told, record: heard({ ...silent, ...recorder }, (event) => told.push(event)) }
}

test('an act is told, a refused one as a refusal with its id, and nothing of what it was about', async () => {
  const { told, record } = listening()
  await record.outcome('evt_7', ended({ outcome: 'denied', principal: acting, reasons: ['never:refund_order'] }))
  assert.deepEqual(told, [
    { kind: 'refusal', data: { id: 'evt_7' } },
    { kind: 'activity', data: {} },
  ])
})

test('what people look at is not told, or an open page would look for ever; what agents look at is', () => {
  const { told, record } = listening()
  record.after(ended({ class: 'read' }))
  record.after(ended({ class: 'read', outcome: 'denied' }))
  record.after(ended({ class: 'question', outcome: 'denied' }))
  record.after(ended({ class: 'read', principal: undefined }))
  assert.deepEqual(told, [])
  record.after(ended({ class: 'read', principal: acting }))
  assert.deepEqual(told, [{ kind: 'activity', data: {} }])
})

test('what is part of a transaction is told when it is committed, not before', async () => {
  const { told, record } = listening()
  const committed: (() => void)[] = []
  const tx = { committed: (tell: () => void) => committed.push(tell) } as unknown as Transaction
  await record.outcome('evt_1', ended({}), tx)
  assert.deepEqual(told, [])
  for (const tell of committed) tell()
  assert.equal(told.length, 1)
})

test('what could not be recorded is not told', async () => {
  const { told, record } = listening({ outcome: async () => Promise.reject(new Error('no database')) })
  await assert.rejects(record.outcome('evt_1', ended({})), /no database/)
  assert.deepEqual(told, [])
})

test('the change log is told by kind, with the id and state of an approval and nothing else', async () => {
  const told: HouseEvent[] = []
  const follower = followForEvents((event) => told.push(event))
  const body = { status: 'pending', arguments: { secret: 'canary' }, name: 'canary' }
  const keys: Record<string, string> = {
    'approvals.approval': 'apr_1',
    revocation: 'ses_canary',
    'agents.agent': 'agt_1',
  }
  for (const [topic, key] of Object.entries(keys)) follower.apply({ position: 1, topic, key, body })
  follower.apply({ position: 2, topic: 'approvals.approval', key: 'apr_2', body: null })
  assert.deepEqual(told, [
    { kind: 'approval', data: { id: 'apr_1', status: 'pending' } },
    { kind: 'revocation', data: {} },
    { kind: 'activity', data: {} },
    { kind: 'approval', data: { id: 'apr_2' } },
  ])
  for (const topic of Object.keys(keys)) assert.ok(follower.topics.includes(topic), topic)
})
