// What an agent's record names must exist: people in the directory, agents in this room.
import type { Assigned } from '@mandate/contract'
import type { People } from '../directory/index.ts'
import type { AgentId, UserId } from '../kernel/ids.ts'
import { invalid } from '../kernel/problem.ts'
import type { Transaction } from '../platform/database/index.ts'
import { knownAgents } from './store.ts'

export interface References {
  owners?: readonly UserId[]
  assigned?: Assigned
  may_delegate_to?: readonly AgentId[]
}

export async function checkReferences(tx: Transaction, people: People, given: References): Promise<void> {
  for (const [index, owner] of (given.owners ?? []).entries())
    if (!people.active(owner)) throw invalid(`owners[${index}]`, 'must be an active person')
  for (const [index, user] of (given.assigned?.users ?? []).entries())
    if (!people.person(user)) throw invalid(`assigned.users[${index}]`, 'is not a known person')
  const delegates = given.may_delegate_to ?? []
  const known = await knownAgents(tx, delegates)
  for (const [index, agent] of delegates.entries())
    if (!known.has(agent)) throw invalid(`may_delegate_to[${index}]`, 'is not a known agent')
}
