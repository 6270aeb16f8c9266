// What an agent may do where: managed connections and their three modes.
import { z } from 'zod'
import { OperationName } from './operation-name.ts'

/** `auto` goes through, `approval` asks a person first, `never` is refused. */
export const Mode = z.enum(['auto', 'approval', 'never'])
export type Mode = z.infer<typeof Mode>

const approver = z.union([z.enum(['user', 'owners']), z.strictObject({ group: z.string() })])

export const ApprovalTerms = z.strictObject({
  approvers: z.union([approver, z.array(approver).min(1).max(10)]),
  quorum: z.number().int().min(1).max(10).optional(),
  ttl_seconds: z.number().int().min(30).max(86_400).optional(),
  /** How long a yes rests before it is released; until then any approver may still say no. */
  hold_seconds: z.number().int().min(0).max(86_400).optional(),
  /**
   * Asked only when a declared value is above this; at or below it the call is as if `auto`. A value that is missing or
   * is no whole number from 0 on counts as above.
   */
  above: z.record(z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/), z.number().int().min(0)).optional(),
})
export type ApprovalTerms = z.infer<typeof ApprovalTerms>

export const ManagedConnectionTerms = z.strictObject({
  /** By scope of a resource, tool of a connection, or `METHOD /path`. */
  scopes: z.record(OperationName, Mode).default({}),
  /** For what `scopes` does not name; nothing said means never. */
  default: Mode.default('never'),
  expires_at: z.iso.datetime({ offset: true }).nullish(),
  /** Why something irreversible is `auto`. Required then. */
  reason: z.string().trim().min(1).max(2000).nullish(),
  approval: ApprovalTerms.nullish(),
})
export type ManagedConnectionTerms = z.infer<typeof ManagedConnectionTerms>

export const ManagedConnection = z.object({
  agent: z.string(),
  /** The resource or connection. */
  target: z.string(),
  ...ManagedConnectionTerms.shape,
  created_at: z.iso.datetime(),
})
export type ManagedConnection = z.infer<typeof ManagedConnection>
