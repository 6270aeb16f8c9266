// Who will read what is retrieved: the person it is for, and the audience that is named. All of them must be allowed.
import type { Engine } from './engine.ts'
import { mustBePrincipal, type Principal } from './principal.ts'
import { Refused } from './refusals.ts'

/** People, or everyone in a userset of the store such as `channel:acme#member`. */
export type Audience = readonly Principal[] | { userset: string }

export interface ReadBy {
  principal: Principal
  audience?: Audience
}

const MOST_READERS = 1000

/** The subjects that must all have the relation, each once. Throws where somebody cannot be named. */
export async function subjectsOf(engine: Engine, { principal, audience }: ReadBy): Promise<string[]> {
  mustBePrincipal(principal)
  const subjects = new Set(namesOf(principal, engine.agentsToo))
  if (audience !== undefined) for (const name of await membersOf(engine, audience)) subjects.add(name)
  return [...subjects]
}

async function membersOf(engine: Engine, audience: Audience): Promise<string[]> {
  if (typeof audience !== 'object' || audience === null)
    throw new Refused('audience_unknown', 'An audience is principals, or a userset.')
  if ('userset' in audience) {
    const members = await engine.listMembers(String(audience.userset), MOST_READERS)
    // "Everyone of nobody may see it" is true of everything.
    if (members.length === 0) throw new Refused('audience_unknown', `Nobody is in ${audience.userset}.`)
    return members
  }
  if (!Array.isArray(audience) || audience.length === 0)
    throw new Refused('audience_unknown', 'An audience names somebody.')
  if (audience.length > MOST_READERS) throw new Refused('too_many', `An audience is ${MOST_READERS} people at most.`)
  return audience.flatMap((member: unknown) => {
    mustBePrincipal(member)
    return namesOf(member, engine.agentsToo)
  })
}

/** A bound that is no number would bound nothing. */
export function mustBeBound(most: unknown): void {
  if (!Number.isInteger(most) || Number(most) < 1)
    throw new Refused('invalid', 'most must be a whole number from 1 on.')
}

export const namesOf = ({ user, agents }: Principal, agentsToo: boolean): string[] => [
  `user:${user}`,
  ...(agentsToo ? agents.map((agent) => `agent:${agent}`) : []),
]
