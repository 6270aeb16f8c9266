// Who may answer a request, judged when they answer: groups and owners as they are then. Agents never may.
import type { Agents } from '../agents/index.ts'
import type { People } from '../directory/index.ts'
import type { AgentId, UserId } from '../kernel/ids.ts'
import type { Approver, Requirement, Row } from './model.ts'

export interface Known {
  people: People
  agents: Agents
}

function isApprover({ people, agents }: Known, approver: Approver, user: UserId): boolean {
  if (!people.active(user)) return false
  if ('user' in approver) return approver.user === user
  if ('owners' in approver) return agents.accountable(approver.owners).includes(user)
  return people.groupsOf(user).has(approver.group)
}

const meets = (known: Known, { approvers }: Requirement, user: UserId): boolean =>
  approvers.some((approver) => isApprover(known, approver, user))

export const mayAnswer = (known: Known, { requirements }: Pick<Row, 'requirements'>, user: UserId): boolean =>
  requirements.all.some((requirement) => meets(known, requirement, user))

/** Whether those who said yes, and may still say it, are enough for every requirement. */
export const enough = (known: Known, { requirements }: Pick<Row, 'requirements'>, yes: readonly UserId[]): boolean =>
  requirements.all.every((one) => yes.filter((user) => meets(known, one, user)).length >= one.quorum)

/** What a person is known by in a request's audience: themselves, their groups, the agents they answer for. */
export function namesOf({ people, agents }: Known, user: UserId): string[] {
  const owned = [...agents.all()].filter(({ owners }) => owners.includes(user)).map(({ id }) => id)
  return [user, ...people.groupsOf(user), ...owned]
}

export function audienceOf(
  requirements: readonly Requirement[],
  { user, agents }: { user: UserId | null; agents: readonly AgentId[] },
): string[] {
  const approvers = requirements.flatMap((one) => one.approvers).map((approver) => Object.values(approver)[0] as string)
  return [...new Set([...(user === null ? [] : [user]), ...agents, ...approvers])]
}

/** Everyone who may answer, for telling them: at most `limit`. */
export function approversOf({ people, agents }: Known, row: Pick<Row, 'requirements'>, limit: number): UserId[] {
  const all = row.requirements.all.flatMap(({ approvers }) =>
    approvers.flatMap((approver): readonly UserId[] => {
      if ('user' in approver) return [approver.user]
      return 'owners' in approver ? agents.accountable(approver.owners) : people.membersOf(approver.group)
    }),
  )
  return [...new Set(all)].filter((user) => people.active(user)).slice(0, limit)
}
