// What agents can reach: APIs called with our tokens (resources) and outside systems behind the gateway (connections).
import { z } from 'zod'
import { RiskClass } from './agents.ts'
import {
  DEFAULT_MAX_RESULT_BYTES,
  DEFAULT_TIMEOUT_SECONDS,
  MaxResultBytes,
  TimeoutSeconds,
} from './connection-limits.ts'
import { AgentId } from './ids.ts'
import { MOST_NAME_LENGTH } from './operation-name.ts'

export const Effect = z.enum(['read', 'write', 'irreversible'])
export type Effect = z.infer<typeof Effect>
export const ConnectionKind = z.enum(['oauth2', 'api_key', 'basic', 'mcp', 'http', 'none'])
export type ConnectionKind = z.infer<typeof ConnectionKind>

const line = (max: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(max)
    .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must have no control characters')

/** The rule a resource identifier breaks, or undefined (RFC 8707 §2: an absolute URI without fragment). */
export function identifierRule(text: string): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$/.test(text) || /["<>\\^`{|}]/.test(text)) return 'must be an absolute URI'
  if (text.includes('#')) return 'must have no fragment'
  if (!/^https?:/i.test(text)) return undefined
  const url = /^https?:\/\/[^/]/i.test(text) && URL.canParse(text) ? new URL(text) : undefined
  if (!url) return 'must be an absolute URI'
  return url.username === '' && url.password === '' ? undefined : 'must have no user or password'
}

export const ResourceScope = z.strictObject({
  // RFC 6749 §3.3: scope-token.
  name: z
    .string()
    .max(200)
    .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII without space, quote or backslash')
    .refine((name) => name !== 'openid' && name !== 'offline_access', 'has a meaning of its own in OpenID Connect'),
  description: line(500).optional(),
  effect: Effect.optional(),
  risk: RiskClass.optional(),
})
export type ResourceScope = z.infer<typeof ResourceScope>

export const NewResource = z.strictObject({
  /** The audience of its tokens, compared as an exact string. */
  identifier: z
    .string()
    .max(500)
    .check((context) => {
      const rule = identifierRule(context.value)
      if (rule !== undefined) context.issues.push({ code: 'custom', message: rule, input: context.value })
    }),
  name: line(200),
  scopes: z
    .array(ResourceScope)
    .max(200)
    .refine((scopes) => new Set(scopes.map(({ name }) => name)).size === scopes.length, 'must have each name once'),
  /** The agent that this resource is: it may exchange tokens addressed to it. */
  agent: AgentId.optional(),
})

export const Resource = z.object({
  id: z.string(),
  identifier: z.string(),
  name: z.string(),
  scopes: z.array(ResourceScope),
  agent: z.string().nullable(),
  created_at: z.iso.datetime(),
})

const relation = z.string().regex(/^[^:#@*\s\p{Cc}\p{Cs}]{1,50}$/u, 'must be the name of a relation')

/** A field of a record that needs a relation of its own; without it the field is left out, or its value is. */
const FieldDeclaration = z.strictObject({ relation, otherwise: z.enum(['drop', 'mask']) })

// Paths and names inside are checked by the connections room, which knows their grammar.
const RecordDeclaration = z.strictObject({
  /**
   * Where the records are: `$.items[*]` in the result, `content[*]` where each content item of an MCP result is one,
   * `arguments.order_id` or `params.id` in the request.
   */
  path: z.string().min(1).max(200),
  /** Type of the record in the relationship model. */
  type: z.string().regex(/^[^:#@*\s\p{Cc}\p{Cs}]{1,254}$/u, 'must be the name of a type'),
  /** Field of the record that holds its id; empty or `$` where the value itself is the id. */
  id: z.string().max(200),
  /** Relation the user must have to the record. */
  relation,
  /** Fields of records in results, by name or `$.a.b`, that need a relation to the record beside the first. */
  fields: z
    .record(z.string().min(1).max(200), FieldDeclaration)
    .refine((fields) => Object.keys(fields).length <= 50, 'must have 50 entries or fewer')
    .optional(),
})
export type RecordDeclaration = z.infer<typeof RecordDeclaration>

export const ToolDeclaration = z.strictObject({
  /** Irreversible when it is not said. */
  effect: Effect.optional(),
  /** None, said with an empty list, is more than nothing said: only then may the tool be called for an audience. */
  records: z.array(RecordDeclaration).max(20).optional(),
  /** Values of the request that decisions and limits see, by name. */
  context: z
    .record(
      z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,63}$/, 'must be a name of letters, digits and _'),
      z.string().min(1).max(200),
    )
    .optional(),
  labels: z
    .array(z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,63}$/, 'must be letters, digits and _.:-'))
    .max(20)
    .optional(),
})
export type ToolDeclaration = z.infer<typeof ToolDeclaration>

/** By tool name, or `METHOD /path` in the grammar of `http-operations.ts`. */
export const Tools = z
  .record(z.string().max(MOST_NAME_LENGTH), ToolDeclaration)
  .refine((tools) => Object.keys(tools).length <= 5000, 'must have 5000 entries or fewer')
export type Tools = z.infer<typeof Tools>

const SECRET_MAX = 8192
// RFC 9110 §5.5: what can travel in a header field. The rule never shows the value.
const visible = (max: number) =>
  z
    .string()
    .max(max, 'is too long')
    .regex(/^[\x20-\x7e]*$/, 'must be printable ASCII')
const secretValue = visible(SECRET_MAX)
  .min(1, 'must not be empty')
  .regex(/^\S(?:.*\S)?$/, 'must not begin or end with a space')
const userPass = z
  .string()
  .max(SECRET_MAX, 'is too long')
  .regex(/^[^\p{Cc}\p{Cs}]*$/u, 'must have no control characters')

export const ApiKeyCredential = z.strictObject({
  type: z.literal('api_key').optional(),
  value: secretValue,
  header: z.string().max(100, 'is too long').optional(),
  prefix: visible(50).optional(),
})
export const BasicCredential = z.strictObject({
  type: z.literal('basic').optional(),
  // RFC 7617 §2: a user-id with a colon is cut short by the reader.
  username: userPass.min(1, 'must not be empty').refine((name) => !name.includes(':'), 'must have no colon'),
  password: userPass,
})
/** A plain string is sent as `Authorization: Bearer …`. */
export const GivenCredential = z.union([secretValue, ApiKeyCredential, BasicCredential], {
  error: 'must be a text, {value, header?, prefix?} or {username, password}',
})
export type GivenCredential = z.infer<typeof GivenCredential>

/** A credential in the one form the vault keeps and the gateway sends. */
export type Credential =
  | { type: 'api_key'; header: string; prefix: string; value: string }
  | { type: 'basic'; username: string; password: string }
  /** Of kind oauth2: what we are at the provider. Never sent to the upstream; people's own tokens are. */
  | { type: 'oauth_client'; client_secret: string }

/** Where people grant access at a provider, and where its tokens are issued and revoked. */
export const OauthEndpoints = z.strictObject({
  authorization_endpoint: z.string().min(1).max(1000),
  token_endpoint: z.string().min(1).max(1000),
  /** RFC 7009. Without it nothing can be revoked there, and logout says until when tokens live. */
  revocation_endpoint: z.string().min(1).max(1000).optional(),
  /** Compared with `iss` of the provider's answer, where it sends one (RFC 9207). */
  issuer: z.string().min(1).max(1000).optional(),
  /** Whether the provider always sends `iss`; an answer without it is then refused. Goes with `issuer`. */
  authorization_response_iss_parameter_supported: z.boolean().optional(),
  /** How the client secret is sent to the token endpoint; basic unless it is said. */
  client_auth: z.enum(['basic', 'post']).default('basic'),
  /**
   * Member of the token answer that holds the person's token, `authed_user` at Slack; an empty text is the top. An answer
   * with several tokens, or a bot's, is refused unless this says which one is the person's.
   */
  person_token: z
    .string()
    .regex(/^(\w{1,40}(\.\w{1,40}){0,3})?$/, 'must be the name of a member, or names joined by dots')
    .optional(),
})
export type OauthEndpoints = z.infer<typeof OauthEndpoints>

// RFC 6749 appendix A.1, A.2.
const clientId = visible(500).min(1, 'must not be empty')
const clientSecret = visible(SECRET_MAX).min(1, 'must not be empty')
const scopes = z
  .array(
    z
      .string()
      .max(200)
      .regex(/^[\x21\x23-\x5b\x5d-\x7e]+$/, 'must be printable ASCII without space, quote or backslash'),
  )
  .max(200)

const upstream = z.string().min(1, 'must not be empty').max(1000)

export const NewConnection = z.strictObject({
  /** Used in paths: `/mcp/{name}`, `/proxy/{name}`. */
  name: z.string().regex(/^[a-z0-9-]{1,40}$/, 'must be 1 to 40 of a-z, 0-9 and -'),
  kind: ConnectionKind,
  /** For oauth2: the provider's issuer URL (its endpoints are discovered, RFC 8414); otherwise a name. */
  provider: line(500).optional(),
  /** URL of the outside system, or `stdio:<name>` for an MCP server the operator configured. */
  upstream: upstream.optional(),
  /** What we are at the provider: `client_id`, `client_secret`, and the `scopes` people are asked for. For oauth2. */
  client_id: clientId.optional(),
  client_secret: clientSecret.optional(),
  scopes: scopes.optional(),
  /** For oauth2: the provider's endpoints, where they cannot be discovered. */
  oauth: OauthEndpoints.optional(),
  credential: GivenCredential.optional(),
  read_out: z.boolean().default(false),
  tools: Tools.default({}),
  /** A call without an answer is given up after this; progress of an MCP server starts it anew. */
  timeout_seconds: TimeoutSeconds.default(DEFAULT_TIMEOUT_SECONDS),
  /** An answer that is larger is refused whole. */
  max_result_bytes: MaxResultBytes.default(DEFAULT_MAX_RESULT_BYTES),
})

/** What is given replaces what was; what is left out stays. */
export const ConnectionPatch = z.strictObject({
  tools: Tools.optional(),
  upstream: upstream.optional(),
  /** Needed with a new upstream origin when a credential is kept. */
  credential: GivenCredential.optional(),
  /** For oauth2. People connect their accounts again after a change of `client_id` or of an endpoint for tokens. */
  client_id: clientId.optional(),
  /** Needed with a new `client_id`, or new endpoints for tokens, when one is kept. */
  client_secret: clientSecret.optional(),
  scopes: scopes.optional(),
  oauth: OauthEndpoints.optional(),
  timeout_seconds: TimeoutSeconds.optional(),
  max_result_bytes: MaxResultBytes.optional(),
})

export const NewConnectionCredential = z.strictObject({ credential: GivenCredential })

export const Connection = z.object({
  id: z.string(),
  name: z.string(),
  kind: ConnectionKind,
  provider: z.string().nullable(),
  upstream: z.string().nullable(),
  /** Of kind oauth2: our name at the provider and what people are asked for there. */
  oauth: OauthEndpoints.extend({ client_id: z.string(), scopes: z.array(z.string()) }).nullable(),
  read_out: z.literal(false),
  tools: z.record(z.string(), ToolDeclaration),
  timeout_seconds: TimeoutSeconds,
  max_result_bytes: MaxResultBytes,
  /** Whether a credential is kept; it is never shown. */
  has_credential: z.boolean(),
  /** Set by a universal logout: nothing goes through and nothing is issued until it is released. */
  hold: z.object({ reason: z.string(), since: z.iso.datetime() }).nullable(),
  created_at: z.iso.datetime(),
})
