// The query as decisions see it; it is sent as it was written.
import { invalid } from '../../kernel/problem.ts'
import type { Declared } from '../records/declaration.ts'
import { plain } from '../records/fields.ts'

/** Values by name. Throws `invalid_input` where a declared name could be read in two ways. */
export function queryOf(query: string | undefined, declared: Declared): Record<string, string> {
  if (query === undefined) return {}
  // Some servers part fields at `;` too, and take `+` and escapes for what we take them.
  const fields = [...new URLSearchParams(query)]
  for (const name of namesIn(declared, 'query')) {
    const alike = fields.filter(([field]) => plain(stem(field)) === plain(name))
    if (alike.length > 1 || alike.some(([field]) => field !== name))
      throw invalid(`query.${name}`, 'must be given once, in the spelling that was declared')
    if (/;|%3b/i.test(query)) throw invalid(`query.${name}`, 'must not be given beside a ;')
  }
  // Frameworks that put all parameters together would take it from here, while we judge where it was declared.
  const elsewhere = [...namesIn(declared, 'params'), ...namesIn(declared, 'body')]
  const taken = fields.find(([field]) => elsewhere.some((name) => plain(stem(field)) === plain(name)))
  if (taken && !namesIn(declared, 'query').includes(taken[0]))
    throw invalid(`query.${taken[0].slice(0, 100)}`, 'is declared in another part of the request')
  return Object.fromEntries(fields)
}

/** Names declared directly below one part of the request. */
export function namesIn({ request, context }: Declared, part: 'query' | 'body' | 'params'): string[] {
  const paths = [...request.map(({ steps }) => steps), ...context.map(([, { steps }]) => steps)]
  return paths.flatMap(([first, second]) =>
    first && 'field' in first && first.field === part ? [second && 'field' in second ? second.field : ''] : [],
  )
}

// `id[]`, `id[0]` and `id.x` are `id` to many frameworks.
const stem = (field: string): string => /^[^[.]*/.exec(field.trim())?.[0] ?? ''
