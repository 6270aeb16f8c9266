// Which sign-in each grant came of: a grant counts only while that session lives and nothing it names was revoked.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Sessions } from '../authentication/index.ts'
import { sessionCookieOf } from '../pipeline/index.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import { findGrantSession, type GrantSession } from './store.ts'

export interface SignIns {
  issuer: string
  database: Database
  sessions: Sessions
  revocations: Revocations
}

/** The grant's sign-in while it counts; undefined once the session, the person, the client or the grant has ended. */
export async function liveSignIn(
  { database, sessions, revocations }: SignIns,
  grantId: string,
): Promise<GrantSession | undefined> {
  const row = await database.transaction((tx) => findGrantSession(tx, grantId))
  if (!row || revocations.dead([grantId, row.session_id, row.user_id, row.client_id], row.position)) return undefined
  return (await sessions.live(row.session_id)) ? row : undefined
}

/** oidc-provider's `loadExistingGrant`: only a grant of the session that is here now is used again. */
export async function liveGrantOf(given: SignIns, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  const { client, provider, result, session } = ctx.oidc
  const grantId = result?.consent?.grantId ?? (client && session?.grantIdFor(client.clientId))
  if (typeof grantId !== 'string') return undefined
  const signIn = await liveSignIn(given, grantId)
  const here = await given.sessions.find(sessionCookieOf(ctx.req.headers.cookie, given.issuer))
  return signIn && here && signIn.session_id === here.id ? provider.Grant.find(grantId) : undefined
}
