// Who is signed in.
import { Me } from '@mandate/contract'
import { z } from 'zod'
import { userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { Ground } from '../ground.ts'

export const readMe = ({ people }: Pick<Ground, 'people'>) =>
  operation({
    id: 'authentication.get-me',
    summary: 'Who is signed in, and their roles.',
    audit: 'question',
    input: z.strictObject({}),
    output: Me,
    asks: () => [{ action: 'read', resource: 'self:session' }],
    reach({ principal }) {
      const user = userOf(principal)
      const person = user && people.person(user)
      if (!person) throw new Problem('forbidden', { detail: 'This is about a person, and no person is here.' })
      return { id: person.id, email: person.email, name: person.name, roles: [...people.rolesOf(person.id)].sort() }
    },
  })
