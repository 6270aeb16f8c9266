// A check as nearly all are: three plain names, perhaps a model, and nothing else. Read here without its schema, which
// stays the rule: whatever is not so plain is left to it, and a test holds the two against each other.
import type { z } from 'zod'
import { readingPlainly } from '../../pipeline/index.ts'
import { CheckBody } from './bodies.ts'

type Body = z.output<typeof CheckBody>

/** The body of a check: by the schema, or by the short way where it is plain. */
export const Check = readingPlainly(CheckBody, plainCheck)

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/
// Printable ASCII: as many bytes as characters, well-formed, without NUL.
const NAME = /^[\x21-\x7e]{1,256}$/
const RELATION = /^[\x21\x22\x24-\x39\x3b-\x3f\x41-\x7e]{1,50}$/

export function plainCheck(input: unknown): Body | undefined {
  const asked = input as { [K in keyof Body]?: unknown }
  const { store_id, authorization_model_id: model, tuple_key } = asked
  if (typeof store_id !== 'string' || !ULID.test(store_id)) return undefined
  if (model !== undefined && (typeof model !== 'string' || !ULID.test(model))) return undefined
  if (typeof tuple_key !== 'object' || tuple_key === null) return undefined
  const { user, relation, object } = tuple_key as { [K in keyof Body['tuple_key']]?: unknown }
  if (typeof user !== 'string' || typeof relation !== 'string' || typeof object !== 'string') return undefined
  if (!NAME.test(user) || !RELATION.test(relation) || !NAME.test(object)) return undefined
  if (asked.at_least !== undefined || asked.consistency !== undefined) return undefined
  if (asked.contextual_tuples !== undefined || asked.context !== undefined) return undefined
  return {
    store_id,
    authorization_model_id: model,
    at_least: undefined,
    consistency: 'UNSPECIFIED',
    tuple_key: { user, relation, object },
    contextual_tuples: [],
    context: undefined,
  }
}
