// The columns held against a plain set of names: each tuple once, in the order they came, as it was given.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { chance } from './chance.ts'
import { TupleColumns } from './tuple-columns.ts'

const KINDS = ['group#member@user', 'group#member@group#member', 'doc#viewer@user:*', 'doc#viewer@user']

test('tuples come back as they were given, in order, and none twice, however often they are added', () => {
  const tuples = new TupleColumns(KINDS)
  const plain = new Set<string>()
  const random = chance(7)
  for (let n = 0; n < 40_000; n++) {
    const kind = KINDS[random.below(KINDS.length)] ?? ''
    const [object, user] = [random.below(120), kind.endsWith('*') ? 0 : random.below(60)]
    tuples.add(kind, object, user)
    const [goal = '', who = ''] = kind.split('@')
    const [type = '', relation = ''] = goal.split('#')
    const name = who === 'user:*' ? who : who.replace(/^\w+/, (userType) => `${userType}:${user}`)
    plain.add(`${type}:${object}#${relation}@${name}`)
  }
  const names = Array.from(tuples.complete(), ({ object, relation, user }) => `${object}#${relation}@${user}`)
  assert.deepEqual(names, [...plain])
  assert.equal(tuples.length, plain.size)
  assert.deepEqual([...tuples.blocks(1000)].flat(), [...tuples])
  assert.ok([...tuples.blocks(1000)].every(({ length }, nth, all) => length === 1000 || nth === all.length - 1))
})

test('ten million tuples would fit: complete columns take nine bytes a tuple', () => {
  const tuples = new TupleColumns(KINDS)
  for (let n = 0; n < 50_000; n++) tuples.add('doc#viewer@user', n, n % 7)
  assert.ok(tuples.complete().bytes <= 9 * tuples.length)
})

test('a kind that is not there, and a tuple that comes too late, are refused', () => {
  const tuples = new TupleColumns(KINDS)
  assert.throws(() => tuples.add('doc#owner@user', 1, 1), /no tuples of the kind/)
  assert.throws(() => new TupleColumns(['nonsense']), /no kind of tuples/)
  tuples.complete()
  assert.throws(() => tuples.add('doc#viewer@user', 1, 1), /complete/)
})
