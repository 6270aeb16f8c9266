// Worlds: the same in every run, about as large as wanted, allowed by their own model, and worth asking about.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { validTypes } from '@mandate/server/relationships/models/model-rules.ts'
import { rulesOf, tupleFault } from '@mandate/server/relationships/models/tuple-rules.ts'
import { openWorld } from './opened.ts'
import { questionsOf, recordIds } from './questions.ts'
import { referenceOf } from './reference.ts'
import { type World, worldOf } from './world.ts'
import { RECIPES } from './worlds/index.ts'

const SIZE = 20_000
const nameOf = ({ object, relation, user }: { object: string; relation: string; user: string }) =>
  `${object}#${relation}@${user}`

for (const recipe of RECIPES) {
  const world = worldOf(recipe, SIZE)
  const names = Array.from(world.tuples, nameOf)

  test(`${recipe.name}: the same seed and size make the same world, another seed another`, () => {
    assert.deepEqual(Array.from(worldOf(recipe, SIZE).tuples, nameOf), names)
    assert.notDeepEqual(Array.from(worldOf({ ...recipe, seed: 99 }, SIZE).tuples, nameOf), names)
  })

  test(`${recipe.name}: no tuple stands in it twice, and there are about as many as wanted`, () => {
    assert.equal(new Set(names).size, names.length)
    assert.ok(Math.abs(names.length - SIZE) < 0.1 * SIZE, `${names.length} tuples`)
    assert.ok(world.records > SIZE / 10 && world.users > SIZE / 100)
  })

  test(`${recipe.name}: the model is valid and allows every tuple`, () => {
    validTypes(world.body)
    const rules = rulesOf(world.body)
    for (const tuple of [...world.tuples, world.crowd.moved])
      assert.equal(tupleFault(rules, tuple), undefined, nameOf(tuple))
  })

  test(`${recipe.name}: the crowd is one, and where it is moved to it is not yet`, () => {
    const { kind, object, moved } = world.crowd
    const [goal = ''] = kind.split('@')
    const [type, relation] = goal.split('#')
    const members = names.filter((name) => name.startsWith(`${type}:${object}#${relation}@user:`))
    assert.ok(members.length > SIZE / 200, `${members.length} members`)
    assert.ok(!names.includes(nameOf(moved)))
  })

  test(`${recipe.name}: among the questions are names that exist nowhere, and answers of both kinds`, () => {
    const opened = openWorld(world)
    const reference = referenceOf(world)
    for (const pick of ['zipf', 'below'] as const) {
      const questions = questionsOf(world, { pick, seed: 4, count: 2_000 })
      assert.deepEqual(questionsOf(world, { pick, seed: 4, count: 2_000 }), questions)
      const unknown = questions.filter(({ object, user }) => /nothing|nobody/.test(object + user))
      assert.ok(unknown.length > 100 && unknown.length < 400, `${unknown.length} unknown`)
      assert.ok(unknown.every((question) => !reference.allows(question) || isOpenToAll(world, question.object)))
      const answers = questions.map(reference.allows)
      assert.ok(answers.includes(true) && answers.includes(false))
      assert.deepEqual(questions.map(opened.check), answers)
    }
    assert.ok(recordIds(world, 1, 1000).filter((id) => id.startsWith('nothing')).length === 50)
  })

  test(`${recipe.name}: the reference follows what is written and taken away`, () => {
    const [opened, reference] = [openWorld(world), referenceOf(world)]
    const questions = questionsOf(world, { pick: 'zipf', seed: 6, count: 300 })
    const changed = [world.crowd.moved, ...Array.from({ length: 40 }, (_, nth) => world.tuples.at(nth * 400))]
    for (const [nth, tuple] of [...changed, ...changed].entries()) {
      const put = nth === 0 || nth > changed.length
      for (const side of [opened, reference]) put ? side.put(tuple) : side.take(tuple)
      if (nth % 8 === 0) assert.deepEqual(questions.map(opened.check), questions.map(reference.allows), `step ${nth}`)
    }
    assert.equal(opened.size, names.length)
  })
}

/** A user that nobody knows still sees what everyone sees. */
const isOpenToAll = (world: World, object: string): boolean =>
  referenceOf(world).allows({ object, relation: world.relation, user: 'user:nobody-at-all' })
