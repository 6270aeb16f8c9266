// People's accounts at other systems, kept by the token vault and used for them through the gateway.
import { z } from 'zod'

export const AccountStatus = z.enum(['connected', 'needs_reconnect', 'revoking', 'revoked'])
export type AccountStatus = z.infer<typeof AccountStatus>

export const ConnectedAccount = z.object({
  id: z.string(),
  /** Name of the connection. */
  connection: z.string(),
  user: z.string(),
  status: AccountStatus,
  scopes: z.array(z.string()),
  connected_at: z.iso.datetime(),
  /** When the access token of now runs out; it is renewed before. Null where the provider did not say. */
  access_expires_at: z.iso.datetime().nullable(),
  /** Why it must be connected again, as a short code; `replaced` where it was, and ends with the account in its place. */
  reason: z.string().nullable(),
  /** Where its owner connects it (again). */
  connect_uri: z.string(),
})
export type ConnectedAccount = z.infer<typeof ConnectedAccount>

export const ConnectedAccounts = z.object({ items: z.array(ConnectedAccount), next_cursor: z.null() })
