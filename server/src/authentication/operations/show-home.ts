// The front door, for who is signed in.
import { z } from 'zod'
import { userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { type Ground, PageOutput } from '../ground.ts'
import { homePage } from '../pages/home-page.ts'

export const showHome = ({ people, issuer }: Ground) =>
  operation({
    id: 'authentication.show-home',
    summary: 'Who you are, and what to do next.',
    audit: 'read',
    input: z.object({}),
    output: PageOutput,
    asks: () => [{ action: 'read', resource: 'self:session' }],
    reach({ principal }) {
      const user = userOf(principal)
      const person = user && people.person(user)
      if (!person) throw new Problem('unauthenticated', { detail: 'Sign in first.' })
      return homePage({ person, roles: [...people.rolesOf(person.id)].sort(), issuer })
    },
  })
