// Looking people up.
import { PageQuery, page, pageOf, User, UserId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { userBody } from '../bodies.ts'
import { findUser, listUsers } from '../store.ts'

export const readUsers = operation({
  id: 'directory.list-users',
  summary: 'List people.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(User),
  asks: () => [{ action: 'read', resource: 'users' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listUsers(tx, { after: cursor, limit })
    return page(rows.map(userBody), limit)
  },
})

export const readUser = operation({
  id: 'directory.get-user',
  summary: 'Read one person.',
  audit: 'read',
  input: z.strictObject({ id: UserId }),
  output: User,
  asks: () => [{ action: 'read', resource: 'users' }],
  async run({ tx }, { id }) {
    const user = await findUser(tx, id)
    if (!user) throw new Problem('not_found')
    return userBody(user)
  },
})
