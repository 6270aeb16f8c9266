// Tuples that are laid so that a question takes long: the work grows with the tuples, and not with their square.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asking } from '../asking-for-tests.ts'
import type { Tuple } from '../model.ts'
import { butNot, computed, model, self, tuple, type } from '../models-for-tests.ts'

const groups = model(
  type('user'),
  type('group', {
    blocked: [self, 'user'],
    member: [butNot(self, computed('blocked')), 'user', 'group#member'],
    plain: [self, 'user', 'group#plain'],
  }),
  type('doc', { viewer: [self, 'group#plain'] }),
)
const COUNT = 40_000
/** What grew with the square took ten seconds and more. */
const SECONDS = 3

function timed<T>(work: () => T): T {
  const startedAt = performance.now()
  try {
    return work()
  } finally {
    const took = performance.now() - startedAt
    assert.ok(took < SECONDS * 1000, `${took} ms`)
  }
}

const load = (tuples: Iterable<string>) => {
  const asked = asking(groups)
  asked.tuples.load(Array.from(tuples, (text): Tuple => tuple(text)))
  return asked
}

test('groups of one hub that lead on to each other, against the order they are looked at in', () => {
  const asked = load(
    (function* () {
      for (let at = 1; at <= COUNT; at++) {
        yield `group:hub#member@group:${at}#member`
        if (at > 1) yield `group:${at}#member@group:${at - 1}#member`
      }
      yield 'group:hub#member@group:deep1#member'
      for (let at = 1; at <= 30; at++) yield `group:deep${at}#member@group:deep${at + 1}#member`
    })(),
  )
  // Some of it lies beyond the depth limit, which is neither yes nor no.
  timed(() => assert.throws(() => asked.check('group:hub#member@user:bob'), /too many rewrite rules/))
})

test('one group that stands in very many', () => {
  const asked = load(
    (function* () {
      for (let at = 1; at <= COUNT; at++) yield `group:${at}#plain@group:all#plain`
      yield 'group:all#plain@user:anne'
      yield 'doc:1#viewer@group:7#plain'
    })(),
  )
  timed(() => assert.equal(asked.check('doc:1#viewer@user:anne'), true))
  timed(() => assert.equal(asked.check('doc:1#viewer@user:bob'), false))
})
