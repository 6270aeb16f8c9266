// The tables of integers held against plain sets and maps: whatever is put, taken and forgotten, in any order.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { tuple } from '../testing/models.ts'
import { VerdictTable } from './check/verdict-table.ts'
import { GenerationalCache } from './generational-cache.ts'
import { fillGraph } from './graph/bulk-load.ts'
import { Goals } from './graph/goals.ts'
import { Graph } from './graph/graph.ts'
import { Lists } from './graph/lists.ts'
import { Names } from './graph/names.ts'
import { ListCache } from './groups/list-cache.ts'
import { pageOrderOf } from './listing/page-order.ts'
import { ReachedObjects } from './listing/reached-objects.ts'

const itemsIn = (lists: Lists, list: number) =>
  Array.from({ length: lists.lengthOf(list) }, (_, at) => lists.itemAt(list, at))

test('lists are sorted, hold each item once with its latest mark, and give back what is taken', () => {
  const step = fc.record({ list: fc.nat(5), item: fc.nat(400), mark: fc.nat(1), put: fc.boolean(), many: fc.nat(40) })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200, size: 'max' }), (steps) => {
      const lists = new Lists()
      const plain = new Map<number, Map<number, number>>()
      for (const { list, item, mark, put, many } of steps) {
        const known = plain.get(list) ?? new Map<number, number>()
        plain.set(list, known)
        for (let n = 0; n <= many; n++) {
          const key = (item + n * 7) % 400
          if (put) lists.put(list, key * 2 + mark)
          else assert.equal(lists.take(list, key * 2), known.has(key))
          if (put) known.set(key, key * 2 + mark)
          else known.delete(key)
        }
      }
      for (const [list, known] of plain) {
        const wanted = [...known.values()].sort((a, b) => a - b)
        assert.deepEqual(itemsIn(lists, list), wanted)
        for (let key = 0; key < 400; key++) assert.equal(lists.find(list, key * 2), known.get(key) ?? -1)
      }
    }),
    { numRuns: 200 },
  )
})

test('lists filled at once are those put one by one', () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.nat(20), fc.nat(500)), {
    selector: ([list, item]) => list * 1000 + item,
    maxLength: 600,
    size: 'max',
  })
  fc.assert(
    fc.property(pairs, (given) => {
      const [filled, put] = [new Lists(), new Lists()]
      filled.fill(
        Int32Array.from(given, ([list]) => list),
        Int32Array.from(given, ([, item]) => item * 2),
      )
      for (const [list, item] of given) put.put(list, item * 2)
      for (let list = 0; list <= 20; list++) {
        assert.deepEqual(itemsIn(filled, list), itemsIn(put, list))
        filled.put(list, 777 * 2)
        assert.equal(filled.find(list, 777 * 2), 777 * 2)
      }
    }),
    { numRuns: 100 },
  )
})

test('names keep their numbers, in every script, and are forgotten from the end only', () => {
  const name = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 12 }), fc.string({ maxLength: 6 }))
  fc.assert(
    fc.property(fc.uniqueArray(name, { maxLength: 300, size: 'max' }), fc.nat(300), fc.nat(), (given, kept, seed) => {
      const names = new Names(seed)
      for (const [id, text] of given.entries()) assert.equal(names.add(text), id)
      for (const [id, text] of given.entries()) {
        assert.equal(names.add(text), id)
        assert.equal(names.textOf(id), text)
        assert.equal(names.findWithin(text.slice(0, 2), text.slice(2)), id)
      }
      names.truncate(Math.min(kept, given.length))
      for (const [id, text] of given.entries()) {
        assert.equal(names.find(text), id < kept ? id : -1)
        const other = given.length - 1 - id
        names.findTwo(text, given[other] as string)
        assert.deepEqual([names.one, names.other], [id < kept ? id : -1, other < kept ? other : -1])
      }
      for (const text of given) names.add(text)
      for (const [id, text] of given.entries()) assert.equal(names.textOf(id), text)
    }),
    { numRuns: 200 },
  )
})

test('the order of a name is the same in every table', () => {
  const [one, other] = [new Names(1), new Names(2)]
  other.add('document:0')
  for (const text of ['document:1', 'döcument:2', ''])
    assert.equal(one.orderOf(one.add(text)), other.orderOf(other.add(text)))
})

test('names are made together as each would be alone', () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.oneof(fc.string(), fc.constantFrom('döcument:1', 'document:€')), { maxLength: 40 }),
      fc.array(fc.nat(39), { maxLength: 1500, size: 'max' }),
      (texts, wanted) => {
        const names = new Names(5)
        for (const text of texts) names.add(text)
        const ids = wanted.filter((id) => id < texts.length)
        assert.deepEqual(
          names.textsOf(ids),
          ids.map((id) => texts[id]),
        )
      },
    ),
    { numRuns: 100 },
  )
})

test('pages put together are every object once, in the order of all, also after an object that is gone', () => {
  const graph = new Graph(1)
  const objects = Int32Array.from({ length: 9_000 }, (_, n) => graph.addObject(`document:${(n * 7919) % 9_001}`))
  const compare = (a: { order: number; name: string }, b: { order: number; name: string }) =>
    a.order - b.order || (a.name < b.name ? -1 : 1)
  const orderedOf = (object: number) => ({ order: graph.names.orderOf(object), name: graph.names.textOf(object) })
  const all = Array.from(objects, orderedOf).sort(compare)
  const made = pageOrderOf(graph, objects)
  let step = made.next()
  while (!step.done) step = made.next()
  const { value: list } = step
  const paged: string[] = []
  for (let last: Parameters<typeof list.after>[0], rest = 1; rest > 0; ) {
    const page = list.after(last, 777)
    paged.push(...graph.names.textsOf(page.objects))
    rest = page.rest
    assert.equal(rest, all.length - paged.length)
    last = list.orderedOf(page.objects.at(-1) ?? -1)
  }
  assert.deepEqual(
    paged,
    all.map(({ name }) => name),
  )
  for (const { order } of all.filter((_, n) => n % 500 === 0)) {
    const after = all.filter((one) => compare(one, { order, name: 'e' }) > 0)
    const page = list.after({ order, name: 'e' }, 3)
    assert.deepEqual(
      graph.names.textsOf(page.objects),
      after.slice(0, 3).map(({ name }) => name),
    )
    assert.equal(page.rest, Math.max(after.length - 3, 0))
  }
  // Places that no name has, as a forged token may say them.
  assert.equal(list.after({ order: -5, name: '' }, 10).rest, all.length - 10)
  assert.deepEqual(list.after({ order: 2 ** 40, name: '' }, 10), { objects: new Int32Array(), rest: 0 })
})

test('what was reached is told from what was not, among few and among many', () => {
  const reached = new ReachedObjects(40_000)
  const plain = new Set<string>()
  for (let n = 0; n < 20_000; n++) {
    const [object, relation] = [(n * 7919) % 13_007, n % 3]
    assert.equal(reached.add(object, relation), !plain.has(`${object} ${relation}`))
    plain.add(`${object} ${relation}`)
  }
})

test('goals and what was seen are found by their pair, and forgotten', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.nat(3000), fc.nat(9)), { maxLength: 900, size: 'max' }),
      fc.nat(900),
      (pairs, kept) => {
        const goals = new Goals()
        const seen = new VerdictTable()
        const plain = new Map<string, number>()
        for (const [object, relation] of pairs) {
          const id = goals.add(object, relation)
          assert.equal(id, plain.get(`${object} ${relation}`) ?? plain.size)
          plain.set(`${object} ${relation}`, id)
          seen.put(object, relation, id % 4)
        }
        for (const [object, relation] of pairs) {
          const id = plain.get(`${object} ${relation}`) ?? -1
          assert.equal(goals.find(object, relation), id)
          assert.equal(seen.get(object, relation), id % 4)
        }
        goals.truncate(Math.min(kept, goals.count))
        seen.clear()
        for (const [object, relation] of pairs) {
          const id = plain.get(`${object} ${relation}`) ?? -1
          assert.equal(goals.find(object, relation), id < kept ? id : -1)
          assert.equal(seen.get(object, relation), -1)
        }
      },
    ),
    { numRuns: 100 },
  )
})

test('a graph filled at once holds what one holds that was written tuple by tuple, users found from both ends', () => {
  const texts = Array.from({ length: 3000 }, (_, n) => {
    const user = n % 5 === 0 ? `group:${n % 37}#member` : `user:${(n * 7919) % 101}`
    return `document:${n % 211}#${['viewer', 'owner', 'parent'][n % 3]}@${user}`
  })
  const given = [...new Set(texts)].map(tuple)
  const [filled, written] = [new Graph(1), new Graph(2)]
  fillGraph(filled, given)
  for (const one of given) written.put(one)
  for (const one of given.slice(0, 500)) written.take(one)
  for (const one of given.slice(0, 500)) written.put({ ...one, condition: { name: 'late' } })
  for (const one of given.slice(0, 500)) written.put(one)
  const names = (graph: Graph) =>
    [...graph.all()].map(({ object, relation, user }) => `${object}#${relation}@${user}`).sort()
  assert.deepEqual(names(filled), names(written))
  assert.equal(filled.size, given.length)
  assert.equal(written.size, given.length)
  for (const graph of [filled, written]) {
    const user = graph.names.find('user:7')
    const goals = Array.from(
      { length: graph.ofObject.lengthOf(user) },
      (_, at) => graph.ofObject.itemAt(user, at) >>> 1,
    )
    assert.deepEqual(
      goals.map((goal) => graph.nameOfGoal(goal)).sort(),
      given.flatMap((one) => (one.user === 'user:7' ? [`${one.object}#${one.relation}`] : [])).sort(),
    )
  }
})

test('what is used stays, and what nobody asked for since goes', () => {
  const recent = new GenerationalCache<number, string>(10)
  for (let n = 0; n < 1000; n++) {
    recent.set(n, `${n}`)
    assert.equal(recent.get(0), '0')
    assert.equal(recent.get(n), `${n}`)
  }
  assert.equal(recent.get(1), undefined)
  recent.delete(0)
  assert.equal(recent.get(0), undefined)
})

test('a large table that makes room in slices still finds everything, and nothing else', () => {
  const names = new Names(7)
  const goals = new Goals()
  const grow = (until: number) => {
    for (const table of [names, goals]) for (const _ of table.reserving(until - table.count));
    for (let n = names.count; n < until; n++) goals.add(names.add(`doc:${n}`), n % 5)
  }
  let slices = 0
  grow(70_000)
  for (const _ of names.reserving(100_000)) slices += 1
  assert.ok(slices > 1, 'made at once')
  grow(170_000)
  for (let n = 0; n < 170_000; n += 7) {
    assert.equal(names.find(`doc:${n}`), n)
    assert.equal(goals.find(n, n % 5), n)
    assert.equal(goals.find(n, (n + 1) % 5), -1)
  }
  assert.equal(names.find('doc:170000'), -1)
})

test('kept lists are found as they were set, between as many as are kept and twice that, and not once they are forgotten', () => {
  const step = fc.record({ key: fc.nat(60), length: fc.nat(9), act: fc.constantFrom('set', 'set', 'find', 'delete') })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400, size: 'max' }), fc.integer({ min: 1, max: 40 }), (steps, most) => {
      const kept = new ListCache(most)
      const plain = new Map<number, number[]>()
      const found = (key: number) => (kept.find(key) ? [...kept.items.subarray(kept.from, kept.to)] : undefined)
      for (const [nth, { key, length, act }] of steps.entries()) {
        const known = found(key)
        // What was asked about less lately may be forgotten; never is it another's, or an older one.
        if (known !== undefined) assert.deepEqual(known, plain.get(key))
        if (act === 'delete') {
          kept.delete(key)
          plain.delete(key)
        } else if (act === 'set' && known === undefined) {
          const items = Array.from({ length }, (_, n) => nth * 10 + n)
          kept.set(key, Int32Array.from(items))
          plain.set(key, items)
          assert.deepEqual(found(key), items)
        }
      }
      const lasting = [...plain.keys()].filter((key) => found(key) !== undefined).length
      assert.ok(lasting <= 2 * most)
      kept.clear()
      for (const key of plain.keys()) assert.equal(found(key), undefined)
    }),
    { numRuns: 300 },
  )
})

test('as many lists are kept as was said', () => {
  const kept = new ListCache(5_000)
  for (let key = 0; key < 5_000; key++) kept.set(key * 3, Int32Array.of(key, key + 1).subarray(0, key % 3))
  for (let key = 0; key < 5_000; key++) {
    assert.equal(kept.find(key * 3), true)
    assert.equal(kept.to - kept.from, key % 3)
  }
  assert.equal(kept.find(1), false)
})
