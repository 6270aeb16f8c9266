// Enforcement points of others use a yes: once, in time, for exactly what was shown.
import { ApprovalConsumption } from '@mandate/contract'
import { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { operation } from '../../pipeline/index.ts'
import type { ApprovalGround } from '../ground.ts'
import { statusOf } from '../model.ts'
import { findApproval, settle } from '../store.ts'
import { useYes } from '../using.ts'

const Consumed = z.object({ id: z.string(), status: z.literal('consumed'), consumed_at: z.iso.datetime() })

export const consume = (ground: ApprovalGround) =>
  operation({
    id: 'approvals.consume',
    summary: 'Use an approval for the action with this hash; works once.',
    audit: 'act',
    input: ApprovalConsumption,
    output: Consumed,
    asks: ({ id }) => [{ action: 'consume', resource: `approvals:${id}` }],
    async run({ tx, now, attempt, note }, { id, hash }) {
      note({ approval: id })
      const before = await findApproval(tx, id)
      if (!before) throw new Problem('not_found')
      const stopped = before.agents.some((agent) => ground.agents.standing(agent) !== 'active')
      const dead = stopped || ground.revocations.dead(before.links, before.position)
      const right = before.hash === hash
      const used = dead || !right ? 'not_usable' : await useYes(ground, tx, { row: before, hash, by: attempt, now })
      if (used !== 'used') {
        const ended = dead || used === 'taken_back'
        const reason = !right ? 'hash_differs' : ended ? 'cancelled' : statusOf(before, now)
        throw new Problem('conflict', { detail: `This approval cannot be used: ${reason}.`, extensions: { reason } })
      }
      // Whoever uses it does the act; how that ends is theirs to record.
      await settle(tx, id, 'done')
      return { id, status: 'consumed' as const, consumed_at: new Date(now).toISOString() }
    },
  })
