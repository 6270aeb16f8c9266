// Dead links: killing a session, an agent, a delegation or a task kills every token that names it and is older.
import { type Clock, systemClock } from '../../kernel/clock.ts'
import type { Transaction } from '../database/index.ts'
import type { Change, Follower } from './follower.ts'
import { REVOCATION, REVOCATIONS_KEPT_SECONDS } from './log.ts'

interface RevocationTables {
  revocations: { link: string; position: number; reason: string; at: Date }
}

/** Revokes `link` (a session, user, agent, client, delegation, task or token id) as of this transaction's position. */
export const revoke = (tx: Transaction, link: string, reason: string): void =>
  tx.append({ topic: REVOCATION, key: link, body: { reason } })

export interface Revocations {
  /** Whether any of `links` was revoked after position `pos`. */
  dead(links: Iterable<string>, pos: number): boolean
}

const FORGET_EVERY = 10_000

/** Keeps revocations in memory for as long as they can matter. */
export function followRevocations(clock: Clock = systemClock): Follower & Revocations {
  let links = new Map<string, { position: number; at: number }>()
  let applied = 0
  const forgetOld = () => {
    const before = clock.now() - REVOCATIONS_KEPT_SECONDS * 1000
    for (const [link, { at }] of links) if (at < before) links.delete(link)
  }
  return {
    topics: [REVOCATION],
    async load(tx) {
      const rows = await tx
        .sql<RevocationTables>()
        .selectFrom('revocations')
        .select(['link', 'position', 'at'])
        .execute()
      return () => {
        links = new Map(rows.map(({ link, position, at }) => [link, { position, at: at.getTime() }]))
      }
    },
    apply({ key, position }: Change) {
      links.set(key, { position, at: clock.now() })
      applied += 1
      if (applied % FORGET_EVERY === 0) forgetOld()
    },
    dead(asked, pos) {
      for (const link of asked) if ((links.get(link)?.position ?? 0) > pos) return true
      return false
    },
  }
}
