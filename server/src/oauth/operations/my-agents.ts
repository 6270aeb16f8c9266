// Which agents act for me, and taking my yes back.
import { AgentId, MyAgents } from '@mandate/contract'
import { z } from 'zod'
import type { Agents } from '../../agents/index.ts'
import { cancelApprovalsBetween } from '../../approvals/index.ts'
import type { People } from '../../directory/index.ts'
import { isId, type UserId } from '../../kernel/ids.ts'
import { type Principal, userOf } from '../../kernel/principal.ts'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import { revoke } from '../../platform/changes/index.ts'
import { listConsents, takeConsentBack } from '../store.ts'

const mine = () => [{ action: 'read', resource: 'self:agents' }]

function person(principal: Principal): UserId {
  const user = userOf(principal)
  if (user === undefined) throw new Problem('forbidden', { detail: 'This is about a person, and no person is here.' })
  return user
}

export const readMyAgents = ({ agents, people }: { agents: Agents; people: People }) =>
  operation({
    id: 'oauth.list-my-agents',
    summary: 'The agents that may act for the signed-in person.',
    audit: 'read',
    input: z.strictObject({}),
    output: MyAgents,
    asks: mine,
    async run({ tx, principal }) {
      const user = person(principal)
      const consented = await listConsents(tx, user)
      const named = (id: UserId) => ({ id, name: people.person(id)?.name ?? people.person(id)?.email ?? id })
      const items = [...agents.all()]
        .filter(({ id }) => consented.has(id) || agents.assigned(id, user))
        .map(({ id, name, purpose }) => ({
          ...{ id, name, purpose, status: agents.standing(id) },
          by: consented.has(id) ? ('consent' as const) : ('assignment' as const),
          since: consented.get(id)?.toISOString() ?? null,
          owners: agents.accountable(id).map(named),
        }))
      return { items, next_cursor: null }
    },
  })

export const withdrawConsent = operation({
  id: 'oauth.withdraw-consent',
  summary: 'Take back the yes to an agent and end what it holds for the signed-in person.',
  audit: 'act',
  input: z.strictObject({ agent: AgentId }),
  output: z.undefined(),
  asks: () => [{ action: 'withdraw', resource: 'self:agents' }],
  async run({ tx, principal, now }, { agent }) {
    const user = person(principal)
    if (!isId('agent', agent)) throw new Problem('not_found')
    const ended = await takeConsentBack(tx, user, agent)
    if (!ended) throw new Problem('not_found')
    for (const delegation of ended) revoke(tx, delegation, 'consent_withdrawn')
    await cancelApprovalsBetween(tx, { user, agent, now: new Date(now) })
    return undefined
  },
})
