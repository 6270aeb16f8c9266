// Dead links: killing a session, an agent, a delegation or a task kills every token that names it and is older.
import type { Transaction } from '../database/index.ts'
import type { Change, Follower } from './follower.ts'
import { REVOCATION } from './log.ts'

interface RevocationTables {
  revocations: { link: string; position: number; reason: string }
}

/** Revokes `link` (a session, user, agent, client, delegation, task or token id) as of this transaction's position. */
export const revoke = (tx: Transaction, link: string, reason: string): void =>
  tx.append({ topic: REVOCATION, key: link, body: { reason } })

export interface Revocations {
  /** Whether any of `links` was revoked after position `pos`. */
  dead(links: Iterable<string>, pos: number): boolean
}

/** Keeps all revocations in memory. */
export function followRevocations(): Follower & Revocations {
  let positions = new Map<string, number>()
  return {
    topics: [REVOCATION],
    async load(tx) {
      const rows = await tx.sql<RevocationTables>().selectFrom('revocations').select(['link', 'position']).execute()
      return () => {
        positions = new Map(rows.map(({ link, position }) => [link, position]))
      }
    },
    apply({ key, position }: Change) {
      positions.set(key, position)
    },
    dead(links, pos) {
      for (const link of links) if ((positions.get(link) ?? 0) > pos) return true
      return false
    },
  }
}
