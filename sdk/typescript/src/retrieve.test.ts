// Retrieval against an engine that answers, and against one that does not: k where there are k, and never one too many.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { principal } from './principal.ts'
import { type Retrieval, retrieve } from './retrieve.ts'
import { dana, eve, type FakeEngine, fakeEngine } from './testing/engine.ts'

interface Hit {
  id: string
  doc: string
}
const corpus = (count: number): Hit[] => Array.from({ length: count }, (_, at) => ({ id: `p${at}`, doc: `d${at}` }))
const pages: { offset: number; limit: number }[] = []
const over =
  (hits: readonly Hit[], atMost = 1000): Retrieval<Hit>['search'] =>
  async (page) => {
    pages.push(page)
    return hits.slice(page.offset, page.offset + Math.min(page.limit, atMost))
  }
const asked = (search: Retrieval<Hit>['search'], more: Partial<Retrieval<Hit>> = {}): Retrieval<Hit> => ({
  ...{ principal: dana, search, k: 5, type: 'doc', relation: 'viewer', idOf: ({ doc }) => doc, ...more },
})
const allow = (fake: FakeEngine, docs: Iterable<string>, who = 'usr_dana') => {
  for (const doc of docs) fake.allowed.add(`user:${who} viewer doc:${doc}`)
}

test('it refills until there are k, in the order of rank', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d3', 'd40', 'd41', 'd90', 'd140', 'd141'])
  const got = await retrieve(fake.engine, asked(over(corpus(500))))
  assert.deepEqual(
    got.results.map(({ doc }) => doc),
    ['d3', 'd40', 'd41', 'd90', 'd140'],
  )
  assert.equal(got.exhausted, false)
  assert.ok(got.rounds > 1)
  assert.equal(got.returned, 5)
  assert.ok(got.asked >= 141 && got.withheld === got.asked - 6, JSON.stringify(got))
  assert.ok(Number.isInteger(got.microseconds) && got.microseconds > 0)
})

test('it says when the index is exhausted, and when it only stopped looking', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d30'])
  const all = await retrieve(fake.engine, asked(over(corpus(40))))
  assert.deepEqual([all.results.length, all.exhausted, all.withheld], [1, true, 39])
  const some = await retrieve(fake.engine, asked(over(corpus(10_000)), { mostRounds: 2 }))
  assert.deepEqual([some.results.length, some.exhausted, some.rounds], [1, false, 2])
})

test('a page that is shorter than asked is not taken for the last', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d0', 'd10', 'd20', 'd25', 'd29'])
  const got = await retrieve(fake.engine, asked(over(corpus(30), 10)))
  assert.equal(got.results.length, 5)
})

test('passages of one document are asked about once, and a passage that comes twice is returned once', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['same'])
  const hits = Array.from({ length: 8 }, (_, at) => ({ id: `p${at % 4}`, doc: 'same' }))
  const got = await retrieve(fake.engine, asked(over(hits), { keyOf: ({ id }) => id }))
  assert.deepEqual(
    got.results.map(({ id }) => id),
    ['p0', 'p1', 'p2', 'p3'],
  )
  const [first] = fake.asked.filter(({ path }) => path === 'batch-check')
  assert.deepEqual((first?.body.checks as unknown[] | undefined)?.length, 1)
})

test('a search that repeats itself for ever ends', async () => {
  await using fake = await fakeEngine()
  const got = await retrieve(
    fake.engine,
    asked(async () => corpus(3)),
  )
  assert.deepEqual([got.results.length, got.exhausted, got.rounds], [0, false, 100])
})

test('more questions than the engine takes at once are asked in several, none from before what was seen', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d2199'])
  const got = await retrieve(
    fake.engine,
    asked(async ({ offset }) => (offset === 0 ? corpus(2200) : [])),
  )
  assert.deepEqual([got.results.length, got.withheld], [1, 2199])
  const batches = fake.asked.filter(({ path }) => path === 'batch-check')
  assert.deepEqual(
    batches.map(({ body }) => (body.checks as unknown[]).length),
    [1000, 1000, 200],
  )
  assert.deepEqual(
    batches.map(({ headers }) => headers['x-mandate-at-least']),
    [undefined, '1', '2'],
  )
  assert.ok(batches.every(({ body }) => body.consistency === 'HIGHER_CONSISTENCY'))
})

test('an audience gets what each of it may see, and the one who asks is always of it', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d0', 'd1'])
  allow(fake, ['d1', 'd2'], 'usr_eve')
  const docs = async (more: Partial<Retrieval<Hit>>) =>
    (await retrieve(fake.engine, asked(over(corpus(3)), more))).results.map(({ doc }) => doc)
  assert.deepEqual(await docs({ audience: [eve] }), ['d1'])
  assert.deepEqual(await docs({ audience: [dana] }), ['d0', 'd1'])
  assert.deepEqual(await docs({ audience: [dana, eve, eve] }), ['d1'])
  assert.deepEqual(await docs({ audience: [principal({ user: 'usr_nobody' })] }), [])
  fake.members.set('channel:c#member', [{ object: { type: 'user', id: 'usr_eve' } }])
  assert.deepEqual(await docs({ audience: { userset: 'channel:c#member' } }), ['d1'])
})

test('an audience of nobody, of everybody, or of more than can be named is refused', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d0'])
  const refused = (audience: Retrieval<Hit>['audience'], code: string) =>
    assert.rejects(retrieve(fake.engine, asked(over(corpus(3)), { audience })), { code })
  await refused([], 'audience_unknown')
  await refused({ userset: 'channel:none#member' }, 'audience_unknown')
  for (const userset of ['', 'usr_eve', 'channel:c', 'a:b#c d', '#member'])
    await refused({ userset }, 'audience_unknown')
  fake.members.set('channel:all#member', [{ wildcard: { type: 'user' } }])
  await refused({ userset: 'channel:all#member' }, 'audience_unknown')
  fake.members.set('channel:guests#member', [
    { object: { type: 'user', id: 'usr_dana' } },
    { object: { type: 'guest', id: 'g1' } },
  ])
  await refused({ userset: 'channel:guests#member' }, 'audience_unknown')
  for (const wrong of ['usr_eve', null, 7, { userset: undefined }, { userset: ['channel:c#member'] }, {}])
    await refused(wrong as unknown as Retrieval<Hit>['audience'], 'audience_unknown')
  fake.members.set('channel:nested#member', [{ userset: { type: 'team', id: 'a', relation: 'member' } }])
  await refused({ userset: 'channel:nested#member' }, 'audience_unknown')
  const crowd = Array.from({ length: 1001 }, (_, at) => ({ object: { type: 'user', id: `usr_${at}` } }))
  fake.members.set('channel:crowd#member', crowd)
  await refused({ userset: 'channel:crowd#member' }, 'too_many')
  await refused(
    Array.from({ length: 1001 }, () => eve),
    'too_many',
  )
})

test('the agents of the chain are asked about, too, where that is set', async () => {
  await using fake = await fakeEngine({ agentsToo: true })
  allow(fake, ['d0', 'd1'])
  fake.allowed.add('agent:agt_bot viewer doc:d1')
  const got = await retrieve(fake.engine, asked(over(corpus(2))))
  assert.deepEqual(
    got.results.map(({ doc }) => doc),
    ['d1'],
  )
})

test('whatever goes wrong at the engine, nothing is returned and nobody is told otherwise', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d0', 'd1'])
  const observed: unknown[] = []
  const replies = [
    { status: 500, body: { code: 'internal_error' } },
    { status: 503, body: {} },
    { status: 200, body: 'not json' },
    { status: 200, body: 'null' },
    { body: {} },
    { body: { result: {} } },
    { body: { result: [] } },
    { body: { result: { 0: { allowed: true } } } },
    { body: { result: { 0: { allowed: true }, 1: { error: { input_error: 'x', message: 'doc:d1 of Eve' } } } } },
    { body: { result: { 0: { allowed: 1 }, 1: { allowed: 'true' } } } },
  ]
  for (const reply of replies) {
    fake.instead = () => reply
    const failing = retrieve(fake.engine, asked(over(corpus(2)), { observe: (metrics) => observed.push(metrics) }))
    await assert.rejects(failing, (error: Error & { code?: string }) => {
      assert.equal(error.code, 'engine_failed')
      assert.doesNotMatch(error.message, /Eve|doc:/)
      return true
    })
  }
  fake.instead = (_, { checks }) =>
    (checks as { tuple_key: { object: string } }[]).some(({ tuple_key }) => tuple_key.object === 'doc:d30')
      ? { status: 500, body: {} }
      : undefined
  await assert.rejects(retrieve(fake.engine, asked(over(corpus(60)))), { code: 'engine_failed' })
  assert.deepEqual(observed, [])
})

test('a search that fails fails the retrieval, and k is a count', async () => {
  await using fake = await fakeEngine()
  const broken = asked(() => Promise.reject(new Error('the index is away')))
  await assert.rejects(retrieve(fake.engine, broken), /the index is away/)
  const nameless = asked(over([{ id: 'p', doc: undefined as unknown as string }]))
  await assert.rejects(retrieve(fake.engine, nameless), { code: 'invalid' })
  for (const k of [0, -1, 1.5, Number.NaN, 1001, '5' as unknown as number])
    await assert.rejects(retrieve(fake.engine, asked(over([]), { k })), { code: 'invalid' })
})

test('an index is searched to its end, however far down the few are that may be seen', async () => {
  await using fake = await fakeEngine()
  const far = ['d2999', 'd5000', 'd7999', 'd9998', 'd9999']
  allow(fake, far)
  const got = await retrieve(fake.engine, asked(over(corpus(10_000))))
  assert.deepEqual(
    got.results.map(({ doc }) => doc),
    far,
  )
})

test('agents in a shared channel read for their people, unless agents are asked about, too', async () => {
  for (const agentsToo of [false, true]) {
    await using fake = await fakeEngine({ agentsToo })
    allow(fake, ['d0'])
    allow(fake, ['d0'], 'usr_eve')
    fake.allowed.add('agent:agt_bot viewer doc:d0')
    fake.members.set('channel:c#member', [
      { object: { type: 'user', id: 'usr_eve' } },
      { object: { type: 'agent', id: 'agt_other' } },
    ])
    const got = await retrieve(fake.engine, asked(over(corpus(1)), { audience: { userset: 'channel:c#member' } }))
    assert.equal(got.results.length, agentsToo ? 0 : 1)
  }
})

test('a result is judged by the id it is returned with, even if it says another when asked again', async () => {
  await using fake = await fakeEngine()
  allow(fake, ['d0'])
  let said = 0
  const got = await retrieve(
    fake.engine,
    asked(over(corpus(2)), { idOf: ({ doc }) => (doc === 'd1' && ++said > 1 ? 'd0' : doc), mostRounds: 1 }),
  )
  assert.deepEqual(
    got.results.map(({ doc }) => doc),
    ['d0'],
  )
})
