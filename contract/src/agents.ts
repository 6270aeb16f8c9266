// Agents: what they are for, who answers for them, and the credentials they authenticate with.
import { z } from 'zod'
import { AgentId, GroupId, UserId } from './ids.ts'

export const RiskClass = z.enum(['low', 'medium', 'high', 'critical'])
export type RiskClass = z.infer<typeof RiskClass>
export const AgentStatus = z.enum(['registered', 'active', 'suspended', 'retired'])
export type AgentStatus = z.infer<typeof AgentStatus>

// Control characters and lone surrogates are refused: PostgreSQL cannot hold all of them, and people cannot see them.
const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must have no control characters')
const prose = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'must have no control characters but tabs and line breaks')
const each = <T extends z.ZodType>(item: T, max: number) =>
  z
    .array(item)
    .max(max, `must have ${max} entries or fewer`)
    .transform((list) => [...new Set(list)])

const LOOPBACK = ['localhost', '127.0.0.1', '[::1]']

/** The rule a redirect URI breaks, or undefined. They are compared as exact strings (RFC 9700 §4.1.3). */
export function redirectRule(text: string): string | undefined {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) return 'must be an https URL, or http on loopback'
  const url = new URL(text)
  // RFC 6749 §3.1.2: no fragment, not even an empty one.
  if (text.includes('#')) return 'must have no fragment'
  if (url.username !== '' || url.password !== '') return 'must have no user or password'
  if (text.includes('*')) return 'must be exact, wildcards are not honoured'
  if (url.protocol === 'http:' && !LOOPBACK.includes(url.hostname)) return 'must be https off loopback'
  // What is shown and compared must be what a browser will open: `http://127.1`, dot segments or tabs are not.
  if (url.href !== text && url.href !== `${text}/`) return `must be written as ${url.href}`
  return undefined
}

const redirectUri = z
  .string()
  .max(1000)
  .check((context) => {
    const rule = redirectRule(context.value)
    if (rule !== undefined) context.issues.push({ code: 'custom', message: rule, input: context.value })
  })

/** Who may let this agent act for them without asking for consent first: administrators assign it. */
export const Assigned = z.strictObject({
  users: each(UserId, 1000).default([]),
  groups: each(GroupId, 1000).default([]),
  everyone: z.boolean().default(false),
})
export type Assigned = z.output<typeof Assigned>

const fields = {
  name: line(200),
  purpose: prose(2000),
  owners: each(UserId, 50).refine((owners) => owners.length > 0, 'must name at least one accountable person'),
  risk_class: RiskClass,
  assigned: Assigned,
  redirect_uris: each(redirectUri, 50),
  max_delegation_depth: z.int().min(1, 'must be 1 to 8').max(8, 'must be 1 to 8'),
  may_delegate_to: each(AgentId, 200),
}

export const NewAgent = z.strictObject({
  ...fields,
  assigned: fields.assigned.prefault({}),
  redirect_uris: fields.redirect_uris.default([]),
  max_delegation_depth: fields.max_delegation_depth.default(4),
  may_delegate_to: fields.may_delegate_to.default([]),
})

/** What is given replaces what was; what is left out stays. */
export const AgentPatch = z.strictObject(fields).partial()

/** Why an agent is suspended or retired; kept and shown. */
export const AgentReason = z.strictObject({ reason: prose(1000) })

export const Agent = z.object({
  id: z.string(),
  name: z.string(),
  purpose: z.string(),
  owners: z.array(UserId),
  risk_class: RiskClass,
  assigned: z.object({ users: z.array(UserId), groups: z.array(GroupId), everyone: z.boolean() }),
  redirect_uris: z.array(z.string()),
  max_delegation_depth: z.number(),
  may_delegate_to: z.array(AgentId),
  status: AgentStatus,
  status_reason: z.string().nullable(),
  created_at: z.iso.datetime(),
})

export type Agent = z.infer<typeof Agent>

export const CredentialType = z.enum(['client_secret', 'private_key_jwt'])
export type CredentialType = z.infer<typeof CredentialType>
export const AgentCredentialId = z.custom<`crd_${string}`>(
  (value) => typeof value === 'string' && /^crd_[0-9a-z]{1,60}$/.test(value),
  'must be an id that starts with crd_',
)

export const NewAgentCredential = z.strictObject({
  type: CredentialType,
  /** Public keys (RFC 7517); for `private_key_jwt` only. */
  jwks: z
    .strictObject({ keys: z.array(z.record(z.string(), z.unknown())).min(1, 'must have a key').max(10) })
    .optional(),
  expires_at: z.iso
    .datetime({ offset: true, error: 'must be a date and time, such as 2030-01-31T12:00:00Z' })
    .optional(),
})

/** A public signature key as it is kept: EC P-256, Ed25519 or RSA. */
export const PublicJwk = z.object({
  kty: z.enum(['EC', 'OKP', 'RSA']),
  kid: z.string(),
  use: z.literal('sig'),
  alg: z.enum(['ES256', 'EdDSA', 'RS256', 'PS256']).optional(),
  crv: z.string().optional(),
  x: z.string().optional(),
  y: z.string().optional(),
  n: z.string().optional(),
  e: z.string().optional(),
})
export type PublicJwk = z.infer<typeof PublicJwk>

export const AgentCredential = z.object({
  id: z.string(),
  type: CredentialType,
  client_id: z.string(),
  jwks: z.object({ keys: z.array(PublicJwk) }).optional(),
  expires_at: z.iso.datetime(),
  created_at: z.iso.datetime(),
  revoked_at: z.iso.datetime().nullable(),
})

export type AgentCredential = z.infer<typeof AgentCredential>

/** The answer to issuing one, the only place where the secret is ever shown. */
export const IssuedAgentCredential = AgentCredential.extend({ client_secret: z.string().optional() })
