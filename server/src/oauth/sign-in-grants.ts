// Which sign-in each grant came of: a grant counts only while that session lives and nothing it names was revoked.
import type { Grant, KoaContextWithOIDC } from 'oidc-provider'
import type { Sessions } from '../authentication/index.ts'
import { sessionCookieOf } from '../pipeline/index.ts'
import type { Revocations } from '../platform/changes/index.ts'
import type { Database } from '../platform/database/index.ts'
import { findGrantSession, type GrantSession, insertGrantSession } from './store.ts'

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

export interface Granting extends SignIns {
  /** Of the change log. */
  position(): number
}

/**
 * oidc-provider's `loadExistingGrant`: the grant that this request's interaction made, or a new one with what an earlier
 * grant of the session that is here now has. Each sign-in has its own grant, so that it also has its own position: what
 * was logged out before it is not out of its reach.
 */
export async function liveGrantOf(given: Granting, ctx: KoaContextWithOIDC): Promise<Grant | undefined> {
  // The position first: what ends after the looks below has a higher one and kills the grant.
  const position = given.position()
  const { client, provider, result, session } = ctx.oidc
  const made = result?.consent?.grantId
  const grantId = made ?? (client && session?.grantIdFor(client.clientId))
  if (typeof grantId !== 'string') return undefined
  const signIn = await liveSignIn(given, grantId)
  const here = await given.sessions.find(sessionCookieOf(ctx.req.headers.cookie, given.issuer))
  if (!signIn || !here || signIn.session_id !== here.id) return undefined
  const grant = await provider.Grant.find(grantId)
  if (!grant || made !== undefined) return grant
  const { accountId, clientId, openid, resources } = grant
  const again = new provider.Grant({ accountId, clientId })
  if (openid) again.openid = openid
  if (resources) again.resources = resources
  const grant_id = await again.save()
  await given.database.transaction((tx) => insertGrantSession(tx, { ...signIn, grant_id, position }))
  return again
}
