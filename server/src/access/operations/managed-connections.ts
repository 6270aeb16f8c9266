// Granting an agent the use of a resource or connection, and taking it back.
import { AgentId, ManagedConnection, ManagedConnectionTerms } from '@mandate/contract'
import { z } from 'zod'
import type { Agents } from '../../agents/index.ts'
import type { Connections } from '../../connections/index.ts'
import { isId } from '../../kernel/ids.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { narrows, type Target } from '../model.ts'
import { deleteTerms, findTerms, listTerms, putTerms } from '../store.ts'
import { refuseUnreasoned } from '../terms-rules.ts'

/** The id of a resource or connection, or a connection's name. */
const TargetName = z.string().min(1).max(64)

export interface Known {
  agents: Agents
  connections: Connections
}

function targetNamed({ connections }: Known, name: string): Target {
  if (isId('resource', name) || isId('connection', name)) return name
  const connection = connections.byName(name)
  if (!connection) throw new Problem('not_found')
  return connection.id
}

// Connections are judged at every call; tokens for outside resources live on elsewhere and must die by their link.
const linkOf = (agent: string, target: Target): string => `${agent}@${target}`

export const putManagedConnection = (known: Known) =>
  operation({
    id: 'access.put-managed-connection',
    summary: 'Say what an agent may do at a resource or connection.',
    audit: 'act',
    input: z.strictObject({ id: AgentId, target: TargetName, ...ManagedConnectionTerms.shape }),
    output: ManagedConnection,
    asks: ({ id }) => [{ action: 'grant', resource: `managed-connection:${id}` }],
    async run({ tx }, { id, target: name, ...terms }) {
      if (!known.agents.agent(id)) throw new Problem('not_found')
      const target = targetNamed(known, name)
      refuseUnreasoned(known.connections, target, terms)
      const before = await findTerms(tx, id, target)
      const row = await putTerms(tx, id, target, terms)
      if (before && narrows(before, terms)) revoke(tx, linkOf(id, target), 'managed_connection_narrowed')
      return { agent: id, target, ...terms, created_at: row.created_at.toISOString() }
    },
  })

export const deleteManagedConnection = (known: Known) =>
  operation({
    id: 'access.delete-managed-connection',
    summary: 'Take the use of a resource or connection from an agent, and kill the tokens that came of it.',
    audit: 'act',
    input: z.strictObject({ id: AgentId, target: TargetName }),
    output: z.undefined(),
    asks: ({ id }) => [{ action: 'withdraw', resource: `managed-connection:${id}` }],
    async run({ tx }, { id, target: name }) {
      const target = targetNamed(known, name)
      if (!(await deleteTerms(tx, id, target))) throw new Problem('not_found')
      revoke(tx, linkOf(id, target), 'managed_connection_withdrawn')
      return undefined
    },
  })

export const listManagedConnections = ({ agents }: Known) =>
  operation({
    id: 'access.list-managed-connections',
    summary: 'What an agent may do, everywhere.',
    audit: 'read',
    input: z.strictObject({ id: AgentId }),
    output: z.object({ items: z.array(ManagedConnection), next_cursor: z.null() }),
    asks: ({ id }) => [{ action: 'read', resource: `managed-connection:${id}` }],
    async run({ tx }, { id }) {
      if (!agents.agent(id)) throw new Problem('not_found')
      const rows = await listTerms(tx, id)
      const items = rows.map(({ agent, target, terms, created_at }) => ({
        agent,
        target,
        ...terms,
        created_at: created_at.toISOString(),
      }))
      return { items, next_cursor: null }
    },
  })
