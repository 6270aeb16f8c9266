// A condition made ready: its expression planned once, then judged with a context.
import { type CelInput, CelScalar, celEnv, celFunc, celMethod, isCelError, parse, plan } from '@bufbuild/cel'
import type { Expr } from '@bufbuild/cel-spec/cel/expr/syntax_pb.js'
import type { ConditionContext, ConditionDefinition } from './condition-definition.ts'
import { ConditionFault } from './condition-definition.ts'
import { type Effort, effort, weightOf } from './effort.ts'
import { inRange, readAddress } from './ip-address.ts'
import { meter, metered } from './metered.ts'
import { type ParameterType, parameterType } from './parameter-types.ts'
import { typeCheck } from './type-check.ts'

/** As upstream's limit of the API. */
const EXPRESSION_BYTES = 512

export interface Condition {
  name: string
  /**
   * Whether the context satisfies the condition; throws a `ConditionFault` where that cannot be said. `spending` is what
   * the question it is asked for may still spend.
   */
  holds(context: ConditionContext, spending?: Effort): boolean
  /** What is wrong with a tuple's context: unknown parameters and values of another type. */
  contextFault(context: ConditionContext): string | undefined
}

// An address is a text in CEL; `type-check.ts` keeps the two apart.
const FUNCTIONS = [
  celFunc('ipaddress', [CelScalar.STRING], CelScalar.STRING, (text) => readAddress(text)),
  celMethod('in_cidr', CelScalar.STRING, [CelScalar.STRING], CelScalar.BOOL, function (this: string, cidr) {
    return inRange(String(this), cidr)
  }),
]

/** Throws a sentence where the definition is not valid. */
export function compileCondition({ name, expression, parameters = {} }: ConditionDefinition): Condition {
  const invalid = (reason: string) => new Error(`failed to compile expression on condition '${name}' - ${reason}`)
  if (Buffer.byteLength(expression) > EXPRESSION_BYTES) throw invalid(`it has more than ${EXPRESSION_BYTES} bytes`)
  const types = new Map<string, ParameterType>()
  for (const [parameter, reference] of Object.entries(parameters)) {
    const type = parameterType(reference)
    if (!type) throw invalid(`failed to decode parameter type for parameter '${parameter}'`)
    types.set(parameter, type)
  }
  const root = parsedExpression(expression, types, invalid)
  const { functions, spendFrom } = meter()
  const evaluate = plan(celEnv({ funcs: [...FUNCTIONS, ...functions] }), metered(root)) as (
    context: Record<string, CelInput>,
  ) => unknown

  return {
    name,
    holds(context, spending = effort()) {
      mustNotBeSpent(name, spending)
      const values: Record<string, CelInput> = {}
      const missing: string[] = []
      for (const [parameter, type] of types) {
        if (!Object.hasOwn(context, parameter)) missing.push(parameter)
        else values[parameter] = read(name, parameter, type, context[parameter])
      }
      if (missing.length > 0) throw new ConditionFault(name, `context parameters are missing: ${missing.join(', ')}`)
      for (const value of Object.values(values)) spending.left -= weightOf(value, spending.left)
      mustNotBeSpent(name, spending)
      spendFrom(spending)
      const result = evaluate(values)
      // Whatever came out of it: the end may not have been reached.
      mustNotBeSpent(name, spending)
      if (isCelError(result)) throw new ConditionFault(name, result.message)
      if (typeof result !== 'boolean') throw new ConditionFault(name, 'the expression is not a bool')
      return result
    },
    contextFault(context) {
      for (const [parameter, value] of Object.entries(context)) {
        const type = types.get(parameter)
        if (!type) return `found invalid context parameter: ${parameter}`
        try {
          type.read(value)
        } catch (error) {
          return `parameter type error on condition '${name}' - failed to convert context parameter '${parameter}': ${(error as Error).message}`
        }
      }
      return undefined
    },
  }
}

function mustNotBeSpent(condition: string, { left }: Effort): void {
  if (left < 0) throw new ConditionFault(condition, 'the context is too large for the expression')
}

function read(condition: string, parameter: string, type: ParameterType, value: unknown): CelInput {
  try {
    return type.read(value)
  } catch (error) {
    throw new ConditionFault(
      condition,
      `failed to convert context parameter '${parameter}': ${(error as Error).message}`,
    )
  }
}

function parsedExpression(
  expression: string,
  types: ReadonlyMap<string, ParameterType>,
  invalid: (reason: string) => Error,
): Expr {
  let parsed: ReturnType<typeof parse>
  try {
    parsed = parse(expression)
  } catch (error) {
    throw invalid((error as Error).message)
  }
  const root = parsed.expr as Expr
  const fault = typeCheck(root, new Map([...types].map(([name, { type }]) => [name, type])))
  if (fault !== undefined) throw invalid(fault)
  return root
}
