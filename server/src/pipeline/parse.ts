// Input becomes nouns once, at the edge; what does not fit is refused with the field and the rule.
import type { z } from 'zod'
import { Problem } from '../kernel/problem.ts'

export function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const errors = result.error.issues.flatMap((issue) => {
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: path([...issue.path, key]), rule: 'is not a field of this request' }))
    return [{ field: path(issue.path) || '(body)', rule: issue.message }]
  })
  const first = errors[0]
  throw new Problem('invalid_input', { detail: first ? `${first.field}: ${first.rule}` : undefined, errors })
}

const path = (keys: readonly PropertyKey[]): string =>
  keys.reduce<string>((text, key) => {
    if (typeof key === 'number') return `${text}[${key}]`
    return text === '' ? String(key) : `${text}.${String(key)}`
  }, '')
