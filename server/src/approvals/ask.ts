// A held call: it finds its yes, or asks for one and waits; the yes is used once, right before the act.

import { Problem } from '../kernel/problem.ts'
import type { Asking, Release } from '../pipeline/index.ts'
import type { ApprovalGround } from './ground.ts'
import { type ApprovalTermsOf, madeUnder, type Row, statusOf } from './model.ts'
import { openRequest, type Prepared, pending, prepare, saidNo } from './requests.ts'
import { findApproval, settle } from './store.ts'
import { useYes } from './using.ts'

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
    const asked: Asked = { row: await openRequest(ground, prepared), prepared, termsOf }
    return (await useNow(ground, asking, asked)) ?? waitFor(ground, asking, asked)
  }

interface Asked {
  row: Row
  prepared: Prepared
  termsOf: TermsOf
}

/** Whether what the request stands on died, or what whoever wants to use it stands on: another session, perhaps. */
const isDead = ({ revocations }: ApprovalGround, { principal }: Asking, { links, position }: Row): boolean =>
  revocations.dead(links, position) || revocations.dead(principal.links ?? [], principal.position ?? 0)

/** The yes, used; undefined while there is none. Throws when there will be none. */
async function useNow(ground: ApprovalGround, asking: Asking, asked: Asked): Promise<Release | undefined> {
  const { row, prepared, termsOf } = asked
  const now = ground.now()
  const status = statusOf(row, now)
  if (status === 'denied') throw saidNo(row.id)
  if (status === 'consumed') throw usedByAnother(ground, row)
  if (status === 'expired')
    throw pending(ground.issuer, row, 'Nobody answered in time. Ask again if it is still wanted.')
  if (status === 'cancelled' || isDead(ground, asking, row)) throw ended()
  if (status !== 'approved' || (row.not_before && row.not_before.getTime() > now)) return undefined
  // Nobody is left to do it for, and nobody would learn how it ended.
  if (asking.action.signal.aborted) throw pending(ground.issuer, row)
  if (!madeUnder(row, termsOf(asking)))
    throw pending(ground.issuer, row, 'Who must agree was changed meanwhile. Ask again if it is still wanted.')
  // What was permitted with a yes may have been closed since: then the yes is not used up.
  if (!asking.allowed()) throw new Problem('forbidden', { extensions: { reasons: ['not_permitted_any_more'] } })
  const by = asking.attempt
  const used = await ground.database.transaction((tx) => useYes(ground, tx, { row, hash: prepared.hash, by, now }))
  if (used === 'taken_back')
    throw pending(ground.issuer, row, 'The yes was taken back: the access of whoever gave it ended. Ask again.')
  if (used !== 'used') throw usedByAnother(ground, row)
  return {
    approval: row.id,
    ended: (outcome) =>
      ground.database.transaction((tx) =>
        settle(tx, row.id, outcome === 'done' || outcome === 'failed' || outcome === 'unknown' ? outcome : 'refused'),
      ),
  }
}

async function waitFor(ground: ApprovalGround, asking: Asking, asked: Asked): Promise<Release> {
  let { row } = asked
  const { signal, waitMs, waiting } = asking.action
  const started = ground.now()
  const until = started + waitMs
  for (let left = waitMs; left > 0 && !signal.aborted; left = until - ground.now()) {
    const now = ground.now()
    const rested = (row.not_before?.getTime() ?? 0) - now
    const ends = [left, TELL_EVERY_MS, row.expires_at.getTime() - now, ...(rested > 0 ? [rested] : [])]
    await ground.watching.changed(row.id, Math.max(1, Math.min(...ends)), signal)
    if (signal.aborted) break
    const { id } = row
    const found = await ground.database.transaction((tx) => findApproval(tx, id))
    if (!found) break
    row = found
    const release = await useNow(ground, asking, { ...asked, row })
    if (release) return release
    waiting?.(Math.round((ground.now() - started) / 1000))
  }
  if (signal.aborted && (isDead(ground, asking, row) || (await isCancelled(ground, row)))) throw ended()
  throw pending(ground.issuer, row)
}

// The row is asked, not only memory: the end of access reaches a held call before it reaches the log's followers.
const isCancelled = async ({ database }: ApprovalGround, { id }: Row): Promise<boolean> =>
  (await database.transaction((tx) => findApproval(tx, id)))?.status === 'cancelled'

const ended = () =>
  new Problem('forbidden', {
    detail: 'Access ended while a person was asked.',
    extensions: { reasons: ['access_ended'] },
  })

const usedByAnother = ({ issuer }: ApprovalGround, row: Row): Problem =>
  pending(issuer, row, 'The yes was used by another call, or cannot be used any more. Ask again if it is still wanted.')
