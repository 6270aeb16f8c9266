// OpenFGA's own exam, over HTTP: every published case that is in the suites, each also with its tuples as contextual
// tuples, and every sample store.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { served } from '@mandate/server/relationships/testing/server.ts'
import {
  type Case,
  CODES,
  casesOf,
  modelOf,
  type SampleStore,
  type Stage,
  sampleStores,
  type TupleData,
} from './cases.ts'
import { freshStore, type Reply, type StoreClient, usersIn } from './client.ts'

const folder = join(process.env.MANDATE_SUITES ?? '', 'openfga')

let server: Awaited<ReturnType<typeof served>>
let base = ''
before(async () => {
  server = await served()
  base = `${await server.listen()}/fga`
})
after(() => server.close())

let assertions = 0
const files = casesOf(folder)
const stores = sampleStores(join(folder, 'stores'))

for (const [file, cases] of files)
  describe(file, () => {
    for (const one of cases) {
      test(one.name, () => written(one))
      const [stage, ...further] = one.stages
      if (stage && further.length === 0 && (stage.tuples?.length ?? 0) <= 100)
        test(`${one.name}, as contextual tuples`, async () => {
          const store = await freshStore(base)
          await store.useModel(modelOf(stage.model))
          await ask(store, stage, stage.tuples ?? [])
        })
    }
  })

describe('sample stores', () => {
  for (const [file, store] of stores)
    for (const one of store.tests) test(`${file}: ${one.name}`, () => sample(store, one))
})

test('there were cases to run', () => {
  assert.ok(files.flatMap(([, cases]) => cases).length > 0 && stores.length > 0)
  assert.ok(assertions > 0, 'nothing was asked')
  console.log(`${assertions} answers compared`)
})

async function written({ stages }: Case): Promise<void> {
  const store = await freshStore(base)
  for (const stage of stages) {
    await store.useModel(modelOf(stage.model))
    await store.write(shuffled(stage.tuples ?? []))
    await ask(store, stage, [])
  }
}

/** `more` goes along as contextual tuples, after those of the assertion. */
async function ask(store: StoreClient, stage: Stage, more: readonly TupleData[]): Promise<void> {
  for (const { tuple, expectation = false, errorCode, contextualTuples = [], context } of stage.checkAssertions ?? []) {
    const reply = await store.check(tuple, { contextual: [...contextualTuples, ...more], context })
    if (refusedAs(reply, errorCode)) continue
    assert.equal(reply.body.allowed, expectation, `check ${JSON.stringify({ tuple, context })}`)
  }
  for (const { request, expectation, errorCode, contextualTuples = [], context } of stage.listObjectsAssertions ?? []) {
    const { user, type, relation } = request
    const assuming = { contextual: [...contextualTuples, ...more], context }
    const reply = await store.listObjects({ user, type, relation }, assuming)
    if (refusedAs(reply, errorCode)) continue
    const objects = reply.body.objects as string[]
    sameSet(objects, expectation, `list-objects ${JSON.stringify({ request, context })}`)
    for (const object of objects) await allowed(store, { user, relation, object }, assuming)
  }
  for (const { request, expectation, errorCode, contextualTuples = [], context } of stage.listUsersAssertions ?? []) {
    const at = request.object.indexOf(':')
    const object = { type: request.object.slice(0, at), id: request.object.slice(at + 1) }
    const assuming = { contextual: [...contextualTuples, ...more], context }
    const user_filters = request.filters.map((filter) => {
      const [type, relation] = filter.split('#')
      return { type, ...(relation && { relation }) }
    })
    const reply = await store.listUsers({ object, relation: request.relation, user_filters }, assuming)
    if (refusedAs(reply, errorCode)) continue
    const users = usersIn(reply.body)
    sameSet(users, expectation, `list-users ${JSON.stringify({ request, context })}`)
    for (const user of users)
      await allowed(store, { user, relation: request.relation, object: request.object }, assuming)
  }
}

type SampleTest = SampleStore['tests'][number]

async function sample({ model, tuples = [] }: SampleStore, one: SampleTest): Promise<void> {
  const store = await freshStore(base)
  await store.useModel(modelOf(model))
  await store.write([...tuples, ...(one.tuples ?? [])])
  for (const { user, users = [], object, objects = [], context, assertions: wanted } of one.check ?? [])
    for (const who of user === undefined ? users : [user])
      for (const what of object === undefined ? objects : [object])
        for (const [relation, expectation] of Object.entries(wanted)) {
          const reply = await store.check({ user: who, relation, object: what }, { context })
          assertions += 1
          assert.equal(reply.body.allowed, expectation, JSON.stringify({ who, relation, what, body: reply.body }))
        }
  for (const { user, type, context, assertions: wanted } of one.list_objects ?? [])
    for (const [relation, expectation] of Object.entries(wanted)) {
      const reply = await store.listObjects({ user, type, relation }, { context })
      sameSet(reply.body.objects as string[], expectation, JSON.stringify({ user, type, relation }))
    }
  for (const { object, user_filter: user_filters, context, assertions: wanted } of one.list_users ?? [])
    for (const [relation, { users }] of Object.entries(wanted)) {
      const [type = '', id = ''] = object.split(':')
      const reply = await store.listUsers({ object: { type, id }, relation, user_filters }, { context })
      sameSet(usersIn(reply.body), users, JSON.stringify({ object, relation }))
    }
}

function refusedAs({ status, body }: Reply, errorCode: number | undefined): boolean {
  assertions += 1
  if (errorCode === undefined) {
    assert.equal(status, 200, JSON.stringify(body))
    return false
  }
  assert.deepEqual([status, body.code], [400, CODES[errorCode] ?? `a name for ${errorCode}`])
  assert.equal(typeof body.message, 'string')
  return true
}

async function allowed(store: StoreClient, tuple: TupleData, assuming: Parameters<StoreClient['check']>[1]) {
  const { body } = await store.check(tuple, assuming)
  assertions += 1
  assert.equal(body.allowed, true, `listed, but not allowed: ${JSON.stringify(tuple)}`)
}

function sameSet(given: readonly string[], wanted: readonly string[] | null | undefined, what: string): void {
  assertions += 1
  assert.deepEqual([...given].sort(), [...(wanted ?? [])].sort(), what)
}

// The order must not matter, so each run has another.
function shuffled<T>(items: readonly T[]): T[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .sort((a, b) => a.at - b.at)
    .map(({ item }) => item)
}
