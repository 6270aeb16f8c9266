// A person takes an account back: from the commit on nobody uses it, and then the provider is told.
import { AccountId, LogoutTarget } from '@mandate/contract'
import { z } from 'zod'
import { ReturnTo } from '../../authentication/index.ts'
import type { UserId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { findInUse, type Which } from '../account-store.ts'
import type { Ground } from '../ground.ts'
import { finishRevoking, logoutTarget, markRevoking, type RevokedAccount } from '../revoke.ts'
import { ConnectionName, connectionNamed, PageOutput, personOf } from './person.ts'

export const disconnect = (ground: Ground) =>
  operation({
    id: 'token-vault.disconnect',
    summary: 'Disconnect an account, on its page.',
    audit: 'act',
    input: z.object({ connection: ConnectionName, return_to: ReturnTo }),
    output: PageOutput,
    asks: () => [{ action: 'disconnect', resource: 'self:accounts' }],
    async reach({ principal, now, note }, { connection: name, return_to }) {
      const user = personOf(principal)
      const { id: connection } = connectionNamed(ground.connections, name)
      const account = await ground.database.transaction((tx) => findInUse(tx, connection, user))
      if (account) note({ result: (await end(ground, { user, connection, id: account.id }, now))?.result ?? 'pending' })
      return { location: return_to === '/' ? `/connect/${name}` : return_to }
    },
  })

export const removeMyAccount = (ground: Ground) =>
  operation({
    id: 'token-vault.remove-my-account',
    summary: 'Disconnect one of your accounts, and say what came of it at the provider.',
    audit: 'act',
    input: z.strictObject({ id: AccountId }),
    output: LogoutTarget,
    asks: () => [{ action: 'disconnect', resource: 'self:accounts' }],
    async reach({ principal, now, note }, { id }) {
      const ended = await end(ground, { user: personOf(principal), id }, now)
      if (!ended) throw new Problem('not_found')
      note({ result: ended.result })
      return logoutTarget(ended)
    },
  })

async function end(ground: Ground, which: Which & { user: UserId }, now: number): Promise<RevokedAccount | undefined> {
  const ids = await ground.commit((tx) => markRevoking(tx, which, now))
  const ended = await finishRevoking(ground, ids)
  // With it end the grants it replaced: what is told is what is not over yet.
  return ended.find(({ result }) => result !== 'revoked') ?? ended[0]
}
