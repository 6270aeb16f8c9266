// A person becomes known; with a password, they can sign in.
import { NewUser, User } from '@mandate/contract'
import { newId, type UserId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Transaction } from '../../platform/database/index.ts'
import { userBody } from '../bodies.ts'
import { insertUser } from '../store.ts'

/** Filled by the authentication room: hashing takes time and happens before the transaction. */
export interface PasswordKeeping {
  hash(password: string): Promise<string>
  keep(tx: Transaction, user: UserId, hash: string): Promise<void>
}

export const createUser = (passwords: PasswordKeeping) =>
  operation({
    id: 'directory.create-user',
    summary: 'Add a person.',
    audit: 'act',
    input: NewUser,
    output: User,
    asks: () => [{ action: 'create', resource: 'users' }],
    prepare: (_, { password }) => (password === undefined ? undefined : passwords.hash(password)),
    async run({ tx, prepared, now }, { email, name, population }) {
      const user = await insertUser(tx, { id: newId('user', now), email, name: name ?? null, population })
      if (!user)
        throw new Problem('conflict', {
          detail: 'email: a person with this address exists',
          errors: [{ field: 'email', rule: 'a person with this address exists' }],
        })
      if (prepared !== undefined) await passwords.keep(tx, user.id, prepared)
      return userBody(user)
    },
  })
