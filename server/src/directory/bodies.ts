// Rows as the outside sees them.
import type { GroupId, UserId } from '../kernel/ids.ts'

export const userBody = <U extends { id: UserId; created_at: Date }>(user: U) => ({
  ...user,
  created_at: user.created_at.toISOString(),
})

export const groupBody = (group: { id: GroupId; name: string; created_at: Date }) => ({
  ...group,
  created_at: group.created_at.toISOString(),
})
