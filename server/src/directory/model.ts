// Who exists, as the hot path sees them: everyone's state, groups and roles, in memory.
import type { Role } from '@mandate/contract'
import type { GroupId, UserId } from '../kernel/ids.ts'

export interface Person {
  id: UserId
  email: string
  name: string | null
  population: 'workforce' | 'customer'
  status: 'active' | 'deactivated'
}

export interface People {
  person(id: UserId): Person | undefined
  /** Whether the person exists and may act. */
  active(id: UserId): boolean
  groupsOf(id: UserId): ReadonlySet<GroupId>
  rolesOf(id: UserId): ReadonlySet<Role>
  membersOf(group: GroupId): UserId[]
  /** The active person with this address, if there is one. */
  byEmail(email: string): UserId | undefined
}
