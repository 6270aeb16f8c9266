// Who administers the house: a person's role in the console and the API.
import { ROLES, Role, RoleMembers, UserId } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { countRoleMembers, findUser, loadPeople, setRoleMember } from '../store.ts'

export const readRoles = operation({
  id: 'directory.list-roles',
  summary: 'List the roles and who has them.',
  audit: 'read',
  input: z.strictObject({}),
  output: RoleMembers,
  asks: () => [{ action: 'read', resource: 'roles' }],
  async run({ tx }) {
    const { roles } = await loadPeople(tx)
    return {
      roles: ROLES.map((role) => ({
        role,
        members: roles.filter((row) => row.role === role).map((row) => row.user_id),
      })),
    }
  },
})

const setMember = (verb: 'grant' | 'withdraw') =>
  operation({
    id: `directory.${verb}-role`,
    summary: verb === 'grant' ? 'Give a person a role.' : 'Take a role from a person.',
    audit: 'act',
    input: z.strictObject({ role: Role, user: UserId }),
    output: z.undefined(),
    asks: ({ role }) => [{ action: verb, resource: `role:${role}` }],
    async run({ tx }, { role, user }) {
      if (!(await findUser(tx, user))) throw new Problem('not_found')
      await setRoleMember(tx, role, user, verb === 'grant')
      if (role === 'admin' && verb === 'withdraw' && (await countRoleMembers(tx, 'admin')) === 0)
        throw new Problem('conflict', { detail: 'The last administrator cannot be removed.' })
      return undefined
    },
  })

export const grantRole = setMember('grant')
export const withdrawRole = setMember('withdraw')
