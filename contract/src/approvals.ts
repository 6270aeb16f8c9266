// What a person is asked before something is done, and what they answered (CONTRACT §7).
import { z } from 'zod'
import { ApprovalId } from './ids.ts'
import { PageQuery, pageOf } from './pages.ts'

/** `gateway_call` is a held call, `ciba` an agent's own question (CIBA), `token` a token whose scope must be approved. */
export const ApprovalKind = z.enum(['gateway_call', 'ciba', 'token'])
export type ApprovalKind = z.infer<typeof ApprovalKind>

/**
 * pending → approved → consumed; or denied, expired, cancelled (its agent or person was stopped meanwhile).
 * Consumed once, however many ask.
 */
export const ApprovalStatus = z.enum(['pending', 'approved', 'denied', 'expired', 'cancelled', 'consumed'])
export type ApprovalStatus = z.infer<typeof ApprovalStatus>

/** How the approved action ended; `unknown` where a crash or a broken line left nobody to say. Never retried by us. */
export const ApprovalOutcome = z.enum(['under_way', 'done', 'refused', 'failed', 'unknown'])
export type ApprovalOutcome = z.infer<typeof ApprovalOutcome>

const person = z.object({ id: z.string(), name: z.string() })

/** Everything one needs to decide. What Mandate verified stands apart from what the agent claims. */
export const Approval = z.object({
  id: z.string(),
  kind: ApprovalKind,
  status: ApprovalStatus,
  outcome: ApprovalOutcome.nullable(),
  /** SHA-256 (base64url) of the exact action, RFC 8785: connection, tool or method + path + query + headers, arguments, `sub`, `act`. */
  hash: z.string(),
  created_at: z.iso.datetime(),
  notified_at: z.iso.datetime().nullable(),
  decided_at: z.iso.datetime().nullable(),
  consumed_at: z.iso.datetime().nullable(),
  /** Not released before, where the terms ask for a time to think again. */
  not_before: z.iso.datetime().nullable(),
  expires_at: z.iso.datetime(),
  verified: z.object({
    /** The agent that asks now, first; then those it acts through. */
    agents: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        purpose: z.string(),
        risk_class: z.string(),
        owners: z.array(person),
      }),
    ),
    /** For whom; null where an agent is on its own business. */
    user: person.nullable(),
    /** The task (`txn`) it belongs to. */
    task: z.string().nullable(),
    /** Tool, `METHOD /path`, or what a token would be for. */
    action: z.string(),
    /** Where: the connection or resource, and the host behind it. */
    target: z.object({ name: z.string(), host: z.string().nullable() }),
    effect: z.enum(['read', 'write', 'irreversible']),
    /** Declared values of the request, such as the amount (minor units) and the currency. */
    context: z.record(z.string(), z.unknown()),
    /** Every argument, exactly as it will be sent. */
    arguments: z.unknown(),
  }),
  claimed: z.object({
    /** The agent's own words: a binding message, or a reason among the arguments. */
    message: z.string().nullable(),
  }),
  /** Who may answer, and how many must say yes. */
  quorum: z.number().int(),
  answers: z.array(
    z.object({
      by: person,
      answer: z.enum(['approve', 'deny']),
      at: z.iso.datetime(),
      reason: z.string().nullable(),
      /** A yes counts no more since then: the access of whoever gave it was ended. */
      taken_back_at: z.iso.datetime().nullable(),
    }),
  ),
  /** Whether the caller may answer it now. */
  may_answer: z.boolean(),
  /** False when what was asked is not kept any more, 30 days after it was over: then arguments and message are null. */
  contents_kept: z.boolean(),
})
export type Approval = z.infer<typeof Approval>

/** What lists have of each: enough to tell them apart. What exactly is asked is read one by one, before one answers. */
export const ApprovalSummary = Approval.omit({ claimed: true, contents_kept: true }).extend({
  /** Of long texts among the declared values only the beginning. */
  verified: Approval.shape.verified.omit({ arguments: true }),
})
export type ApprovalSummary = z.infer<typeof ApprovalSummary>

export const ApprovalQuery = PageQuery.extend({
  status: ApprovalStatus.optional(),
  /** Only what the caller may answer, or is for them; without it also what their role lets them see. */
  mine: z.enum(['true', 'false']).optional(),
})

export const Approvals = pageOf(ApprovalSummary)

/** How many wait for the caller's answer; 99 stands for that many or more. */
export const ApprovalsWaiting = z.object({ waiting: z.number().int() })
export type ApprovalsWaiting = z.infer<typeof ApprovalsWaiting>

const words = z
  .string()
  .trim()
  .min(1, 'must not be empty')
  .max(1000)
  .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'must have no control characters')

export const ApprovalAnswer = z.strictObject({
  id: ApprovalId,
  /** The hash that was shown; refused when it is not this approval's. */
  hash: z.string().min(1, 'must not be empty').max(100).optional(),
  reason: words.optional(),
})

export const ApprovalConsumption = z.strictObject({ id: ApprovalId, hash: z.string().min(1).max(100) })
