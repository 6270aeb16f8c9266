// The room's only SQL.
import type { Role } from '@mandate/contract'
import type { Generated } from 'kysely'
import type { GroupId, UserId } from '../kernel/ids.ts'
import type { Transaction } from '../platform/database/index.ts'
import type { Person } from './model.ts'

export interface DirectoryTables {
  users: {
    id: UserId
    email: string
    name: string | null
    population: 'workforce' | 'customer'
    status: Generated<'active' | 'deactivated'>
    created_at: Generated<Date>
  }
  groups: { id: GroupId; name: string; created_at: Generated<Date> }
  group_members: { group_id: GroupId; user_id: UserId }
  role_members: { role: Role; user_id: UserId }
}

export const TOPICS = {
  user: 'directory.user',
  group: 'directory.group-member',
  role: 'directory.role-member',
} as const

const sql = (tx: Transaction) => tx.sql<DirectoryTables>()
const person = ['id', 'email', 'name', 'population', 'status'] as const

export async function insertUser(tx: Transaction, user: Omit<Person, 'status'>) {
  const row = await sql(tx)
    .insertInto('users')
    .values(user)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst()
  if (row) tx.append({ topic: TOPICS.user, key: row.id, body: { ...user, status: row.status } })
  return row
}

export async function setUserStatus(tx: Transaction, id: UserId, status: 'active' | 'deactivated') {
  const row = await sql(tx).updateTable('users').set({ status }).where('id', '=', id).returningAll().executeTakeFirst()
  if (row) {
    const { created_at: _, ...body } = row
    tx.append({ topic: TOPICS.user, key: id, body })
  }
  return row
}

export const findUser = (tx: Transaction, id: UserId) =>
  sql(tx).selectFrom('users').selectAll().where('id', '=', id).executeTakeFirst()

export const findUserByEmail = (tx: Transaction, email: string) =>
  sql(tx).selectFrom('users').select(person).where('email', '=', email.toLowerCase()).executeTakeFirst()

export const anyUser = async (tx: Transaction): Promise<boolean> =>
  (await sql(tx).selectFrom('users').select('id').limit(1).executeTakeFirst()) !== undefined

export const listUsers = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('users')
    .selectAll()
    .where('id', '>', after as UserId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export const insertGroup = (tx: Transaction, group: { id: GroupId; name: string }) =>
  sql(tx)
    .insertInto('groups')
    .values(group)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst()

export const findGroup = (tx: Transaction, id: GroupId) =>
  sql(tx).selectFrom('groups').selectAll().where('id', '=', id).executeTakeFirst()

export const listGroups = (tx: Transaction, { after = '', limit }: { after?: string; limit: number }) =>
  sql(tx)
    .selectFrom('groups')
    .selectAll()
    .where('id', '>', after as GroupId)
    .orderBy('id')
    .limit(limit + 1)
    .execute()

export async function setGroupMember(tx: Transaction, group: GroupId, user: UserId, member: boolean): Promise<void> {
  if (member)
    await sql(tx)
      .insertInto('group_members')
      .values({ group_id: group, user_id: user })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  else await sql(tx).deleteFrom('group_members').where('group_id', '=', group).where('user_id', '=', user).execute()
  tx.append({ topic: TOPICS.group, key: user, body: { group, member } })
}

export async function setRoleMember(tx: Transaction, role: Role, user: UserId, member: boolean): Promise<void> {
  if (member)
    await sql(tx)
      .insertInto('role_members')
      .values({ role, user_id: user })
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  else await sql(tx).deleteFrom('role_members').where('role', '=', role).where('user_id', '=', user).execute()
  tx.append({ topic: TOPICS.role, key: user, body: { role, member } })
}

export const countRoleMembers = async (tx: Transaction, role: Role): Promise<number> =>
  (await sql(tx).selectFrom('role_members').select('user_id').where('role', '=', role).forUpdate().execute()).length

export const loadPeople = async (tx: Transaction) => ({
  users: await sql(tx).selectFrom('users').select(person).execute(),
  members: await sql(tx).selectFrom('group_members').selectAll().execute(),
  roles: await sql(tx).selectFrom('role_members').selectAll().execute(),
})
