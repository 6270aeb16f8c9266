// Ending everything a subject holds, everywhere, and saying truthfully what could not be ended (CONTRACT §3).
import { z } from 'zod'

export const LogoutSubjectType = z.enum(['user', 'agent', 'connection', 'session', 'client', 'task'])
export type LogoutSubjectType = z.infer<typeof LogoutSubjectType>

export const NewUniversalLogout = z.strictObject({
  subject: z.strictObject({ type: LogoutSubjectType, id: z.string().min(1).max(200) }),
  reason: z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(1000)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'must have no control characters'),
  /**
   * For agents and connections: whether nothing new is issued either, until the hold is released. True for an agent and
   * false for a connection when it is left out.
   */
  hold: z.boolean().optional(),
})

export const LogoutTarget = z.object({
  /** `sessions`, `grants`, `tokens`, `held-calls`, `approvals`, or `token-vault:<connection>`. */
  system: z.string(),
  result: z.enum(['revoked', 'partial', 'pending', 'unsupported', 'failed']),
  /** How many there were. */
  count: z.number().int(),
  /** Until when what could not be revoked upstream goes on working, at the latest. */
  until: z.iso.datetime().optional(),
  verified_at: z.iso.datetime().optional(),
  detail: z.string().optional(),
})
export type LogoutTarget = z.infer<typeof LogoutTarget>

export const UniversalLogout = z.object({
  subject: z.object({ type: LogoutSubjectType, id: z.string() }),
  /** Position of the change log from which on everything of before is dead. */
  position: z.number().int(),
  /** Whether every live replica acknowledged it, or may grant no longer. */
  confirmed: z.boolean(),
  confirmed_at: z.iso.datetime().nullable(),
  replicas: z.array(z.object({ id: z.string(), state: z.enum(['acknowledged', 'lapsed', 'waiting']) })),
  targets: z.array(LogoutTarget),
  /**
   * `work_at_once`: nothing of before counts, and whoever signs in or authenticates anew gets new tokens at once.
   * `refused_until_released`: the agent or connection is on hold, and nothing is issued until `release` is called.
   */
  new_sign_ins: z.enum(['work_at_once', 'refused_until_released']),
  /** The call that ends the hold, such as `POST /api/v1/agents/{id}/activate`; null where nothing is to be released. */
  release: z.string().nullable(),
})
export type UniversalLogout = z.infer<typeof UniversalLogout>
