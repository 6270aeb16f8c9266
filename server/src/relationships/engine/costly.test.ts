// Tuples that are laid so that a question takes long: the work grows with the tuples, and not with their square.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Rewrite, Tuple } from '../model.ts'
import { validTypes } from '../models/model-rules.ts'
import { butNot, computed, model, self, tuple, type } from '../testing/models.ts'
import { asking } from '../testing/questions.ts'

const groups = model(
  type('user'),
  type('group', {
    blocked: [self, 'user'],
    member: [butNot(self, computed('blocked')), 'user', 'group#member'],
    plain: [self, 'user', 'group#plain'],
  }),
  type('doc', { viewer: [self, 'group#plain'] }),
)
const COUNT = 20_000
/** What grew with the square took ten seconds and more. */
const SECONDS = 3

function timed<T>(work: () => T): T {
  const before = process.threadCpuUsage()
  try {
    return work()
  } finally {
    // Of the processor, which others may be using, too.
    const { user, system } = process.threadCpuUsage(before)
    assert.ok(user + system < SECONDS * 1e6, `${user + system} µs`)
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

test('relations computed from each other, as many as a model may hold', () => {
  const chained = 4000
  const relations = Object.fromEntries(
    Array.from({ length: chained }, (_, at): [string, [Rewrite, ...string[]]] => [
      `r${at}`,
      at === chained - 1 ? [self, 'user'] : [computed(`r${at + 1}`)],
    ]),
  )
  const long = model(type('user'), type('doc', relations))
  timed(() => validTypes(long))
  const asked = asking(long, `doc:1#r${chained - 1}@user:anne`)
  // More than can be followed is refused, as what lies too deep is; it is no failure of the server.
  timed(() => assert.throws(() => asked.check('doc:1#r0@user:anne'), /too many rewrite rules/))
  assert.equal(asked.check(`doc:1#r${chained - 20}@user:anne`), true)
  assert.equal(asked.check(`doc:1#r${chained - 20}@user:bob`), false)
})

test('a circle of computed relations is found however long it is', () => {
  const around = (count: number) =>
    model(
      type('user'),
      type(
        'doc',
        Object.fromEntries(
          Array.from({ length: count }, (_, at): [string, [Rewrite]] => [`r${at}`, [computed(`r${(at + 1) % count}`)]]),
        ),
      ),
    )
  for (const count of [1, 2, 4000]) timed(() => assert.throws(() => validTypes(around(count)), /computed from itself/))
})

test('a thousand documents of groups that all contain each other, filtered for one person', async () => {
  const count = 1000
  const excluding = model(
    ...groups.type_definitions.slice(0, 2),
    type('doc', { viewer: [self, 'user', 'group#member'] }),
  )
  const asked = asking(excluding)
  const tuples = (deep: boolean) =>
    (function* () {
      for (let at = 1; at <= count; at++) {
        yield `group:0#member@group:${at}#member`
        yield `group:${at}#member@group:0#member`
        yield `doc:${at}#viewer@group:${at}#member`
      }
      yield 'doc:1#viewer@user:bob'
      yield 'group:7#member@user:anne'
      if (deep) for (let at = 0; at <= 30; at++) yield `group:${at && `c${at}`}#member@group:c${at + 1}#member`
    })()
  const ids = Array.from({ length: count }, (_, at) => String(at + 1))
  for (const deep of [false, true]) {
    asked.tuples.load(Array.from(tuples(deep), (text): Tuple => tuple(text)))
    // All is in memory: it is judged before the promise is returned.
    const seenBy = async (user: string) => {
      const [seen = []] = await timed(() => asked.visible({ user, type: 'doc', relation: 'viewer', ids }))
      return seen.filter((one) => one).length
    }
    assert.equal(await seenBy('user:anne'), count)
    // What cannot be judged is not seen; it takes nothing from what can.
    assert.equal(await seenBy('user:bob'), 1)
    assert.equal(await seenBy('user:nobody'), 0)
  }
})

test('everyone of ten thousand groups, of which each may exclude', () => {
  const count = 10_000
  const asked = load(
    (function* () {
      for (let at = 0; at < count; at++) {
        yield `group:hub#member@group:${at}#member`
        yield `group:${at}#member@user:${at}`
        if (at % 10 === 0) yield `group:${at}#blocked@user:${at}`
      }
    })(),
  )
  assert.equal(timed(() => asked.users('group:hub#member', { type: 'user' })).length, count * 0.9)
})
