// Requests of other rooms: made with a handle that their client polls with, or found again by the same question.
import { Problem } from '../kernel/problem.ts'
import { contentsOf } from './body.ts'
import type { ApprovalGround } from './ground.ts'
import { type ApprovalTermsOf, hashHandle, madeUnder, type Row, statusOf } from './model.ts'
import { type NewRequest, openRequest, prepare } from './requests.ts'
import { yesStands } from './standing.ts'
import { findByHandle, notePoll, settle } from './store.ts'
import { useYes } from './using.ts'

/** A yes that may be used now. */
export interface Usable {
  id: Row['id']
  row: Row
  /** The exact action that was shown, as it was made. */
  action: Record<string, unknown>
  /** Whether it asked those who must be asked by now. */
  under(terms: ApprovalTermsOf): boolean
  /** True once: then the act is to be done. `by`: the attempt it is used for. */
  use(by: string): Promise<boolean>
}

export type State =
  | { state: 'unknown' | 'denied' | 'expired' | 'cancelled' | 'used' }
  | { state: 'pending' | 'slow_down'; interval: number }
  | { state: 'approved'; usable: Usable }

export interface Requesting {
  /** Makes a request, or finds the open one for the same question. Throws `rate_limited`, or `forbidden` after a no. */
  open(request: NewRequest): Promise<Row>
  /** How a request stands. */
  stateOf(row: Row): Promise<State>
  /** How the request of that handle stands, for the client that made it; notes the poll. */
  poll(asked: { handle: string; client: string }): Promise<State>
}

export function requesting(ground: ApprovalGround): Requesting {
  async function usable(row: Row): Promise<Usable | undefined> {
    const contents = await contentsOf(ground, row)
    if (!contents || !(await ground.database.transaction((tx) => yesStands(ground, tx, row)))) return undefined
    return {
      ...{ id: row.id, row, action: JSON.parse(contents.action) },
      under: (terms) => madeUnder(row, terms),
      use: (by) =>
        ground.database.transaction(async (tx) => {
          const used = (await useYes(ground, tx, { row, hash: row.hash, by, now: ground.now() })) === 'used'
          // What it releases is made in this process in the next moment, or not at all: a token nobody got opens nothing.
          if (used) await settle(tx, row.id, 'done')
          return used
        }),
    }
  }

  async function stateOf(row: Row): Promise<State> {
    const now = ground.now()
    const status = statusOf(row, now)
    if (status === 'consumed') return { state: 'used' }
    if (status === 'denied' || status === 'expired' || status === 'cancelled') return { state: status }
    if (ground.revocations.dead(row.links, row.position)) return { state: 'cancelled' }
    const resting = row.not_before !== null && row.not_before.getTime() > now
    if (status === 'approved' && !resting) {
      const may = await usable(row)
      return may ? { state: 'approved', usable: may } : { state: 'cancelled' }
    }
    return { state: 'pending', interval: row.poll_interval }
  }

  return {
    stateOf,
    open: (request) => openRequest(ground, prepare(request)),
    async poll({ handle, client }) {
      const { row, poll } = await ground.database.transaction(async (tx) => {
        const row = await findByHandle(tx, hashHandle(handle))
        if (!row || row.client !== client) return { row: undefined, poll: undefined }
        return { row, poll: await notePoll(tx, row.id, new Date(ground.now())) }
      })
      if (!row || !poll) return { state: 'unknown' }
      const state = await stateOf(row)
      if (state.state !== 'pending') return state
      return { state: poll.inTime ? 'pending' : 'slow_down', interval: poll.interval }
    },
  }
}

/** Whether `error` says that the person, or the limit on asking, refused; with its words. */
export const refusalOf = (error: unknown): { code: 'denied' | 'too_many'; detail: string } | undefined => {
  if (!(error instanceof Problem)) return undefined
  if (error.code === 'rate_limited') return { code: 'too_many', detail: error.message }
  return error.code === 'forbidden' ? { code: 'denied', detail: error.message } : undefined
}
