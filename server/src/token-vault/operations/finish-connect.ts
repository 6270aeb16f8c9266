// A person comes back from the provider; the code becomes tokens outside every transaction, and those are sealed.
import { z } from 'zod'
import { type AccountId, newId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { findClaimed, putAccount } from '../account-store.ts'
import { attemptPlace, finishAttempt, takeAttempt } from '../attempt-store.ts'
import type { Ground } from '../ground.ts'
import { bindingOf, type OauthConnection, redirectUri } from '../model.ts'
import type { Granted } from '../token-response.ts'
import { ConnectionName, connectionOpen, PageOutput, personOf, sessionOf } from './person.ts'
import { digest, expectation } from './start-connect.ts'

const text = z.string().max(4096)
// What else a provider sends along is its own affair (RFC 6749 §4.1.2); one name twice is refused.
const Callback = z.object({
  connection: ConnectionName,
  state: text.default(''),
  code: text.optional(),
  error: text.optional(),
  iss: text.optional(),
})
type Callback = z.output<typeof Callback>

export const finishConnect = (ground: Ground) =>
  operation({
    id: 'token-vault.finish-connect',
    summary: 'Come back from the provider with an account.',
    audit: 'act',
    input: Callback,
    output: PageOutput,
    asks: () => [{ action: 'connect', resource: 'self:accounts' }],
    async reach({ principal, now, note }, callback) {
      const connection = connectionOpen(ground.connections, callback.connection)
      note({ connection: connection.id })
      const owner = { user_id: personOf(principal), session_id: sessionOf(principal) }
      const state_hash = digest(callback.state)
      const attempt = await ground.database.transaction((tx) =>
        takeAttempt(tx, { ...owner, state_hash, connection: connection.id, now }),
      )
      if (!attempt) throw again('This answer was not asked for in this browser, was used before, or came too late.')
      refuseOther(connection, callback)
      if (attempt.bound_to !== expectation(connection)) throw again('The connection was changed meanwhile.')
      const verifier = (await ground.sealing.open(attempt.sealed, attemptPlace(state_hash))).toString('utf8')
      const granted = await exchange(ground, connection, { code: codeOf(callback), verifier })
      const account = newId('account', now)
      note({ account })
      await keep(ground, connection, { granted, now, state_hash, id: account, user_id: owner.user_id })
      return { location: attempt.return_to === '/' ? `/connect/${connection.name}` : attempt.return_to }
    },
  })

const again = (detail: string): Problem =>
  new Problem('forbidden', { detail: `${detail} Nothing was connected; start again.`, reason: 'connect_refused' })

// RFC 9207 §2.4: by plain comparison, before anything of the answer is believed, of errors too.
function refuseOther({ oauth }: OauthConnection, { iss }: Callback): void {
  if (oauth.issuer === undefined) return
  const missing = iss === undefined && oauth.authorization_response_iss_parameter_supported === true
  if (missing || (iss !== undefined && iss !== oauth.issuer)) throw again('The answer comes from another provider.')
}

function codeOf({ code, error }: Callback): string {
  if (error === 'access_denied') throw again('You, or the provider, said no.')
  if (error !== undefined)
    throw again(`The provider answered ${/^[a-z_]{1,60}$/.test(error) ? error : 'with an error'}.`)
  if (code === undefined) throw again('The provider sent no code.')
  return code
}

async function exchange(
  ground: Ground,
  connection: OauthConnection,
  { code, verifier }: { code: string; verifier: string },
): Promise<Granted> {
  const answer = await ground.provider.tokens(await ground.clientOf(connection), {
    grant_type: 'authorization_code',
    redirect_uri: redirectUri(ground.issuer, connection.name),
    code,
    code_verifier: verifier,
  })
  if ('access_token' in answer) return answer
  if ('error' in answer)
    throw new Problem('forbidden', {
      detail: 'The provider gave no access. Nothing was connected; start again, or ask an administrator.',
      reason: `provider_${answer.error}`,
    })
  throw new Problem('upstream_failed', {
    detail: 'The provider gave no answer. Nothing was connected; start again in a while.',
    headers: { 'retry-after': String(answer.retryAfterSeconds) },
    reason: 'provider_unreachable',
  })
}

type Kept = Parameters<typeof putAccount>[1]

async function keep(
  ground: Ground,
  connection: OauthConnection,
  {
    granted,
    now,
    state_hash,
    ...account
  }: Pick<Kept, 'id' | 'user_id'> & { granted: Granted; now: number; state_hash: string },
): Promise<void> {
  const { expires_in, refresh_token, scopes } = granted
  const store = async () => {
    const row: Kept = {
      ...account,
      connection: connection.id,
      bound_to: bindingOf(connection),
      sealed: await ground.seal(account.id, granted),
      scopes: { list: scopes ?? connection.oauth.scopes },
      refreshable: refresh_token !== null,
      access_expires_at: expires_in === null ? null : new Date(now + expires_in * 1000),
      renewed_at: new Date(now),
    }
    return ground.commit(async (tx) => {
      const lives = await finishAttempt(tx, state_hash)
      if (lives) await putAccount(tx, row)
      return lives
    })
  }
  const kept = await store().catch(async (error: unknown) => {
    if (!(await isKept(ground, account.id))) await giveBack(ground, connection, granted).catch(ground.onError)
    throw error
  })
  if (kept) return
  // Everything of this person, or of this connection, was ended while the provider answered: so is this.
  await giveBack(ground, connection, granted)
  throw again('Access was ended meanwhile.')
}

/** What failed may have been committed all the same: a grant that is kept here is not given back. */
async function isKept(ground: Ground, id: AccountId): Promise<boolean> {
  const found = await ground.database.transaction((tx) => findClaimed(tx, id)).catch(ground.onError)
  return found !== undefined
}

/** Nobody will hold this grant, so nobody could revoke it later. */
async function giveBack(ground: Ground, connection: OauthConnection, { refresh_token, access_token }: Granted) {
  const client = await ground.clientOf(connection)
  await ground.provider.revoke(client, refresh_token ?? access_token, refresh_token ? 'refresh_token' : 'access_token')
}
