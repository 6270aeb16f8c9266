// Refusals with OpenFGA's own codes; the road sees them as the problems they are.
import type { ProblemCode } from '@mandate/contract'
import { Problem } from '../../kernel/problem.ts'

export type RefusalCode =
  | 'validation_error'
  | 'authorization_model_not_found'
  | 'authorization_model_resolution_too_complex'
  | 'invalid_write_input'
  | 'cannot_allow_duplicate_tuples_in_one_request'
  | 'invalid_continuation_token'
  | 'invalid_expand_input'
  | 'write_failed_due_to_invalid_input'
  | 'latest_authorization_model_not_found'
  | 'type_not_found'
  | 'relation_not_found'
  | 'relation_too_long'
  | 'invalid_tuple'
  | 'query_string_type_continuation_token_mismatch'
  | 'exceeded_entity_limit'
  | 'invalid_authorization_model'
  | 'Aborted'
  | 'store_id_not_found'
  | CodeOfRule

const PROBLEM_OF: Partial<Record<RefusalCode, ProblemCode>> = { store_id_not_found: 'not_found', Aborted: 'conflict' }

/** Rules of input that OpenFGA has a code of its own for; every other is `validation_error`. */
export const RULES = {
  page_size_invalid: 'must be from 1 to 100',
  type_invalid_pattern: 'must be the name of a type',
  relations_invalid_pattern: 'must have names of relations',
  type_definitions_too_few_items: 'must have at least one type',
  assertions_too_many_items: 'must have at most 100 assertions',
  tuple_key_value_not_specified: 'must be given',
} as const
type CodeOfRule = keyof typeof RULES

/** Of the pages of a list of objects, which OpenFGA has not. */
export const OBJECTS_PAGE = 'must be from 1 to 10000'

const CODES = new Map<string, CodeOfRule>([
  ...Object.entries(RULES).map(([code, rule]) => [rule, code as CodeOfRule] as const),
  [OBJECTS_PAGE, 'page_size_invalid'],
])

export const codeOfRule = (rule: string | undefined): RefusalCode => CODES.get(rule ?? '') ?? 'validation_error'

export class Refusal extends Problem {
  readonly refusal: RefusalCode

  constructor(refusal: RefusalCode, message: string) {
    super(PROBLEM_OF[refusal] ?? 'invalid_input', { detail: message })
    this.name = 'Refusal'
    this.refusal = refusal
  }
}

export const storeNotFound = (): Refusal => new Refusal('store_id_not_found', 'Store ID not found')

export const modelNotFound = (id: string): Refusal =>
  new Refusal('authorization_model_not_found', `Authorization Model '${id}' not found`)

export const noModel = (store: string): Refusal =>
  new Refusal('latest_authorization_model_not_found', `No authorization models found for store '${store}'`)

export const typeNotFound = (type: string): Refusal => new Refusal('type_not_found', `type '${type}' not found`)

export const relationNotFound = (type: string, relation: string): Refusal =>
  new Refusal('relation_not_found', `relation '${type}#${relation}' not found`)

export const exceeded = (entity: string, limit: number): Refusal =>
  new Refusal('exceeded_entity_limit', `The number of ${entity} exceeds the allowed limit of ${limit}`)

export const tooComplex = (): Refusal =>
  new Refusal(
    'authorization_model_resolution_too_complex',
    'Authorization Model resolution required too many rewrite rules to be resolved. ' +
      'Check your authorization model for infinite recursion or too much nesting',
  )
