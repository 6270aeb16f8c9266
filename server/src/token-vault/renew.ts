// One refresh at a time per grant, across replicas, by claim and fence; nobody holds a transaction while waiting.
import { Problem } from '../kernel/problem.ts'
import { type Claimed, claim, endReplaced, findClaimed, keepRenewed, loseAccount, release } from './account-store.ts'
import type { Ground } from './ground.ts'
import { holding } from './holding.ts'
import { type Account, isAlive, type OauthConnection } from './model.ts'
import type { Unreachable } from './provider.ts'
import type { TokenAnswer } from './token-response.ts'

/** A lapse is waited for a little longer than it takes: the database's clock decides, not ours. */
const LAPSE_MARGIN_MS = 50

const STORE_PAUSE_MS = 500

/**
 * A new access token for `account`, which was seen to need one; undefined where it is to be looked at again. Throws
 * `upstream_failed` with Retry-After where the provider gives none for now: nothing is changed then.
 */
export async function renew(
  ground: Ground,
  connection: OauthConnection,
  account: Account,
): Promise<string | undefined> {
  if (!account.refreshable) return lastUse(ground, account)
  // Before the claim is tried: its holder may be done between the two.
  const change = ground.watch.next(account)
  try {
    const { id, version, status } = account
    const got = await ground.database.transaction(async (tx) => {
      const claimed = await claim(tx, { id, version, status, claimMs: ground.claimMs })
      return claimed ? { claimed } : { other: await findClaimed(tx, id) }
    })
    const { claimed } = got
    if (claimed) return await holding(ground, claimed, () => underClaim(ground, connection, claimed))
    const { other } = got
    if (other?.version === version && other.status === status) await change.within(other.claimed_ms + LAPSE_MARGIN_MS)
    ground.watch.forget(account.connection, account.user_id)
    return undefined
  } finally {
    change.over()
  }
}

async function lastUse(ground: Ground, account: Account): Promise<string | undefined> {
  const { id, version } = account
  if (isAlive(account, ground.now())) return (await ground.tokensOf(account)).access_token
  await ground.commit((tx) => loseAccount(tx, { id, version, reason: 'expired' }))
  ground.watch.forget(account.connection, account.user_id)
  return undefined
}

async function underClaim(ground: Ground, connection: OauthConnection, claimed: Claimed): Promise<string | undefined> {
  const asked = ground.now()
  let answer: TokenAnswer | Unreachable
  let before: string
  try {
    const client = await ground.clientOf(connection)
    const tokens = await ground.tokensOf(claimed)
    before = tokens.refresh_token ?? ''
    answer = await ground.provider.tokens(client, { grant_type: 'refresh_token', refresh_token: before })
  } catch (error) {
    await giveUp(ground, claimed)
    throw error
  }
  if ('access_token' in answer) {
    const { access_token, refresh_token, expires_in, scopes } = answer
    const sealed = await ground.seal(claimed.id, { access_token, refresh_token: refresh_token ?? before })
    const renewed = {
      sealed,
      scopes: scopes ? { list: scopes } : claimed.scopes,
      refreshable: true,
      access_expires_at: expires_in === null ? null : new Date(asked + expires_in * 1000),
      renewed_at: new Date(asked),
    }
    const kept = await insisting(() => ground.commit((tx) => keepRenewed(tx, claimed, renewed)))
    return kept?.status === 'connected' ? access_token : undefined
  }
  if ('error' in answer && answer.dead) {
    const { id, fence } = claimed
    const reason = answer.error
    await ground.commit(async (tx) => {
      const lost = await loseAccount(tx, { id, fence, reason })
      if (lost) await endReplaced(tx, lost, ground.now())
      await release(tx, claimed)
    })
    return undefined
  }
  await giveUp(ground, claimed)
  return withoutAnswer(ground, claimed, answer)
}

// The provider has forgotten the old refresh token by now: a database that blinks must not lose the new one.
async function insisting<T>(store: () => Promise<T>, tries = 4): Promise<T> {
  try {
    return await store()
  } catch (error) {
    if (tries === 1) throw error
    await new Promise((resolve) => setTimeout(resolve, STORE_PAUSE_MS))
    return insisting(store, tries - 1)
  }
}

// Told in the change log, so that other replicas need not wait until the claim lapses.
async function giveUp(ground: Ground, claimed: Claimed): Promise<void> {
  await ground.commit((tx) => release(tx, claimed)).catch(ground.onError)
}

async function withoutAnswer(
  ground: Ground,
  claimed: Claimed,
  answer: { error: string } | Unreachable,
): Promise<string> {
  // The token of now is still taken for some seconds: the provider's bad minute need not be everybody's.
  if (isAlive(claimed, ground.now())) return (await ground.tokensOf(claimed)).access_token
  if ('error' in answer)
    throw new Problem('upstream_failed', {
      detail: 'The provider of this connection refused to renew access; an administrator should look at its settings.',
      headers: { 'retry-after': '60' },
      reason: `provider_${answer.error}`,
    })
  throw new Problem('upstream_failed', {
    detail:
      'The provider of this connection gave no answer; nothing was sent to the system behind it. Try again shortly.',
    headers: { 'retry-after': String(answer.retryAfterSeconds) },
    reason: 'provider_unreachable',
  })
}
