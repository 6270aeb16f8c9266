// A person leaves or comes back; leaving kills everything that was issued for them.
import { User, UserId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { userBody } from '../bodies.ts'
import { setUserStatus } from '../store.ts'

const setStatus = (verb: 'deactivate' | 'reactivate', status: 'active' | 'deactivated') =>
  operation({
    id: `directory.${verb}-user`,
    summary: verb === 'deactivate' ? 'Deactivate a person and end what was issued for them.' : 'Let a person back in.',
    audit: 'act',
    input: z.strictObject({ id: UserId }),
    output: User,
    asks: ({ id }) => [{ action: verb, resource: `user:${id}` }],
    async run({ tx }, { id }) {
      const user = await setUserStatus(tx, id, status)
      if (!user) throw new Problem('not_found')
      if (status === 'deactivated') revoke(tx, id, 'user_deactivated')
      return userBody(user)
    },
  })

export const deactivateUser = setStatus('deactivate', 'deactivated')
export const reactivateUser = setStatus('reactivate', 'active')
