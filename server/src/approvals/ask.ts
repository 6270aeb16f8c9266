// A held call: it finds its yes, or asks for one and waits; the yes is used once, right before the act.

import { Problem } from '../kernel/problem.ts'
import type { Asking, Release } from '../pipeline/index.ts'
import type { ApprovalGround } from './ground.ts'
import { type ApprovalTermsOf, type Row, statusOf } from './model.ts'
import { openRequest, type Prepared, pending, prepare, saidNo } from './requests.ts'
import { consumeApproval, findApproval, settle } from './store.ts'

/** Who must be asked, and for how long; filled by whoever knows the terms of every agent in the chain. */
export type TermsOf = (asking: Asking) => ApprovalTermsOf

const TELL_EVERY_MS = 5_000

export const asker =
  (ground: ApprovalGround, termsOf: TermsOf) =>
  async (asking: Asking): Promise<Release> => {
    const { action, principal, attempt } = asking
    const { connection, target, effect, context, request, message } = action
    const prepared = prepare({
      ...{ kind: 'gateway_call' as const, principal, attempt, effect, context, message, connection, target },
      action: action.action,
      exact: { kind: 'gateway_call', connection, host: target.host, ...request },
      shown: action.arguments,
      terms: termsOf(asking),
    })
    const row = await openRequest(ground, prepared)
    return (await useNow(ground, asking, { row, prepared })) ?? waitFor(ground, asking, { row, prepared })
  }

interface Asked {
  row: Row
  prepared: Prepared
}

/** The yes, used; undefined while there is none. Throws when there will be none. */
async function useNow(ground: ApprovalGround, asking: Asking, { row, prepared }: Asked): Promise<Release | undefined> {
  const now = ground.now()
  const status = statusOf(row, now)
  if (status === 'denied') throw saidNo(row.id)
  if (status === 'consumed') throw usedByAnother(ground, row)
  if (status === 'expired')
    throw pending(ground.issuer, row, 'Nobody answered in time. Ask again if it is still wanted.')
  if (status === 'cancelled' || ground.revocations.dead(row.links, row.position)) throw ended()
  if (status !== 'approved' || (row.not_before && row.not_before.getTime() > now)) return undefined
  // What was permitted with a yes may have been closed since: then the yes is not used up.
  if (!asking.allowed()) throw new Problem('forbidden', { extensions: { reasons: ['not_permitted_any_more'] } })
  const by = asking.attempt
  const used = await ground.database.transaction((tx) =>
    consumeApproval(tx, { id: row.id, hash: prepared.hash, by, now: new Date(now) }),
  )
  if (!used) throw usedByAnother(ground, row)
  return {
    approval: row.id,
    ended: (outcome) =>
      ground.database.transaction((tx) =>
        settle(tx, row.id, outcome === 'done' || outcome === 'failed' || outcome === 'unknown' ? outcome : 'refused'),
      ),
  }
}

async function waitFor(ground: ApprovalGround, asking: Asking, { row, prepared }: Asked): Promise<Release> {
  const { signal, waitMs, waiting } = asking.action
  const started = ground.now()
  const until = started + waitMs
  for (let left = waitMs; left > 0 && !signal.aborted; left = until - ground.now()) {
    const ends = [left, TELL_EVERY_MS, row.expires_at.getTime() - ground.now()]
    await ground.watching.changed(row.id, Math.max(1, Math.min(...ends)), signal)
    if (signal.aborted) break
    const now = await ground.database.transaction((tx) => findApproval(tx, row.id))
    if (!now) break
    const release = await useNow(ground, asking, { row: now, prepared })
    if (release) return release
    waiting?.(Math.round((ground.now() - started) / 1000))
  }
  if (signal.aborted && (await isOver(ground, row))) throw ended()
  throw pending(ground.issuer, row)
}

// The row is asked, not only memory: the end of access reaches a held call before it reaches the log's followers.
async function isOver({ database, revocations }: ApprovalGround, row: Row): Promise<boolean> {
  const now = await database.transaction((tx) => findApproval(tx, row.id))
  return now?.status === 'cancelled' || revocations.dead(row.links, row.position)
}

const ended = () =>
  new Problem('forbidden', {
    detail: 'Access ended while a person was asked.',
    extensions: { reasons: ['access_ended'] },
  })

const usedByAnother = ({ issuer }: ApprovalGround, row: Row): Problem =>
  pending(issuer, row, 'The yes was used by another call, or cannot be used any more. Ask again if it is still wanted.')
