// Expressions and contexts that are made to take long: each ends, and soon, with a fault and never with an answer.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ConditionFault, type TypeReference } from './condition-definition.ts'
import { effort } from './effort.ts'
import { compileCondition } from './evaluate-condition.ts'

const TEXT: TypeReference = { type_name: 'TYPE_NAME_STRING' }
const TEXTS: TypeReference = { type_name: 'TYPE_NAME_LIST', generic_types: [TEXT] }
const ANY: TypeReference = { type_name: 'TYPE_NAME_ANY' }
const INT: TypeReference = { type_name: 'TYPE_NAME_INT' }

const condition = (expression: string, parameters: Record<string, TypeReference>) =>
  compileCondition({ name: 'c', expression, parameters })
const many = (count: number) => Array.from({ length: count }, (_, n) => `s${n}`)
const DIGITS = '[1,2,3,4,5,6,7,8,9,0]'
const tenfold = (name: string) => `.map(${name},${Array.from({ length: 10 }, () => name).join('+')})`

/** The promise is half a second on a quiet machine; without a limit some of these take minutes. */
const SECONDS = 3

const costly: [why: string, expression: string, parameters: Record<string, TypeReference>, context: object][] = [
  [
    'loops over lists that stand in the expression',
    `${[...'abcdefgh'].reduceRight((inner, name) => `${DIGITS}.all(${name},${inner})`, 'x>0||a+b+c+d+e+f+g+h>=0')}`,
    { x: INT },
    { x: 0 },
  ],
  ['a list that grows', `[[1,2,3,4,5,6,7,8]]${tenfold('l').repeat(6)}[0].all(z,z<x)`, { x: INT }, { x: 10 }],
  ['a list of the context that grows', `[l]${tenfold('l').repeat(6)}[0].all(z,z==z)`, { l: ANY }, { l: many(100) }],
  ['a text that grows', `[s]${tenfold('x').repeat(7)}[0].size()>3`, { s: TEXT }, { s: 'a'.repeat(1000) }],
  [
    'a text that grows without a loop',
    `(${Array(200).fill('s').join('+')}).size()>3`,
    { s: TEXT },
    { s: 'a'.repeat(1e6) },
  ],
  ['a list looked through in each round', 'l.all(a,a in l)', { l: TEXTS }, { l: many(10_000) }],
  ['lists compared in each round', 'l.all(a,l==m)', { l: TEXTS, m: TEXTS }, { l: many(10_000), m: many(10_000) }],
  [
    'lists within lists compared',
    'l.all(a,m==n)',
    { l: TEXTS, m: ANY, n: ANY },
    { l: many(5000), m: [[many(5000)]], n: [[many(5000)]] },
  ],
  [
    'a text searched in each round',
    'l.all(a,!s.contains("b"))',
    { l: TEXTS, s: TEXT },
    { l: many(10_000), s: 'a'.repeat(500_000) },
  ],
  ['a list made in each round', 'l.all(a,l.map(b,b).size()>0)', { l: TEXTS }, { l: many(2000) }],
  [
    'a pattern with many states',
    's.matches(p)',
    { s: TEXT, p: TEXT },
    { s: 'a'.repeat(20_000), p: `${'(a?){1000}'.repeat(5)}$` },
  ],
  [
    'a pattern with nested repetitions',
    's.matches(p)',
    { s: TEXT, p: TEXT },
    { s: 'a'.repeat(20_000), p: '(((a?){10}){10}){10}b' },
  ],
  ['a long pattern', 's.matches(p)', { s: TEXT, p: TEXT }, { s: 'a', p: '[a-z\\pL]{1000}'.repeat(3000) }],
  [
    'a pattern in each round',
    'l.all(a,!s.matches("(a?){50}b"))',
    { l: TEXTS, s: TEXT },
    { l: many(9999), s: 'a'.repeat(100) },
  ],
  ['what would be true in the end', 'l.exists(a,l.all(b,l.all(c,true)))||true', { l: TEXTS }, { l: many(1000) }],
]

for (const [why, expression, parameters, context] of costly)
  test(`it ends: ${why}`, () => {
    const compiled = condition(expression, parameters)
    const startedAt = performance.now()
    assert.throws(() => compiled.holds(context as Record<string, unknown>), ConditionFault)
    const took = performance.now() - startedAt
    assert.ok(took < SECONDS * 1000, `${took} ms`)
  })

test('what conditions are for costs little of what a question may spend', () => {
  const modest: [string, Record<string, TypeReference>, object][] = [
    ['l.exists(a,a==s)', { l: TEXTS, s: TEXT }, { l: [...many(500), 'x'], s: 'x' }],
    ['s in l', { l: TEXTS, s: TEXT }, { l: [...many(5000), 'x'], s: 'x' }],
    ['l.filter(a,a.startsWith("s1")).map(a,a+"x").size()>1', { l: TEXTS }, { l: many(200) }],
    [
      's.matches("^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$")',
      { s: TEXT },
      { s: '0194b3a0-5cf2-7c3e-9d11-30a2f4d7c6aa' },
    ],
    ['s.matches("^[a-z0-9._%+-]+@[a-z0-9.-]+\\\\.[a-z]{2,}$")', { s: TEXT }, { s: 'dana.the.first@example.co.uk' }],
    ['[1,2,3].map(x,[x]+[4]).all(l,l.size()==2&&l[1]==4)&&([[s]+[s]]==[[s,s]])', { s: TEXT }, { s: 'x' }],
  ]
  for (const [expression, parameters, context] of modest) {
    const spending = effort()
    const { left } = spending
    assert.equal(
      condition(expression, parameters).holds(context as Record<string, unknown>, spending),
      true,
      expression,
    )
    assert.ok(left - spending.left < left / 20, `${expression}: ${left - spending.left}`)
  }
})

test('questions that are asked together spend together', () => {
  const compiled = condition('l.all(a,a.size()>0)', { l: TEXTS })
  const spending = effort()
  const context = { l: many(10_000) }
  assert.throws(() => {
    for (let at = 0; at < 1000; at++) assert.equal(compiled.holds(context, spending), true)
  }, /too large/)
  assert.equal(compiled.holds(context), true)
})
