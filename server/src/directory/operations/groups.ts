// Groups and who is in them.
import { Group, GroupId, NewGroup, PageQuery, page, pageOf, UserId } from '@mandate/contract'
import { z } from 'zod'
import { newId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { groupBody } from '../bodies.ts'
import { findGroup, findUser, insertGroup, listGroups, setGroupMember } from '../store.ts'

export const createGroup = operation({
  id: 'directory.create-group',
  summary: 'Add a group.',
  audit: 'act',
  input: NewGroup,
  output: Group,
  asks: () => [{ action: 'create', resource: 'groups' }],
  async run({ tx, now }, { name }) {
    const group = await insertGroup(tx, { id: newId('group', now), name })
    if (!group) throw new Problem('conflict', { errors: [{ field: 'name', rule: 'a group with this name exists' }] })
    return groupBody(group)
  },
})

export const readGroups = operation({
  id: 'directory.list-groups',
  summary: 'List groups.',
  audit: 'read',
  input: PageQuery,
  output: pageOf(Group),
  asks: () => [{ action: 'read', resource: 'groups' }],
  async run({ tx }, { limit, cursor }) {
    const rows = await listGroups(tx, { after: cursor, limit })
    return page(rows.map(groupBody), limit)
  },
})

const setMember = (verb: 'add' | 'remove') =>
  operation({
    id: `directory.${verb}-group-member`,
    summary: verb === 'add' ? 'Put a person into a group.' : 'Take a person out of a group.',
    audit: 'act',
    input: z.strictObject({ id: GroupId, user: UserId }),
    output: z.undefined(),
    asks: ({ id }) => [{ action: `${verb}-member`, resource: `group:${id}` }],
    async run({ tx }, { id, user }) {
      if (!(await findGroup(tx, id)) || !(await findUser(tx, user))) throw new Problem('not_found')
      await setGroupMember(tx, id, user, verb === 'add')
      return undefined
    },
  })

export const addGroupMember = setMember('add')
export const removeGroupMember = setMember('remove')
