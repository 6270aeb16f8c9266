// A person leaves or comes back; leaving kills everything that was issued for them, and ends what they hold elsewhere.
import { User, UserId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { userBody } from '../bodies.ts'
import { setUserStatus } from '../store.ts'

/**
 * Ends what other rooms hold of a person, in the transaction in which they leave: sign-ins, what waits for a yes, accounts
 * at other systems. How much of what, for the log.
 */
export type Leaving = (tx: Transaction, user: z.output<typeof UserId>) => Promise<Readonly<Record<string, number>>>

export const deactivateUser = (leaving: Leaving) =>
  operation({
    id: 'directory.deactivate-user',
    summary: 'Deactivate a person and end what was issued for them.',
    audit: 'act',
    input: z.strictObject({ id: UserId }),
    output: User,
    asks: ({ id }) => [{ action: 'deactivate', resource: `user:${id}` }],
    async run({ tx, note }, { id }) {
      const user = await setUserStatus(tx, id, 'deactivated')
      if (!user) throw new Problem('not_found')
      // The link first in the log: whoever has heard of the rest has heard of it.
      revoke(tx, id, 'user_deactivated')
      note(await leaving(tx, id))
      return userBody(user)
    },
  })

export const reactivateUser = operation({
  id: 'directory.reactivate-user',
  summary: 'Let a person back in.',
  audit: 'act',
  input: z.strictObject({ id: UserId }),
  output: User,
  asks: ({ id }) => [{ action: 'reactivate', resource: `user:${id}` }],
  async run({ tx }, { id }) {
    const user = await setUserStatus(tx, id, 'active')
    if (!user) throw new Problem('not_found')
    return userBody(user)
  },
})
