// An expression rewritten so that it counts what it does: each round of a loop, and the size of what is looked at.
// Everything else is bounded by the length of the expression.
import {
  type CelInput,
  CelScalar,
  celEnv,
  celFunc,
  celList,
  celMethod,
  isCelError,
  isCelList,
  parse,
  plan,
} from '@bufbuild/cel'
import { type Expr, ExprSchema } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { create } from '@bufbuild/protobuf'
import { type Effort, effort, searchWeight, weightOf } from './effort.ts'

/** These decide which of their parts are looked at, and look at nothing themselves. */
const UNWEIGHED = new Set(['_&&_', '_||_', '!_', '_?_:_', '_[_]', '@not_strictly_false'])

const search = plan(celEnv(), parse('text.matches(pattern)')) as (given: Record<string, CelInput>) => unknown

/** What a plan of an expression is made with, and what it spends from. */
export function meter() {
  let spending = effort()
  const spend = (weight: number): boolean => {
    spending.left -= weight
    return spending.left >= 0
  }
  const must = (weight: number): void => {
    if (!spend(weight)) throw new Error('the context is too large for the expression')
  }
  const matches = (text: string, pattern: string): boolean => {
    must(searchWeight(pattern, text))
    const found = search({ text, pattern })
    if (isCelError(found)) throw new Error(found.message)
    return found === true
  }
  const { BOOL, DYN, INT, STRING } = CelScalar
  return {
    spendFrom(given: Effort): void {
      spending = given
    },
    functions: [
      celFunc('@round', [INT], BOOL, (cost) => spend(Number(cost))),
      celFunc('@weighed', [DYN], DYN, (value) => {
        must(weightOf(value, spending.left))
        return value as CelInput
      }),
      // Lists that are put together stay lists of lists in this library: each look would walk all of them.
      celFunc('@flat', [DYN], DYN, (value) => (isCelList(value) ? celList([...value]) : value) as CelInput),
      celFunc('@matches', [STRING, STRING], BOOL, matches),
      celMethod('@matches', STRING, [STRING], BOOL, function (this: string, pattern) {
        return matches(String(this), pattern)
      }),
    ],
  }
}

/** The same expression, counting. */
export function metered(expr: Expr): Expr {
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'selectExpr':
      if (exprKind.value.operand) exprKind.value.operand = metered(exprKind.value.operand)
      return expr
    case 'callExpr': {
      const of = exprKind.value
      const name = of.function
      const weigh = UNWEIGHED.has(name) ? metered : (part: Expr) => weighed(metered(part))
      if (of.target) of.target = weigh(of.target)
      of.args = of.args.map(weigh)
      if (name === 'matches') of.function = '@matches'
      return name === '_+_' ? call('@flat', expr) : expr
    }
    case 'listExpr':
      exprKind.value.elements = exprKind.value.elements.map(metered)
      return expr
    case 'structExpr':
      for (const entry of exprKind.value.entries) {
        if (entry.keyKind.case === 'mapKey') entry.keyKind.value = metered(entry.keyKind.value)
        if (entry.value) entry.value = metered(entry.value)
      }
      return expr
    case 'comprehensionExpr': {
      const loop = exprKind.value
      const cost = sizeOf(loop.loopCondition) + sizeOf(loop.loopStep)
      if (loop.iterRange) loop.iterRange = weighed(metered(loop.iterRange))
      if (loop.accuInit) loop.accuInit = metered(loop.accuInit)
      if (loop.loopStep) loop.loopStep = metered(loop.loopStep)
      if (loop.loopCondition) loop.loopCondition = call('_&&_', round(cost), metered(loop.loopCondition))
      if (loop.result) loop.result = metered(loop.result)
      return expr
    }
    default:
      return expr
  }
}

const weighed = (expr: Expr): Expr => (expr.exprKind.case === 'constExpr' ? expr : call('@weighed', expr))

const call = (name: string, ...args: Expr[]): Expr =>
  create(ExprSchema, { exprKind: { case: 'callExpr', value: { function: name, args } } })

const round = (cost: number): Expr => {
  const value = { constantKind: { case: 'int64Value' as const, value: BigInt(cost) } }
  return call('@round', create(ExprSchema, { exprKind: { case: 'constExpr', value } }))
}

/** Parts that one round evaluates; loops within it count their own. */
function sizeOf(expr: Expr | undefined): number {
  const { exprKind } = expr ?? {}
  const sum = (parts: readonly (Expr | undefined)[]) => parts.reduce((size, part) => size + sizeOf(part), 1)
  switch (exprKind?.case) {
    case 'selectExpr':
      return sum([exprKind.value.operand])
    case 'callExpr':
      return sum([exprKind.value.target, ...exprKind.value.args])
    case 'listExpr':
      return sum(exprKind.value.elements)
    case 'structExpr':
      return sum(exprKind.value.entries.map(({ value }) => value))
    case 'comprehensionExpr':
      return sum([exprKind.value.iterRange, exprKind.value.accuInit, exprKind.value.result])
    default:
      return 1
  }
}
