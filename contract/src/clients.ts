// Applications people sign in to, and services: clients that are not agents.
import { z } from 'zod'
import { AgentId } from './ids.ts'

export const GRANT_TYPES = ['authorization_code', 'refresh_token', 'client_credentials'] as const

/** https, or http on loopback; matched byte for byte (only a native client's loopback port may vary). */
export const RedirectUri = z
  .url('must be an absolute URI')
  .max(2000)
  .refine((uri) => !uri.includes('#'), 'must not have a fragment')
  .refine((uri) => {
    // Asked of texts too that broke the rule before.
    if (!URL.canParse(uri)) return false
    const { protocol, hostname, username } = new URL(uri)
    if (username !== '') return false
    return protocol === 'https:' || (protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(hostname))
  }, 'must be https, or http on loopback, without a user')

export const NewClient = z.strictObject({
  name: z.string().trim().min(1, 'must not be empty').max(200),
  type: z.enum(['web', 'native', 'spa', 'service']),
  redirect_uris: z.array(RedirectUri).max(20).default([]),
  grant_types: z.array(z.enum(GRANT_TYPES)).min(1).optional(),
  /** The agent that may act on tokens issued to this client (RFC 8693 §4.4, `may_act`). */
  may_act: AgentId.optional(),
  /** Of a service: the scopes it may ask for itself, by audience. */
  access: z.record(z.string().max(2000), z.array(z.string().min(1).max(200)).max(100)).default({}),
})

export const Client = z.object({
  client_id: z.string(),
  name: z.string(),
  type: z.enum(['web', 'native', 'spa', 'service']),
  redirect_uris: z.array(z.string()),
  grant_types: z.array(z.string()),
  may_act: z.string().nullable(),
  access: z.record(z.string(), z.array(z.string())),
  created_at: z.iso.datetime(),
})

export const CreatedClient = Client.extend({
  /** Shown once. */
  client_secret: z.string().optional(),
})
