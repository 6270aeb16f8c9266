// Types of a CEL expression, checked when a model is written: names that are not declared, functions that do not exist
// or do not fit, and a result that is not a bool. What is only known when it runs (`any`) is let through.
import type { Expr, Expr_Call, Expr_Comprehension } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import { type Atom, type CelType, commonType, nameOfType, overloadResult } from './overloads.ts'
import type { CelTypeName } from './parameter-types.ts'

class TypeFault extends Error {}

type Names = ReadonlyMap<string, CelType>

const ANY: CelType = { kind: 'any' }
const BOOL: CelType = { kind: 'bool' }

/** What is wrong with the expression; undefined where nothing is. */
export function typeCheck(root: Expr, parameters: ReadonlyMap<string, CelTypeName>): string | undefined {
  try {
    const names = new Map([...parameters].map(([name, type]) => [name, fromParameter(type)] as const))
    const result = typeOf(root, names)
    if (result.kind === 'bool' || result.kind === 'any') return undefined
    return `expected a bool condition expression output, but got '${nameOfType(result)}'`
  } catch (error) {
    if (error instanceof TypeFault) return error.message
    throw error
  }
}

const fromParameter = (type: CelTypeName): CelType => {
  if (!('of' in type)) return type
  const of = fromParameter(type.of)
  return type.kind === 'list' ? { kind: 'list', of } : { kind: 'map', key: { kind: 'string' }, of }
}

function typeOf(expr: Expr, names: Names): CelType {
  const { exprKind } = expr
  switch (exprKind.case) {
    case 'constExpr':
      return { kind: CONSTANTS[exprKind.value.constantKind.case ?? ''] ?? 'any' }
    case 'identExpr': {
      const known = names.get(exprKind.value.name) ?? TYPE_NAMES.get(exprKind.value.name)
      if (!known) throw new TypeFault(`undeclared reference to '${exprKind.value.name}'`)
      return known
    }
    case 'selectExpr': {
      const { operand, field, testOnly } = exprKind.value
      const of = operand ? typeOf(operand, names) : ANY
      if (of.kind !== 'map' && of.kind !== 'any')
        throw new TypeFault(`type '${nameOfType(of)}' does not support field selection of '${field}'`)
      return testOnly ? BOOL : of.kind === 'map' ? of.of : ANY
    }
    case 'callExpr':
      return typeOfCall(exprKind.value, names)
    case 'listExpr':
      return { kind: 'list', of: commonType(exprKind.value.elements.map((element) => typeOf(element, names))) }
    case 'structExpr': {
      if (exprKind.value.messageName !== '')
        throw new TypeFault(`undeclared reference to '${exprKind.value.messageName}'`)
      const entries = exprKind.value.entries.map(({ keyKind, value }) => ({
        key: keyKind.case === 'mapKey' ? typeOf(keyKind.value, names) : ANY,
        value: value ? typeOf(value, names) : ANY,
      }))
      return {
        kind: 'map',
        key: commonType(entries.map(({ key }) => key)),
        of: commonType(entries.map(({ value }) => value)),
      }
    }
    case 'comprehensionExpr':
      return typeOfLoop(exprKind.value, names)
    default:
      throw new TypeFault('the expression is empty')
  }
}

function typeOfCall({ target, function: name, args }: Expr_Call, names: Names): CelType {
  const given = [...(target ? [target] : []), ...args].map((arg) => typeOf(arg, names))
  const result = overloadResult(target ? `.${name}` : name, given)
  if (result) return result
  if (result === undefined) throw new TypeFault(`undeclared reference to '${name}'`)
  throw new TypeFault(`found no matching overload for '${name}' applied to '(${given.map(nameOfType).join(', ')})'`)
}

function typeOfLoop(loop: Expr_Comprehension, names: Names): CelType {
  const { iterRange, accuInit, loopStep, loopCondition, result } = loop
  const range = iterRange ? typeOf(iterRange, names) : ANY
  if (range.kind !== 'list' && range.kind !== 'map' && range.kind !== 'any')
    throw new TypeFault(`expression of type '${nameOfType(range)}' cannot be range of a comprehension`)
  const item = range.kind === 'list' ? range.of : range.kind === 'map' ? range.key : ANY
  const inner = new Map(names).set(loop.iterVar, item)
  if (loop.iterVar2 !== '') inner.set(loop.iterVar2, range.kind === 'map' ? range.of : ANY)
  const start = accuInit ? typeOf(accuInit, names) : ANY
  // An empty list tells nothing of its items until the loop has been seen once.
  inner.set(loop.accuVar, start.kind === 'list' ? { kind: 'list', of: ANY } : start)
  const after = loopStep ? typeOf(loopStep, inner) : ANY
  if (loopCondition) typeOf(loopCondition, inner)
  inner.set(loop.accuVar, after.kind === 'any' ? start : after)
  return result ? typeOf(result, inner) : ANY
}

const CONSTANTS: Readonly<Record<string, Atom>> = {
  boolValue: 'bool',
  int64Value: 'int',
  uint64Value: 'uint',
  doubleValue: 'double',
  stringValue: 'string',
  bytesValue: 'bytes',
  nullValue: 'null',
}

const TYPE_NAMES: Names = new Map(
  ['int', 'uint', 'double', 'bool', 'string', 'bytes', 'list', 'map', 'null_type', 'type'].map((name) => [
    name,
    { kind: 'type' } as const,
  ]),
)
