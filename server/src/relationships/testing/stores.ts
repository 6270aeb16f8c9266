// Two stores of one server, a right request for every operation, and tables of wrong ones; for tests.
import assert from 'node:assert/strict'
import { any, computed, from, model, self, tuple, type } from './models.ts'
import { type Body, everything, refusedCode, send } from './refusals.ts'
import { type Served, served } from './server.ts'

/** Documents whose viewers may depend on a condition. */
export const MODEL = {
  ...model(
    type('user'),
    type('group', { member: [self, 'user', 'group#member'] }),
    type('document', {
      parent: [self, 'document'],
      owner: [self, 'user'],
      viewer: [any(self, computed('owner'), from('viewer', 'parent')), 'user', 'user with late', 'group#member'],
    }),
  ),
  conditions: {
    late: {
      name: 'late',
      expression: 'hour > from_hour && size(tags) < 3',
      parameters: {
        hour: { type_name: 'TYPE_NAME_INT' },
        from_hour: { type_name: 'TYPE_NAME_INT' },
        tags: { type_name: 'TYPE_NAME_LIST', generic_types: [{ type_name: 'TYPE_NAME_STRING' }] },
      },
    },
  },
}
export const KEY = tuple('document:1#viewer@user:anne')
export const LATE = { name: 'late', context: { from_hour: 18, tags: ['a'] } }
export const CONTEXT = { hour: 20 }
const ASSUMED = [tuple('document:1#owner@user:bob')]

/** Names that mean something to JavaScript. */
export const NAMES = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf']

export const many = <T>(count: number, of: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => of(n))
export const good = (n: number) => tuple(`document:g${n}#owner@user:bob`)
export const assumed = (...keys: unknown[]) => ({ contextual_tuples: { tuple_keys: keys } })

const assuming = { ...assumed(...ASSUMED), context: CONTEXT, consistency: 'UNSPECIFIED' }
const question = (id: string) => ({ ...assuming, authorization_model_id: id, tuple_key: KEY })
const listing = (id: string) => ({
  ...{ ...assuming, authorization_model_id: id },
  ...{ type: 'document', relation: 'viewer', user: 'user:anne' },
})

/** A right request for every operation that takes a body, given the model's id. */
export const RIGHT: Readonly<Record<string, (id: string) => Body>> = {
  'POST /stores': () => ({ name: 'right' }),
  'POST AT/authorization-models': () => MODEL,
  'POST AT/write': (id) => ({
    authorization_model_id: id,
    writes: { tuple_keys: [{ ...tuple('document:9#viewer@user:bob'), condition: LATE }], on_duplicate: 'error' },
    deletes: { tuple_keys: [tuple('document:d1#owner@user:anne')], on_missing: 'error' },
  }),
  'POST AT/read': () => ({ tuple_key: { object: 'document:1', relation: 'viewer', user: 'user:anne' }, page_size: 5 }),
  'POST AT/check': question,
  'POST AT/explain': question,
  'POST AT/batch-check': (id) => ({
    ...{ authorization_model_id: id, consistency: 'UNSPECIFIED' },
    checks: [{ ...assumed(...ASSUMED), context: CONTEXT, tuple_key: KEY, correlation_id: 'one' }],
  }),
  'POST AT/list-objects': (id) => ({ ...listing(id), page_size: 5 }),
  'POST AT/streamed-list-objects': listing,
  'POST AT/list-users': (id) => ({
    ...{ ...assuming, authorization_model_id: id, contextual_tuples: ASSUMED },
    ...{ object: { type: 'document', id: '1' }, relation: 'viewer' },
    user_filters: [{ type: 'group', relation: 'member' }],
  }),
  'POST AT/expand': (id) => ({
    ...{ ...assumed(...ASSUMED), authorization_model_id: id, consistency: 'UNSPECIFIED' },
    tuple_key: { object: 'document:1', relation: 'viewer' },
  }),
  'PUT AT/assertions/MODEL': () => ({
    assertions: [{ tuple_key: KEY, expectation: true, contextual_tuples: ASSUMED, context: CONTEXT }],
  }),
}

/** Wrong bodies by what is wrong with them, by the code they have upstream. A text is sent as it is. */
export type Wrong = Readonly<Record<string, Readonly<Record<string, object | string>>>>

export type Stores = Awaited<ReturnType<typeof openStores>>

export async function openStores() {
  const server: Served = await served()
  const store = await server.freshStore(MODEL)
  const other = (await server.freshStore(MODEL)).at
  const { at, model: id } = store
  const conditional = { writes: { tuple_keys: [{ ...KEY, condition: LATE }] } }
  assert.equal((await server.post(`${at}/write`, conditional)).status, 200)
  await store.write(many(12, (n) => `document:d${n}#owner@user:anne`))
  const kept = await everything(server)

  const split = (route: string) => {
    const [method = '', path = ''] = route.replace(' AT', ` ${at}`).replace('MODEL', id).split(' ')
    return { method, path }
  }
  const untouched = async (what: string) =>
    assert.equal(await everything(server), kept, `${what}: something was written`)
  return {
    ...{ server, at, other, id, split, untouched },
    close: () => server.close(),
    /** Each is refused with its code, and nothing is written. */
    async refuses(route: string, wrong: Wrong): Promise<void> {
      let tried = 0
      for (const [code, bodies] of Object.entries(wrong))
        for (const [what, body] of Object.entries(bodies)) {
          tried += 1
          const text = typeof body === 'string' ? body : JSON.stringify(body)
          const reply = await send(server, { ...split(route), text })
          const said = `${route}, ${what}: ${reply.text.slice(0, 400)}`
          assert.equal(refusedCode(reply, `${route}, ${what}`), code, said)
        }
      assert.ok(tried > 0)
      await untouched(route)
    },
  }
}
