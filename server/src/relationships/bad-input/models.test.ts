// Models that cannot be: cycles, names that are not there, conditions that do not compile.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import type { Rewrite } from '../model.ts'
import { all, any, butNot, computed, from, model, self, tuple, type } from '../testing/models.ts'
import { MODEL, many, NAMES, openStores, type Stores } from '../testing/stores.ts'

let stores: Stores
before(async () => {
  stores = await openStores()
})
after(() => stores.close())

const ROUTE = 'POST AT/authorization-models'
const inDocument = (relations: Parameters<typeof type>[1]) => model(type('user'), type('document', relations))
const rewritten = (a: object) => model(type('user'), { type: 'document', relations: { a: a as never } })
const withCondition = (late: object, key = 'late') => ({
  ...inDocument({ viewer: [self, `user with ${key}`] }),
  conditions: {
    [key]: { name: key, expression: 'hour > 1', parameters: { hour: { type_name: 'TYPE_NAME_INT' } }, ...late },
  },
})
const cel = (expression: string) => withCondition({ expression })
const parameter = (hour: object) => withCondition({ parameters: { hour } })

test('relations that go in a cycle, or that nobody can be in, are refused', async () => {
  await stores.refuses(ROUTE, {
    invalid_authorization_model: {
      'three in a circle': inDocument({ a: [computed('b')], b: [computed('c')], c: [computed('a')] }),
      itself: inDocument({ a: [computed('a')] }),
      'itself in a union': inDocument({ a: [any(self, computed('a')), 'user'] }),
      'itself subtracted': inDocument({ a: [butNot(self, computed('a')), 'user'] }),
      'two intersections': inDocument({ a: [all(self, computed('b')), 'user'], b: [all(self, computed('a')), 'user'] }),
      'parents without an end': inDocument({ parent: [self, 'document'], a: [from('a', 'parent')] }),
      'usersets without an end': model(type('group', { member: [self, 'group#member'] })),
    },
  })
})

test('what is not defined, or defined twice, is refused', async () => {
  await stores.refuses(ROUTE, {
    invalid_authorization_model: {
      'an undefined relation': inDocument({ a: [computed('b')] }),
      'an undefined type': inDocument({ a: [self, 'robot'] }),
      'an undefined userset': inDocument({ a: [self, 'user#member'] }),
      'an undefined tupleset': inDocument({ a: [from('b', 'parent')] }),
      'an undefined condition': inDocument({ a: [self, 'user with early'] }),
      'nobody to assign': inDocument({ a: [self] }),
      'a type twice': model(type('user'), type('user')),
      'a reserved type': model(type('self')),
      'a reserved relation': inDocument({ this: [self, 'user'] }),
      'two rewrites in one': rewritten({ this: {}, union: { child: [] } }),
      'an unknown rewrite': rewritten({ magic: {} }),
      'an empty union': rewritten({ union: { child: [] } }),
      'a rewrite that is a list': rewritten([{ this: {} }]),
      'half a difference': rewritten({ difference: { base: { this: {} } } }),
      'a rewrite of another object': rewritten({ computedUserset: { object: 'document:1', relation: 'b' } }),
      'schema 1.0': { ...MODEL, schema_version: '1.0' },
    },
    relation_too_long: {
      'a computed relation of 51 letters': rewritten({ computedUserset: { relation: 'r'.repeat(51) } }),
    },
    exceeded_entity_limit: { '101 types': model(...many(101, (n) => type(`t${n}`))) },
    type_definitions_too_few_items: { 'no types': { schema_version: '1.1', type_definitions: [] } },
    type_invalid_pattern: { 'with a space': model(type('a type')), '255 letters': model(type('t'.repeat(255))) },
    relations_invalid_pattern: {
      'with a colon': inDocument({ 'a:b': [self, 'user'] }),
      '51 letters': inDocument({ ['r'.repeat(51)]: [self, 'user'] }),
    },
    validation_error: {
      'schema 7': { ...MODEL, schema_version: '7' },
      'no types at all': { schema_version: '1.1' },
      'a relation __proto__':
        '{"schema_version":"1.1","type_definitions":[{"type":"d","relations":{"__proto__":{"this":{}}}}]}',
    },
  })
})

test('conditions that do not compile are refused', async () => {
  await stores.refuses(ROUTE, {
    invalid_authorization_model: {
      'half an expression': cel('hour >'),
      'no expression': cel(''),
      'what is no bool': cel('hour + 1'),
      'an undeclared name': cel('minute > 1'),
      'another type': cel('hour == "noon"'),
      'an unknown function': cel('shell(hour) == "noon"'),
      '513 bytes': cel(`hour > 1${' '.repeat(505)}`),
      'an unknown type': parameter({ type_name: 'TYPE_NAME_HOUR' }),
      'a list of nothing': parameter({ type_name: 'TYPE_NAME_LIST' }),
      'a number of something': parameter({
        type_name: 'TYPE_NAME_INT',
        generic_types: [{ type_name: 'TYPE_NAME_INT' }],
      }),
      'a name that is not its key': withCondition({ name: 'early' }),
      ...Object.fromEntries(NAMES.map((name) => [`type ${name}`, parameter({ type_name: name })])),
    },
    validation_error: {
      'a name with a dash': withCondition({ parameters: { 'an-hour': { type_name: 'TYPE_NAME_INT' } } }),
      'parameters as a list': withCondition({ parameters: [] }),
      'a type that is a number': parameter({ type_name: 4 }),
      'an expression as a list': withCondition({ expression: ['hour > 1'] }),
    },
  })
})

test('names that mean something to JavaScript are names like any other', async () => {
  const { at, write, check } = await stores.server.freshStore({
    ...model(
      type('toString'),
      type(
        'constructor',
        Object.fromEntries<[Rewrite, ...string[]]>([
          ['hasOwnProperty', [self, 'toString', 'toString with valueOf']],
          ['isPrototypeOf', [computed('hasOwnProperty')]],
        ]),
      ),
    ),
    conditions: {
      valueOf: {
        ...{ name: 'valueOf', expression: 'constructor > 1' },
        parameters: { constructor: { type_name: 'TYPE_NAME_INT' } },
      },
    },
  })
  assert.equal((await write(['constructor:__proto__#hasOwnProperty@toString:constructor'])).status, 200)
  const conditional = { ...tuple('constructor:2#hasOwnProperty@toString:x'), condition: { name: 'valueOf' } }
  const written = await stores.server.post(`${at}/write`, { writes: { tuple_keys: [conditional] } })
  assert.equal(written.status, 200)
  const asked = async (text: string, context?: object) => (await check(text, { context })).body.allowed
  assert.equal(await asked('constructor:__proto__#isPrototypeOf@toString:constructor'), true)
  assert.equal(await asked('constructor:__proto__#isPrototypeOf@toString:__proto__'), false)
  assert.equal(await asked('constructor:2#isPrototypeOf@toString:x', { constructor: 2 }), true)
  assert.equal(await asked('constructor:2#isPrototypeOf@toString:x', { constructor: 1 }), false)
  assert.equal(await asked('constructor:2#isPrototypeOf@toString:x'), undefined)
})
