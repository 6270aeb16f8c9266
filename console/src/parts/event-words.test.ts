// Events as sentences: nothing is said to have been done that is not known to be.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuditEvent } from '@mandate/contract'
import { eventSentence, idsIn, isLooking, outcomeOf, told } from './event-words.ts'

const NAMES = new Map([
  ['usr_dana', 'Dana'],
  ['agt_bot', 'Refund bot'],
  ['agt_plan', 'Planner'],
  ['con_orders', 'orders'],
])
const event = (more: Partial<AuditEvent>): AuditEvent => ({
  ...{
    v: 1,
    id: 'evt_2',
    at: '2026-09-01T09:30:00.000Z',
    kind: 'outcome',
    operation: 'gateway.call-tool',
    class: 'act',
  },
  principal: { sub: 'usr_dana', kind: 'user', act: ['agt_bot'], client_id: 'agt_bot' },
  questions: [{ action: 'refund_order', resource: 'connection:con_orders' }],
  outcome: 'done',
  ...more,
})
const say = (more: Partial<AuditEvent>): string => eventSentence(event(more), NAMES)

test('what is done is told as done, and everything else as asked for', () => {
  assert.equal(say({}), 'Refund bot used refund_order at orders for Dana')
  for (const outcome of ['denied', 'asked', 'refused', 'failed', 'unknown', undefined] as const)
    assert.equal(say({ outcome }), 'Refund bot asked to use refund_order at orders for Dana')
})

test('a chain names who acted and through whom it was called', () => {
  const act = ['agt_bot', 'agt_plan']
  const principal = { sub: 'usr_dana', kind: 'user' as const, act, client_id: 'agt_bot' }
  assert.match(say({ principal }), /^Refund bot \(called by Planner\) used/)
})

test('an agent on its own business, a person, a service and nobody are each named as what they are', () => {
  const own = { sub: 'agt_bot', kind: 'agent' as const, act: ['agt_bot'], client_id: 'agt_bot' }
  assert.equal(say({ principal: own }), 'Refund bot used refund_order at orders')
  const dana = { sub: 'usr_dana', kind: 'user' as const, act: [], client_id: 'cli_first_party' }
  const stop = { operation: 'agents.suspend-agent', questions: [{ action: 'suspend', resource: 'agent:agt_bot' }] }
  assert.equal(say({ ...stop, principal: dana }), 'Dana stopped Refund bot')
  assert.match(say({ ...stop, principal: { ...dana, sub: 'cli_unknown' } }), /^cli_unknown stopped/)
  const none = { principal: undefined, questions: [] }
  assert.equal(
    say({ ...none, operation: 'authentication.sign-in', outcome: 'refused' }),
    'Somebody not signed in asked to sign in',
  )
  assert.equal(say({ ...none, operation: 'authentication.sign-in', facts: { user: 'usr_dana' } }), 'Dana signed in')
  const token = { client: 'agt_bot', sub: 'usr_dana' }
  assert.equal(say({ ...none, operation: 'oauth.token', facts: token }), 'Refund bot got a token for Dana')
})

test('an operation without words of its own is told by its id, done only where that is sure', () => {
  const none = { questions: [] }
  assert.equal(say({ ...none, operation: 'connections.create-connection' }), 'Refund bot created connection for Dana')
  assert.equal(say({ ...none, operation: 'posture.frobnicate-thing' }), 'Refund bot asked to frobnicate thing for Dana')
  for (const operation of ['constructor', '__proto__', 'x.toString'])
    assert.match(say({ ...none, operation }), /asked to/)
})

test('a name that looks like a pattern is put in as it is', () => {
  const names = new Map([...NAMES, ['con_orders', '$& {act} $1']])
  assert.equal(eventSentence(event({}), names), 'Refund bot used refund_order at $& {act} $1 for Dana')
})

test('an attempt is told by its end where that is there, and as begun where it is not', () => {
  const attempt = event({ id: 'evt_1', kind: 'attempt', outcome: undefined })
  const end = event({ attempt: 'evt_1' })
  assert.deepEqual(told([end, attempt]), [end])
  assert.deepEqual(told([attempt]), [attempt])
  assert.deepEqual(outcomeOf(attempt), ['Begun', 'plain'])
})

test('only what a person saw counts as looking: not what was refused, nor what an agent read', () => {
  const person = { sub: 'usr_dana', kind: 'user' as const, act: [], client_id: 'cli_first_party' }
  assert.equal(isLooking(event({ kind: 'read', principal: person })), true)
  assert.equal(isLooking(event({ kind: 'read', principal: person, outcome: 'denied' })), false)
  assert.equal(isLooking(event({ kind: 'read' })), false)
  assert.equal(isLooking(event({ principal: person })), false)
})

test('the ids to look up are those that are named', () => {
  assert.deepEqual(idsIn([event({ facts: { user: 'usr_eve', client: 'cli_1' } })]).sort(), [
    ...['agt_bot', 'cli_1', 'con_orders', 'usr_dana', 'usr_eve'],
  ])
})
