// The audit log as the outside reads it: what was tried, by whom for whom, and how it ended.
import { z } from 'zod'
import { PageQuery, pageOf } from './pages.ts'

export const AUDIT_KINDS = ['attempt', 'outcome', 'read', 'denial', 'refused', 'note'] as const
export const AuditKind = z.enum(AUDIT_KINDS)
export type AuditKind = z.infer<typeof AuditKind>

export const AuditOutcome = z.enum(['done', 'denied', 'asked', 'refused', 'failed', 'unknown'])

const time = z.iso.datetime({ offset: true, error: 'must be a time in ISO 8601 with an offset' })
const text = z
  .string()
  .min(1, 'must not be empty')
  .max(400)
  .refine((value) => value.isWellFormed() && !value.includes('\0'), 'must be well-formed text')

export const AuditQuery = PageQuery.extend({
  cursor: z
    .string()
    .regex(/^evt_[0-9a-z]{1,60}$/, 'must be the next_cursor of the page before')
    .optional(),
  /** From this time on, inclusive. */
  from: time.optional(),
  /** Until this time, exclusive. */
  to: time.optional(),
  /** `sub` of the caller: the user, the agent on its own business, or the service. */
  principal: text.optional(),
  /** An agent anywhere in the chain. */
  agent: text.optional(),
  /** The user the call was for. */
  user: text.optional(),
  /** The task (`txn`) the call belongs to. */
  task: text.optional(),
  action: text.optional(),
  resource: text.optional(),
  operation: text.optional(),
  outcome: AuditOutcome.optional(),
  approval: text.optional(),
  correlation: text.optional(),
  kind: AuditKind.optional(),
})

const ids = z.array(z.string())

export const AuditEvent = z.object({
  /** Version of this shape. */
  v: z.literal(1),
  id: z.string(),
  at: z.iso.datetime(),
  kind: AuditKind,
  operation: z.string(),
  class: z.enum(['act', 'read', 'question']).optional(),
  /** Absent where nobody was known: public operations and refusals. */
  principal: z
    .object({
      sub: z.string(),
      kind: z.enum(['user', 'agent', 'service']),
      /** The agents that acted, outermost (acting then) first. */
      act: ids,
      client_id: z.string(),
      sid: z.string().optional(),
      txn: z.string().optional(),
      del: z.string().optional(),
      jti: z.string().optional(),
    })
    .optional(),
  /** Who answered for the agent at that moment, where it acted on its own business. */
  accountable: ids.optional(),
  questions: z
    .array(
      z.object({
        action: z.string(),
        resource: z.string(),
        context: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])).optional(),
      }),
    )
    .optional(),
  /** How many questions there were, where not all are listed. */
  questions_total: z.number().int().optional(),
  /** The attempt that this outcome ends. */
  attempt: z.string().optional(),
  outcome: AuditOutcome.optional(),
  reasons: z.array(z.string()).optional(),
  /** Counts, digests and short codes; never contents. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), ids])).optional(),
  correlation: z.string().optional(),
  remote: z.string().optional(),
  /** Of a refusal: how many like it were counted instead of written. */
  suppressed: z.number().int().optional(),
  /** Of a note: how many records could not be kept while the database was away. */
  lost: z.number().int().optional(),
})
export type AuditEvent = z.infer<typeof AuditEvent>

/** `leaf_index` is the entry's place in the log, null until it is sequenced (at most a second). */
export const AuditEvents = pageOf(AuditEvent.extend({ leaf_index: z.number().int().nullable() }))

export const AuditExportQuery = z.strictObject({
  format: z.literal('jsonl', 'must be jsonl; ocsf and cef are not offered in this version').default('jsonl'),
  /** Leaf to begin with. */
  from: z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0),
  limit: z.coerce.number().int().min(1).max(5_000).default(1_000),
})

export const CheckpointQuery = z.strictObject({
  limit: PageQuery.shape.limit,
  /** Opaque; the `next_cursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,15}$/, 'must be the next_cursor of the page before')
    .optional(),
})

export const Checkpoints = pageOf(
  z.object({
    /** Leaves the checkpoint covers. */
    size: z.number().int(),
    at: z.iso.datetime(),
    /** Grows by one with every restore. */
    epoch: z.number().int(),
    /** Signed note (C2SP tlog-checkpoint). */
    note: z.string(),
  }),
)
