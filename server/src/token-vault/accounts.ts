// People's accounts: a fresh access token at the moment of use, for the person and the place it was granted for.
import type { Credential } from '@mandate/contract'
import type { AccountId, UserId } from '../kernel/ids.ts'
import { Problem } from '../kernel/problem.ts'
import type { Follower } from '../platform/changes/index.ts'
import type { Transaction } from '../platform/database/index.ts'
import { deleteAccounts, loseAccount, markStale, trimEnded, type Which } from './account-store.ts'
import { endAttempts, trimAttempts } from './attempt-store.ts'
import { type AccountsGiven, accountsGround, type Ground } from './ground.ts'
import {
  type Account,
  connectUri,
  isFresh,
  isOauth,
  needsReconnect,
  notConnected,
  type OauthConnection,
  standingOf,
} from './model.ts'
import { renew } from './renew.ts'
import { finishRevoking, markRevoking, type RevokedAccount, reviseRevocations } from './revoke.ts'
import type { CredentialKeeping, OpenCredential, UseRefused } from './vault.ts'

/** Longest that a call waits for others who renew the same grant; below the time a call may take in all. */
const PATIENCE_MS = 45_000
/** A token that is refused this soon after it was renewed for that will not be helped by renewing it again. */
const TOO_SOON_MS = 5 * 60_000
/** Whoever removes a connection waits so long for its provider; nobody uses the accounts from the start of it. */
const LONGEST_END_MS = 10_000
const ENDED_KEPT_MS = 30 * 24 * 3_600_000

export interface Accounts {
  follower: Follower
  ground: Ground
  /** A connection's credential, or for kind oauth2 the person's access token. */
  open: OpenCredential
  refused: UseRefused
  /** For the transaction that ends access; then, outside it, `finishRevoking` with what this returns. */
  markRevoking(tx: Transaction, which: Which, now: number): Promise<AccountId[]>
  finishRevoking(ids: readonly AccountId[]): Promise<RevokedAccount[]>
  /** Tries again what is due; for a recurring job. */
  reviseRevocations(): Promise<void>
  /** `keeping`, which when a connection is removed also ends the accounts of it, and forgets them. */
  forgetting(keeping: CredentialKeeping): CredentialKeeping
}

export function connectedAccounts(given: AccountsGiven): Accounts {
  const ground = accountsGround(given)
  const underWay = new Map<string, Promise<string | undefined>>()

  // Callers of one process share one attempt, and with it its failure.
  function renewedOnce(connection: OauthConnection, account: Account): Promise<string | undefined> {
    const key = `${account.id} ${account.version}`
    const running = underWay.get(key) ?? renew(ground, connection, account).finally(() => underWay.delete(key))
    underWay.set(key, running)
    return running
  }

  async function accessToken(connection: OauthConnection, user: UserId | undefined): Promise<string> {
    const uri = connectUri(ground.issuer, connection.name)
    if (user === undefined) throw notConnected(uri)
    const end = ground.elapsed() + PATIENCE_MS
    do {
      const account = await ground.watch.inUse(connection.id, user)
      if (!account) throw notConnected(uri)
      const { status, reason } = standingOf(account, connection)
      if (status !== 'connected') throw needsReconnect(uri, reason ?? status)
      if (isFresh(account, ground.now())) return (await ground.tokensOf(account)).access_token
      const renewed = await renewedOnce(connection, account)
      if (renewed !== undefined) return renewed
    } while (ground.elapsed() < end)
    throw new Problem('unavailable', {
      detail: "The person's access is being renewed and takes too long; try again.",
      headers: { 'retry-after': '5' },
    })
  }

  return {
    follower: ground.watch,
    ground,
    async open(connection, user) {
      // What we are at a provider is never sent to the system behind the connection.
      if (connection.kind !== 'oauth2') return ground.openKept(connection)
      if (!isOauth(connection)) throw notConnected(connectUri(ground.issuer, connection.name))
      return bearer(await accessToken(connection, user))
    },
    async refused(connection, user, { credential, invalidToken }) {
      const account = user && (await ground.watch.inUse(connection.id, user))
      // Of another one than is kept now it says nothing.
      if (
        account?.status !== 'connected' ||
        bearer((await ground.tokensOf(account)).access_token).value !== credential.value
      )
        return
      const { id, version, refused_version, renewed_at, refreshable } = account
      // A path may answer 401 for reasons of its own, and an agent chooses paths: while the provider goes on giving
      // tokens, whether the grant lives is said by the provider alone, when it is asked for the next one.
      if (refreshable) {
        const again = refused_version === version - 1 && ground.now() - renewed_at.getTime() < TOO_SOON_MS
        const now = ground.now()
        if (!again) await ground.commit((tx) => markStale(tx, { id, version, now, dead: invalidToken }))
      } else if (invalidToken) {
        await ground.commit((tx) => loseAccount(tx, { id, version, reason: 'access_token_refused' }))
      }
    },
    markRevoking,
    finishRevoking: (ids) => finishRevoking(ground, ids),
    reviseRevocations: () => reviseRevocations(ground),
    forgetting: (keeping) => ({
      ...keeping,
      async end(connection) {
        const ids = await ground.commit((tx) => markRevoking(tx, { connection }, ground.now()))
        if (ids.length > 0) await atMost(LONGEST_END_MS, finishRevoking(ground, ids))
      },
      async forget(tx, connection) {
        await keeping.forget(tx, connection)
        await endAttempts(tx, { connection })
        await deleteAccounts(tx, connection)
      },
    }),
  }
}

async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  const timer = setTimeout(resolve, ms)
  await Promise.race([work, promise]).finally(() => clearTimeout(timer))
}

const bearer = (value: string): Extract<Credential, { type: 'api_key' }> => ({
  type: 'api_key',
  header: 'Authorization',
  prefix: 'Bearer ',
  value,
})

/** Deletes what is past its retention; for a recurring job. */
export async function trimAccounts(tx: Transaction, now: number): Promise<void> {
  await trimAttempts(tx, now)
  await trimEnded(tx, new Date(now - ENDED_KEPT_MS))
}
