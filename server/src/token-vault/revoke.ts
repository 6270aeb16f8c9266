// Ending accounts at their provider (RFC 7009), and saying truthfully what could not be ended.
import type { LogoutTarget } from '@mandate/contract'
import type { AccountId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import {
  beginRevoking,
  type Claimed,
  claim,
  dueRevocations,
  endRevoked,
  findClaimed,
  postpone,
  release,
  type Which,
} from './account-store.ts'
import { endAttempts } from './attempt-store.ts'
import type { Ground } from './ground.ts'
import { holding } from './holding.ts'
import { type Account, bindingOf, isOauth, type OauthConnection, type RevocationResult } from './model.ts'
import type { Revoked } from './provider.ts'

export interface RevokedAccount {
  id: AccountId
  user: UserId
  /** Name of the connection. */
  connection: string
  result: RevocationResult
  /** Until when the access token lives that could not be revoked, where that is known. */
  until?: string
  detail?: string
}

const AT_ONCE = 8
/** Whoever else is calling the provider for this account is waited for so long, in all. */
const PATIENCE_MS = 10_000
const MOST_TRIES = 12
const FIRST_PAUSE_MS = 30_000
const LONGEST_PAUSE_MS = 3_600_000

/** First half, for the transaction that ends the person's access: from its commit on nobody uses these accounts. */
export async function markRevoking(tx: Transaction, which: Which, now: number): Promise<AccountId[]> {
  await endAttempts(tx, which)
  return beginRevoking(tx, which, now)
}

/** Second half, outside every transaction: the provider is told, the tokens are wiped. What failed is tried again later. */
export async function finishRevoking(ground: Ground, ids: readonly AccountId[]): Promise<RevokedAccount[]> {
  const results: (RevokedAccount | undefined)[] = []
  const waiting = [...ids.entries()]
  const worker = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) results[next[0]] = await finish(ground, next[1])
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
  return results.filter((result) => result !== undefined)
}

/** What is due, of whatever was begun by anybody: a logout that crashed, or a provider that was away. */
export async function reviseRevocations(ground: Ground): Promise<void> {
  await finishRevoking(ground, await ground.database.transaction((tx) => dueRevocations(tx, ground.now())))
}

async function finish(ground: Ground, id: AccountId): Promise<RevokedAccount | undefined> {
  const end = ground.elapsed() + PATIENCE_MS
  for (;;) {
    const got = await ground.database.transaction(async (tx) => {
      const claimed = await claim(tx, { id, status: 'revoking', claimMs: ground.claimMs })
      return claimed ? { claimed } : { other: await findClaimed(tx, id) }
    })
    const { claimed } = got
    if (claimed) return await holding(ground, claimed, () => underClaim(ground, claimed))
    const { other } = got
    if (!other) return undefined
    if (other.status !== 'revoking') return told(ground, other, other.result ?? 'pending')
    const left = end - ground.elapsed()
    if (left <= 0) return told(ground, other, 'pending')
    const change = ground.watch.next(other)
    await change.within(Math.min(left, other.claimed_ms, 1_000))
    change.over()
  }
}

async function underClaim(ground: Ground, claimed: Claimed): Promise<RevokedAccount> {
  try {
    const { result, detail } = await atProvider(ground, claimed)
    const now = ground.now()
    const again = (result === 'pending' || result === 'failed') && claimed.revoke_tries + 1 < MOST_TRIES
    if (again) {
      const pause = Math.min(FIRST_PAUSE_MS * 2 ** claimed.revoke_tries, LONGEST_PAUSE_MS)
      await ground.commit((tx) => postpone(tx, claimed, { result, after: now + pause }))
      return told(ground, claimed, result, detail)
    }
    // Nobody but us has the refresh token: wiped here, it ends nothing there, but it opens nothing either.
    const final = result === 'pending' ? 'failed' : result
    await ground.commit((tx) => endRevoked(tx, claimed, { result: final, now }))
    return told(ground, claimed, final, detail)
  } catch (error) {
    await ground.commit((tx) => release(tx, claimed)).catch(ground.onError)
    ground.onError(error)
    return told(ground, claimed, 'pending')
  }
}

async function atProvider(ground: Ground, claimed: Claimed): Promise<{ result: RevocationResult; detail?: string }> {
  // After a restore: nobody here can say what lives there by now.
  if (claimed.sealed === null)
    return { result: 'partial', detail: 'Its tokens are not here any more; end it at the provider.' }
  const connection = boundTo(ground, claimed)
  if (!connection)
    return { result: 'partial', detail: 'The connection leads elsewhere by now, so its provider could not be told.' }
  if (connection.oauth.revocation_endpoint === undefined)
    return { result: 'partial', detail: 'The provider has no way to revoke; the tokens were deleted here.' }
  const client = await ground.clientOf(connection)
  const { refresh_token, access_token } = await ground.tokensOf(claimed)
  // The one that makes others first.
  const refresh =
    refresh_token === null ? 'revoked' : await ground.provider.revoke(client, refresh_token, 'refresh_token')
  if (refresh !== 'revoked') return outcomeOf(refresh)
  const access = await ground.provider.revoke(client, access_token, 'access_token')
  if (access === 'unsupported' || access === 'refused')
    return {
      result: isOver(claimed, ground.now()) ? 'revoked' : 'partial',
      detail: 'The access token lives until it runs out.',
    }
  return outcomeOf(access)
}

const isOver = ({ access_expires_at }: Account, now: number): boolean =>
  access_expires_at !== null && access_expires_at.getTime() <= now

function boundTo({ connections }: Ground, { connection: id, bound_to }: Claimed): OauthConnection | undefined {
  const connection = connections.byId(id)
  return isOauth(connection) && bindingOf(connection) === bound_to ? connection : undefined
}

function outcomeOf(revoked: Revoked): { result: RevocationResult; detail?: string } {
  if (revoked === 'revoked') return { result: 'revoked' }
  if (revoked === 'unsupported')
    return { result: 'partial', detail: 'The provider does not revoke tokens of this kind; they were deleted here.' }
  if (revoked === 'refused') return { result: 'failed', detail: 'The provider refused to revoke; it is tried again.' }
  return { result: 'pending', detail: 'The provider gave no answer; it is tried again.' }
}

function told(ground: Ground, account: Account, result: RevocationResult, detail?: string): RevokedAccount {
  const { id, user_id: user, access_expires_at } = account
  const alive = result !== 'revoked' && access_expires_at !== null && !isOver(account, ground.now())
  return {
    ...{ id, user, result },
    connection: ground.connections.byId(account.connection)?.name ?? account.connection,
    ...(alive && { until: access_expires_at.toISOString() }),
    ...(detail !== undefined && result !== 'revoked' && { detail }),
  }
}

/** As universal logout tells it. */
export const logoutTarget = ({ connection, result, until, detail }: RevokedAccount): LogoutTarget => ({
  system: `token-vault:${connection}`,
  result,
  count: 1,
  ...(until !== undefined && { until }),
  ...(detail !== undefined && { detail }),
})
