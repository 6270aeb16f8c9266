// Everyone in memory, kept up to date by the change log.
import type { Role } from '@mandate/contract'
import type { GroupId, UserId } from '../kernel/ids.ts'
import type { Change, Follower } from '../platform/changes/index.ts'
import type { People, Person } from './model.ts'
import { loadPeople, TOPICS } from './store.ts'

const NONE: ReadonlySet<never> = new Set()

export function followPeople(): Follower & People {
  let users = new Map<UserId, Person>()
  let groups = new Map<UserId, Set<GroupId>>()
  let roles = new Map<UserId, Set<Role>>()
  return {
    topics: Object.values(TOPICS),
    async load(tx) {
      const loaded = await loadPeople(tx)
      return () => {
        users = new Map(loaded.users.map((user) => [user.id, user]))
        groups = new Map()
        roles = new Map()
        for (const { user_id, group_id } of loaded.members) put(groups, user_id, group_id, true)
        for (const { user_id, role } of loaded.roles) put(roles, user_id, role, true)
      }
    },
    apply({ topic, key, body }: Change) {
      const user = key as UserId
      if (topic === TOPICS.user) users.set(user, body as Person)
      if (topic === TOPICS.group) {
        const { group, member } = body as { group: GroupId; member: boolean }
        put(groups, user, group, member)
      }
      if (topic === TOPICS.role) {
        const { role, member } = body as { role: Role; member: boolean }
        put(roles, user, role, member)
      }
    },
    person: (id) => users.get(id),
    active: (id) => users.get(id)?.status === 'active',
    groupsOf: (id) => groups.get(id) ?? NONE,
    rolesOf: (id) => roles.get(id) ?? NONE,
    byEmail: (email) => {
      const address = email.trim().toLowerCase()
      return [...users.values()].find((user) => user.email === address && user.status === 'active')?.id
    },
    membersOf: (group) => [...groups].filter(([, set]) => set.has(group)).map(([user]) => user),
  }
}

function put<T>(sets: Map<UserId, Set<T>>, key: UserId, value: T, member: boolean): void {
  const set = sets.get(key) ?? new Set()
  if (member) set.add(value)
  else set.delete(value)
  sets.set(key, set)
}
