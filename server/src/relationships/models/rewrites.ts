// Reading a rewrite from JSON: exactly one kind, nested only so deep, in one canonical form.
import type { Rewrite } from '../model.ts'
import { Refusal } from '../protocol/problems.ts'

const NESTING_LIMIT = 25
const RELATION_BYTES = 50

const invalid = (where: string, reason = 'invalid userset rewrite') =>
  new Refusal('invalid_authorization_model', `the definition of relation ${where} is invalid: ${reason}`)

/** `where` names the relation, for the refusal. Depth is limited here so that no later walk has to. */
export function readRewrite(value: unknown, where: string, depth = 0): Rewrite {
  if (depth > NESTING_LIMIT) throw invalid(where, 'the rewrite is nested too deep')
  const given = Object.entries(fields(value, where)).filter(([, part]) => part !== null && part !== undefined)
  const [kind, part] = given[0] ?? []
  if (given.length !== 1) throw invalid(where)
  const child = (of: unknown) => readRewrite(of, where, depth + 1)
  switch (kind) {
    case 'this':
      return { this: {} }
    case 'computedUserset':
    case 'computed_userset':
      return { computedUserset: relationIn(part, where) }
    case 'tupleToUserset':
    case 'tuple_to_userset': {
      const { tupleset, computedUserset, computed_userset } = fields(part, where)
      return {
        tupleToUserset: {
          tupleset: relationIn(tupleset, where),
          computedUserset: relationIn(computedUserset ?? computed_userset, where),
        },
      }
    }
    case 'union':
      return { union: { child: children(part, where).map(child) } }
    case 'intersection':
      return { intersection: { child: children(part, where).map(child) } }
    case 'difference': {
      const { base, subtract } = fields(part, where)
      return { difference: { base: child(base), subtract: child(subtract) } }
    }
    default:
      throw invalid(where)
  }
}

function fields(value: unknown, where: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw invalid(where)
  return value as Record<string, unknown>
}

function relationIn(value: unknown, where: string): { object: ''; relation: string } {
  const { object = '', relation } = fields(value, where)
  if (object !== '' || typeof relation !== 'string' || relation === '') throw invalid(where)
  if (Buffer.byteLength(relation) > RELATION_BYTES)
    throw new Refusal('relation_too_long', `relation: must have at most ${RELATION_BYTES} bytes`)
  return { object, relation }
}

function children(value: unknown, where: string): unknown[] {
  const { child } = fields(value, where)
  if (!Array.isArray(child) || child.length === 0) throw invalid(where)
  return child
}

/** The rewrites directly inside `rewrite`. */
export function partsOf(rewrite: Rewrite): readonly Rewrite[] {
  if ('union' in rewrite) return rewrite.union.child
  if ('intersection' in rewrite) return rewrite.intersection.child
  if ('difference' in rewrite) return [rewrite.difference.base, rewrite.difference.subtract]
  return []
}

/** `rewrite` and every rewrite within it. */
export function* walk(rewrite: Rewrite): Iterable<Rewrite> {
  yield rewrite
  for (const part of partsOf(rewrite)) yield* walk(part)
}
