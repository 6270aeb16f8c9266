// Requests and replies of the OpenFGA API as schemas. Unknown fields are ignored, as upstream.
import { z } from 'zod'
import { OBJECTS_PAGE, RULES } from './problems.ts'

const ULID = /^[0-9A-HJKMNP-TV-Z]{26}$/

/** Text that PostgreSQL can hold: no NUL, no lone surrogates; length in bytes. */
const text = (bytes: number) =>
  z
    .string()
    .refine((value) => Buffer.byteLength(value) <= bytes, `must have at most ${bytes} bytes`)
    .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text')

// As JSON spells them: an escaped NUL, or half of a surrogate pair; not a backslash that was meant as one.
const isStorable = (json: string): boolean => !/(?:^|[^\\])(?:\\\\)*\\u(?:0000|d[89a-f])/i.test(json)

const absent = <T>(value: T | null | undefined | ''): T | undefined =>
  value === null || value === '' ? undefined : value

export const StoreId = z.string().regex(ULID, 'must be a ULID')
const ModelId = z
  .union([StoreId, z.literal('')])
  .nullish()
  .transform(absent)
const TypeName = z
  .string()
  .refine(
    (name) => /^[^:#@\s\0]+$/.test(name) && name.isWellFormed() && Buffer.byteLength(name) <= 254,
    RULES.type_invalid_pattern,
  )
const RelationName = text(50).regex(/^[^:#@\s]+$/, 'must be the name of a relation')
const ObjectName = text(256).min(1)
const UserName = text(512).min(1)
/** A whole number as JSON or a query spells it; nothing else is made into one. */
const count = (most: number, rule: string) =>
  z
    .union([
      z.number(),
      z
        .string()
        .regex(/^-?\d{1,10}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(1, rule).max(most, rule))
    .nullish()
const PageSize = count(100, RULES.page_size_invalid).transform((size) => size ?? 50)
const Token = z
  .string()
  .max(5120)
  .nullish()
  .transform((token) => token ?? '')

/** Everything that is answered from memory may be asked to wait for a position. */
const Awaiting = {
  at_least: z.coerce.number().int().min(0).optional(),
  consistency: z
    .enum(['UNSPECIFIED', 'MINIMIZE_LATENCY', 'HIGHER_CONSISTENCY'])
    .nullish()
    .transform((preference) => preference ?? 'UNSPECIFIED'),
}

/** Values of conditions' parameters: any JSON object that PostgreSQL can hold. */
const Context = z
  .record(z.string(), z.unknown())
  .nullish()
  .transform((context) => context ?? undefined)
  .refine((context) => context === undefined || isStorable(JSON.stringify(context)), 'must be well-formed text')

// A condition that is given has a name: without one the tuple would hold whenever it is asked for.
const Condition = z
  .object({ name: text(256).min(1), context: Context })
  .nullish()
  .transform((given) => given && { name: given.name, ...(given.context && { context: given.context }) })

const Tuple = z
  .object({ user: UserName, relation: RelationName, object: ObjectName, condition: Condition })
  .transform(({ user, relation, object, condition }) => ({
    ...{ user, relation, object },
    ...(condition && { condition }),
  }))

const Deleted = z.object({ user: UserName, relation: RelationName, object: ObjectName })

const tuples = z
  .array(Tuple)
  .max(100)
  .nullish()
  .transform((keys) => keys ?? [])
const Contextual = z
  .object({ tuple_keys: tuples })
  .nullish()
  .transform((given) => given?.tuple_keys ?? [])

const inStore = { store_id: StoreId }
const underModel = { ...inStore, authorization_model_id: ModelId, ...Awaiting }

export const NewStore = z.object({
  name: z.string().regex(/^[a-zA-Z0-9\s./^_&@-]{3,64}$/, 'must have 3 to 64 letters, digits, spaces or . - / ^ _ & @'),
})
export const ListStores = z.object({
  page_size: PageSize,
  continuation_token: Token,
  name: z.string().optional(),
  ...Awaiting,
})
export const InStore = z.object({ ...inStore, ...Awaiting })

const References = z
  .array(
    z
      .object({
        type: TypeName,
        relation: z
          .union([RelationName, z.literal('')])
          .nullish()
          .transform(absent),
        wildcard: z.object({}).nullish(),
        condition: text(256).nullish(),
      })
      .transform(({ type, relation, wildcard, condition }) => ({
        type,
        ...(relation && { relation }),
        ...(wildcard && { wildcard: {} }),
        ...(condition && { condition }),
      })),
  )
  .nullish()
  .transform((references) => references ?? [])

/** Where a definition comes from, in a model made of modules (schema 1.2); kept as given. */
const Origin = {
  module: text(256).nullish().transform(absent),
  source_info: z
    .object({ file: text(1024).nullish().transform(absent) })
    .nullish()
    .transform(absent),
}

interface ParameterTypeBody {
  type_name: string
  generic_types?: ParameterTypeBody[]
}
const ParameterType: z.ZodType<ParameterTypeBody> = z.object({
  type_name: z.string(),
  get generic_types() {
    return z.array(ParameterType).max(2).optional()
  },
})
const ConditionBody = z
  .object({
    name: text(256).min(1),
    expression: text(2048),
    parameters: z
      .record(z.string().regex(/^[a-zA-Z_]\w{0,49}$/), ParameterType)
      .nullish()
      .transform((parameters) => parameters ?? {}),
    metadata: z.object(Origin).nullish().transform(absent),
  })
  .transform(({ metadata, ...condition }) => ({ ...condition, ...(metadata && { metadata }) }))

export const NewModel = z.object({
  ...inStore,
  schema_version: z.enum(['1.0', '1.1', '1.2']),
  type_definitions: z
    .array(
      z.object({
        type: TypeName,
        relations: z
          .record(RelationName, z.unknown(), {
            error: ({ code }) => (code === 'invalid_key' ? RULES.relations_invalid_pattern : undefined),
          })
          .nullish()
          .transform((relations) => relations ?? {}),
        metadata: z
          .object({
            relations: z
              .record(
                RelationName,
                z
                  .object({ directly_related_user_types: References, ...Origin })
                  .nullish()
                  .transform(absent),
              )
              .nullish()
              .transform((relations) => relations ?? {}),
            ...Origin,
          })
          .nullish(),
      }),
    )
    .min(1, RULES.type_definitions_too_few_items),
  conditions: z
    .record(z.string().regex(/^[^\s]{1,256}$/), ConditionBody)
    .nullish()
    .transform((conditions) => conditions ?? {}),
})

export const ListModels = z.object({ ...inStore, page_size: PageSize, continuation_token: Token, ...Awaiting })
export const NamedModel = z.object({ ...inStore, id: StoreId, ...Awaiting })

export const WriteTuples = z.object({
  ...inStore,
  authorization_model_id: ModelId,
  writes: z.object({ tuple_keys: z.array(Tuple), on_duplicate: z.enum(['', 'error', 'ignore']).nullish() }).nullish(),
  deletes: z.object({ tuple_keys: z.array(Deleted), on_missing: z.enum(['', 'error', 'ignore']).nullish() }).nullish(),
})

const Filter = text(512).nullish().transform(absent)
export const ReadTuples = z.object({
  ...inStore,
  tuple_key: z.object({ user: Filter, relation: Filter, object: Filter }).nullish(),
  page_size: PageSize,
  continuation_token: Token,
  ...Awaiting,
})
export const ReadChanges = z.object({
  ...inStore,
  type: z
    .union([TypeName, z.literal('')], RULES.type_invalid_pattern)
    .nullish()
    .transform(absent),
  start_time: z.iso
    .datetime({ offset: true })
    // The calendar has no such year, and the database would not take it.
    .refine((time) => !time.startsWith('0000'), 'must be a time')
    .optional()
    .transform((time) => (time === undefined ? undefined : new Date(time))),
  page_size: PageSize,
  continuation_token: Token,
  ...Awaiting,
})

const required = ({ input }: { input?: unknown }) =>
  input === undefined || input === null ? RULES.tuple_key_value_not_specified : undefined
const Asked = z.object({ user: UserName, relation: RelationName, object: ObjectName }, { error: required })
/** Read as `Check` of `plain-check.ts`. */
export const CheckBody = z.object({ ...underModel, tuple_key: Asked, contextual_tuples: Contextual, context: Context })
export const BatchCheck = z.object({
  ...underModel,
  checks: z.array(
    z.object({
      tuple_key: Asked,
      contextual_tuples: Contextual,
      context: Context,
      correlation_id: z.string().regex(/^[\w-]{1,36}$/, 'must have 1 to 36 letters, digits, _ or -'),
    }),
  ),
})
export const ListObjects = z.object({
  ...underModel,
  type: TypeName,
  relation: RelationName,
  user: UserName,
  contextual_tuples: Contextual,
  context: Context,
  /** Ours: the list in pages, each at its own position. */
  page_size: count(10_000, OBJECTS_PAGE).transform(absent),
  continuation_token: Token,
})
export const ListUsers = z.object({
  ...underModel,
  object: z.object({ type: TypeName, id: text(256).min(1) }),
  relation: RelationName,
  user_filters: z
    .array(
      z.object({
        type: TypeName,
        relation: z
          .union([RelationName, z.literal('')])
          .nullish()
          .transform(absent),
      }),
    )
    .length(1),
  contextual_tuples: tuples,
  context: Context,
})
export const Expand = z.object({
  ...underModel,
  tuple_key: z.object(
    {
      relation: z.union([RelationName, z.literal('')]).default(''),
      object: text(256).default(''),
    },
    { error: required },
  ),
  contextual_tuples: Contextual,
})

export const NamedAssertions = z.object({ ...inStore, model_id: StoreId, ...Awaiting })
export const NewAssertions = z.object({
  ...inStore,
  model_id: StoreId,
  assertions: z
    .array(
      z.object({
        tuple_key: Asked,
        expectation: z.boolean(),
        contextual_tuples: z.array(Tuple).max(20).nullish(),
        context: Context,
      }),
    )
    .max(100, RULES.assertions_too_many_items),
})

export const TupleConditionBody = z.object({ name: z.string(), context: z.record(z.string(), z.unknown()).optional() })

/** What a reply says beside its body. */
export const answer = <T extends z.ZodType>(body: T) =>
  z.object({
    body,
    /** Sent as they come in place of the body, whole lines at a time. */
    lines: z.custom<AsyncIterable<string>>().optional(),
    /** 200 without it. */
    status: z.number().optional(),
    /** Position of the change log the answer holds for, where the road does not know it. */
    position: z.number().optional(),
  })
