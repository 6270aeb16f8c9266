// What a request says before it is made: the records it names, and the values that decisions see.
import { type Path, type Step, selectAll } from '../../connections/index.ts'
import { isObject } from '../../kernel/json-object.ts'
import { invalid } from '../../kernel/problem.ts'
import type { Declared } from './declaration.ts'
import { plain } from './fields.ts'
import { MOST_JUDGED, type Sight } from './sight.ts'

/** `{arguments}` for a tool; `{params, query, body}` for an HTTP operation. */
export type RequestParts = Readonly<Record<string, unknown>>

const CONTEXT_LIMIT = 4096

/** Whether the request names all the records it must, and every one of them may be seen. */
export async function mayName({ request }: Declared, parts: RequestParts, sight: Sight): Promise<boolean> {
  const named = request.map((record) => ({ record, values: selectAll(parts, record.steps) }))
  // A record that is not named where it should be could be any: the upstream's default, or all of them.
  if (named.some(({ values }) => values === undefined || values.length === 0)) return false
  const met = named.every(({ record, values = [] }) => values.every((value) => sight.meet(record, value)))
  if (sight.overwhelmed()) throw invalid('(records)', `must be ${MOST_JUDGED} or fewer, counted once for each reader`)
  if (!met) return false
  await sight.judge()
  return named.every(({ record, values = [] }) => values.every((value) => sight.sees(record, value)))
}

/** The declared values by name; what the request does not have is left out. Throws `invalid_input` for what is ambiguous. */
export function contextOf(declared: Declared, parts: RequestParts): Record<string, unknown> | undefined {
  for (const { steps } of declared.request) refuseTwins(parts, steps)
  if (declared.context.length === 0) return undefined
  const context = declared.context.flatMap(([name, path]): [string, unknown][] => {
    refuseTwins(parts, path.steps)
    const values = selectAll(parts, path.steps)
    if (values === undefined) return []
    return [[name, isMany(path) ? values : values[0]]]
  })
  const found = Object.fromEntries(context)
  if (JSON.stringify(found).length > CONTEXT_LIMIT) throw invalid('(context)', 'the declared values are too large')
  return found
}

const isMany = ({ steps }: Path): boolean => steps.some((step) => 'each' in step)

/** Some parsers take `ORDER_ID` or `orderId` for `order_id`: with both there, we could judge one and they act on the other. */
function refuseTwins(parts: RequestParts, steps: readonly Step[]): void {
  let here: unknown[] = [parts]
  for (const step of steps) {
    if ('each' in step) here = here.flatMap((value) => (Array.isArray(value) ? value : []))
    else {
      const alike = plain(step.field)
      for (const value of here)
        if (isObject(value) && Object.keys(value).filter((key) => plain(key) === alike).length > 1)
          throw invalid(step.field, 'is given more than once, in different spellings')
      here = here.flatMap((value) => (isObject(value) && Object.hasOwn(value, step.field) ? [value[step.field]] : []))
    }
  }
}
