// Paths into values: a small part of JSONPath (RFC 9535) for results, and the same steps behind a name for requests.

/** One step down: into a field of an object, or into every element of an array. */
export type Step = { field: string } | { each: true }

export interface Path {
  /**
   * `request` paths start at `{arguments}` (MCP) or `{params, query, body}` (HTTP); `result` paths at the result;
   * `content` is each content item of an MCP result.
   */
  side: 'result' | 'request' | 'content'
  steps: readonly Step[]
}

const REQUEST_PARTS = ['arguments', 'params', 'query', 'body'] as const

/** Says which rule a path breaks. */
export class PathInvalid extends Error {
  override readonly name = 'PathInvalid'
}

const EACH: Step = { each: true }
// RFC 9535 §2.3.1: a name in brackets may be any text; quotes and backslashes, which need escapes, are not taken.
const STEP = /\.([A-Za-z0-9_-]{1,100})|\['([^'\\\p{C}]{1,100})'\]|\[\*\]/guy

/** Throws PathInvalid. */
export function parsePath(text: string): Path {
  if (text.startsWith('$')) return { side: 'result', steps: parseSteps(text.slice(1)) }
  if (text === 'content[*]') return { side: 'content', steps: [EACH] }
  const part = REQUEST_PARTS.find((name) => text.startsWith(`${name}.`) || text.startsWith(`${name}[`))
  if (part === undefined)
    throw new PathInvalid('must start with $, arguments., params., query. or body., or be content[*]')
  return { side: 'request', steps: [{ field: part }, ...parseSteps(text.slice(part.length))] }
}

/** The way from a record to its id: empty or `$` for the record itself, a field's name, or `$.a.b`. Throws PathInvalid. */
export function parseIdPath(text: string): readonly Step[] {
  if (text === '') return []
  const steps = parseSteps(text.startsWith('$') ? text.slice(1) : `.${text}`)
  if (steps.includes(EACH)) throw new PathInvalid('must lead to one value; [*] is not allowed here')
  return steps
}

function parseSteps(text: string): Step[] {
  const steps: Step[] = []
  let end = 0
  for (const match of text.matchAll(STEP)) {
    const field = match[1] ?? match[2]
    steps.push(field === undefined ? EACH : { field })
    end = match.index + match[0].length
  }
  if (end !== text.length) throw new PathInvalid("must be made of .field, ['field'] and [*] steps only")
  return steps
}

/**
 * Every value that `steps` lead to. Undefined when the value does not have that shape anywhere on the way: a missing
 * field must not read as "no records here".
 */
export function selectAll(value: unknown, steps: readonly Step[]): unknown[] | undefined {
  let found: unknown[] = [value]
  for (const step of steps) {
    const next: unknown[] = []
    for (const at of found) {
      if ('each' in step) {
        if (!Array.isArray(at)) return undefined
        for (const element of at) next.push(element)
      } else {
        // Own fields only: `constructor` or `length` are not data that anyone sent.
        if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step.field))
          return undefined
        next.push((at as Record<string, unknown>)[step.field])
      }
    }
    found = next
  }
  return found
}
