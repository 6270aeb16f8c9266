import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConditionFault, type TypeReference } from './condition-definition.ts'
import { compileCondition } from './evaluate-condition.ts'

const of = (type: string, ...generic_types: TypeReference[]): TypeReference => ({
  type_name: `TYPE_NAME_${type.toUpperCase()}`,
  ...(generic_types.length > 0 && { generic_types }),
})
const condition = (expression: string, parameters: Record<string, TypeReference> = {}) =>
  compileCondition({ name: 'c', expression, parameters })

test('each type of parameter is read from JSON and compared in CEL', () => {
  const cases: [string, TypeReference, unknown, boolean][] = [
    ['x', of('bool'), true, true],
    ['x == "a"', of('string'), 'b', false],
    ['x < 10', of('int'), 9, true],
    ['x == 9007199254740993', of('int'), '9007199254740993', true],
    ['x > 18446744073709551614u', of('uint'), '18446744073709551615', true],
    ['x[0] == 7u', of('list', of('uint')), [7], true],
    ['x >= 1.5', of('double'), '1.5', true],
    ['x == duration("90m")', of('duration'), '1h30m', true],
    ['x < duration("0s")', of('duration'), '-1.5s', true],
    ['x < timestamp("2023-10-11T10:00:00.000Z")', of('timestamp'), '2023-10-11T11:59:59.999999999+02:00', true],
    ['x.in_cidr("10.0.0.0/8")', of('ipaddress'), '10.1.2.3', true],
    ['x.in_cidr("10.0.0.0/8")', of('ipaddress'), '11.1.2.3', false],
    ['x.in_cidr("2001:db8::/32")', of('ipaddress'), '2001:DB8::1', true],
    ['x.in_cidr("0.0.0.0/0")', of('ipaddress'), '::ffff:10.0.0.1', false],
    ['x == ipaddress("2001:db8::1")', of('ipaddress'), '2001:0db8:0:0::1', true],
    ['"a" in x', of('list', of('string')), ['b', 'a'], true],
    ['x["k"] == 1', of('map', of('int')), { k: 1 }, true],
    ['x.k.deep == "v"', of('any'), { k: { deep: 'v' } }, true],
    ['x.exists(i, i > 2)', of('list', of('int')), [1, 2, 3], true],
    ['x.matches("^a+$")', of('string'), 'aaa', true],
  ]
  for (const [expression, type, value, holds] of cases)
    assert.equal(condition(expression, { x: type }).holds({ x: value }), holds, expression)
})

test('what is missing, of another type or fails is a fault and never an answer', () => {
  const faults: [string, Record<string, TypeReference>, Record<string, unknown>][] = [
    ['x == 1', { x: of('int') }, {}],
    // Also where the expression could do without it: as upstream.
    ['x == 1 || y == 2', { x: of('int'), y: of('int') }, { x: 1 }],
    ['x == 1', { x: of('int') }, { x: 1.5 }],
    ['x == 1', { x: of('int') }, { x: true }],
    ['x == 1u', { x: of('uint') }, { x: -1 }],
    ['x', { x: of('bool') }, { x: 'true' }],
    ['x == duration("1s")', { x: of('duration') }, { x: '1 hour' }],
    ['x < timestamp("2023-10-11T10:00:00Z")', { x: of('timestamp') }, { x: '2023-02-30T10:00:00Z' }],
    ['x.in_cidr("10.0.0.0/8")', { x: of('ipaddress') }, { x: '10.0.0.01' }],
    ['x.in_cidr("10.0.0.0/33")', { x: of('ipaddress') }, { x: '10.0.0.1' }],
    ['x[3] == 1', { x: of('list', of('int')) }, { x: [1] }],
    ['1 / x == 1', { x: of('int') }, { x: 0 }],
    ['x.gone', { x: of('any') }, { x: {} }],
    ['x', { x: of('any') }, { x: 'yes' }],
    ['x.matches(y)', { x: of('string'), y: of('string') }, { x: 'a', y: '(' }],
  ]
  for (const [expression, parameters, context] of faults)
    assert.throws(() => condition(expression, parameters).holds(context), ConditionFault, expression)
})

test('numbers that are out of range, or spelt as no decimal number, are faults', () => {
  const spellings = [
    'Infinity',
    '-Infinity',
    'NaN',
    'inf',
    '0x10',
    '0b1',
    ' 1',
    '1 ',
    '1_000',
    '',
    '.',
    'e3',
    '1e',
    '１',
    '--1',
  ]
  for (const type of ['int', 'uint', 'double'])
    for (const value of [
      ...spellings,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      '1.797e+309',
      '1e999',
      '1e9999',
    ])
      assert.throws(() => condition('x == x', { x: of(type) }).holds({ x: value }), ConditionFault, `${type} ${value}`)
  const beyond: [string, unknown][] = [
    ['int', '9223372036854775808'],
    ['int', '-9223372036854775809'],
    ['int', 2 ** 63],
    ['int', '1e19'],
    ['int', '1.5'],
    ['int', '15e-1'],
    ['uint', '18446744073709551616'],
    ['uint', -1],
    ['uint', '-1'],
    ['any', Number.POSITIVE_INFINITY],
  ]
  for (const [type, value] of beyond)
    assert.throws(() => condition('x == x', { x: of(type) }).holds({ x: value }), ConditionFault, `${type} ${value}`)
  for (const of_ of ['list', 'map'])
    for (const inner of ['double', 'any']) {
      const x = of_ === 'list' ? [1, 1 / 0] : { k: 1 / 0 }
      assert.throws(() => condition('x == x', { x: of(of_, of(inner)) }).holds({ x }), ConditionFault)
    }
  assert.match(condition('x > 1.0', { x: of('double') }).contextFault({ x: '1.797e+309' }) ?? '', /out of range/)
})

test('numbers are read as decimal numerals in full precision', () => {
  const cases: [string, string, unknown][] = [
    ['x == 9223372036854775807', 'int', '9223372036854775807'],
    ['x == -9223372036854775808', 'int', '-9223372036854775808'],
    ['x == 1500', 'int', '1.5e3'],
    ['x == 15', 'int', '15.0'],
    ['x == 15', 'int', '+150e-1'],
    ['x == 0', 'int', '-0.0e50'],
    ['x == 18446744073709551615u', 'uint', '18446744073709551615'],
    ['x == 0.5', 'double', '.5'],
    ['x == 0.0', 'double', '1e-400'],
    ['x == 1.7976931348623157e308', 'double', '1.7976931348623157e+308'],
  ]
  for (const [expression, type, value] of cases)
    assert.equal(condition(expression, { x: of(type) }).holds({ x: value }), true, `${expression} of ${value}`)
})

test('what may be null in CEL compares with null, and nothing else does', () => {
  const values = { duration: '1s', timestamp: '2023-10-11T10:00:00Z', ipaddress: '10.0.0.1' }
  for (const [type, x] of Object.entries(values)) {
    assert.equal(condition('x == null', { x: of(type) }).holds({ x }), false, type)
    assert.equal(condition('null != x', { x: of(type) }).holds({ x }), true, type)
    assert.equal(condition('(true ? x : null) == x', { x: of(type) }).holds({ x }), true, type)
    assert.equal(condition('null in [x]', { x: of(type) }).holds({ x }), false, type)
  }
  assert.equal(condition('x == null', { x: of('any') }).holds({ x: null }), true)
  assert.equal(condition('null == null').holds({}), true)
  // The type checker lets them pass, and there is no such function when it runs.
  assert.throws(() => condition('null < x', { x: of('duration') }).holds({ x: '1s' }), ConditionFault)
  for (const type of ['int', 'uint', 'double', 'bool', 'string'])
    assert.throws(() => condition('x == null', { x: of(type) }), /no matching overload/, type)
  assert.throws(() => condition('x == null', { x: of('list', of('int')) }), /no matching overload/)
  assert.throws(() => condition('x == null', { x: of('map', of('int')) }), /no matching overload/)
})

test('an expression that cannot be right is refused when it is written', () => {
  const wrong: [string, Record<string, TypeReference>][] = [
    ['x <', { x: of('int') }],
    ['x == y', { x: of('int') }],
    ['x + 1', { x: of('int') }],
    ['x == "1"', { x: of('int') }],
    ['x < 1.5', { x: of('int') }],
    ['x.startsWith(1)', { x: of('string') }],
    ['x.in_cidr("10.0.0.0/8")', { x: of('string') }],
    ['x == "10.0.0.1"', { x: of('ipaddress') }],
    ['frobnicate(x)', { x: of('int') }],
    ['x.field', { x: of('string') }],
    ['x.all(i, i)', { x: of('list', of('int')) }],
    ['Message{a: 1} == x', { x: of('any') }],
    ['x', { x: of('list') }],
    ['x', { x: of('nothing') }],
    ['x', { x: { type_name: 'TYPE_NAME_BOOL', generic_types: [of('int')] } }],
    [`x == "${'a'.repeat(600)}"`, { x: of('string') }],
  ]
  for (const [expression, parameters] of wrong)
    assert.throws(() => condition(expression, parameters), /failed to compile expression/, expression)
})

test('a context cannot make the loops of an expression run long', () => {
  const nested = condition('x.exists(a, x.exists(b, x.exists(c, a + b + c == -1)))', { x: of('list', of('int')) })
  assert.equal(nested.holds({ x: [1, 2, 3] }), false)
  assert.throws(() => nested.holds({ x: Array.from({ length: 5_000 }, (_, n) => n) }), /too large/)
})

test('names that every object has are no parameters', () => {
  const plain = condition('x == 1', { x: of('int') })
  assert.match(plain.contextFault({ constructor: 1 }) ?? '', /invalid context parameter: constructor/)
  assert.throws(() => condition('constructor == 1'), /undeclared reference/)
  assert.throws(() => condition('x == 1', { x: of('constructor') }), /failed to decode/)
})
