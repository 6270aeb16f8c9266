// Which records the person behind a call may see; asked in one batch per type and relation.
import { selectAll } from '../../connections/index.ts'
import { type Principal, userOf } from '../../kernel/principal.ts'
import type { Visible } from '../../relationships/index.ts'
import type { Kind } from './declared.ts'

export interface Sight {
  /** Remembers that this record will be asked about. False when it has no readable id. */
  meet(kind: Kind, record: unknown): boolean
  /** Whether a record that was met may be seen. */
  sees(kind: Kind, record: unknown): boolean
}

/** An agent on its own business sees no declared records: they are people's. */
export function sightOf(principal: Principal, visible: Visible): Sight {
  const user = userOf(principal)
  const met = new Map<string, { kind: Kind; ids: Set<string>; seen: Set<string> | undefined }>()
  return {
    meet(kind, record) {
      const id = idOf(kind, record)
      if (id === undefined) return false
      const key = JSON.stringify([kind.type, kind.relation])
      const group = met.get(key)
      if (group) group.ids.add(id)
      else met.set(key, { kind, ids: new Set([id]), seen: undefined })
      return true
    },
    sees(kind, record) {
      const id = idOf(kind, record)
      const group = met.get(JSON.stringify([kind.type, kind.relation]))
      if (id === undefined || !group || user === undefined) return false
      if (!group.seen) {
        const ids = [...group.ids]
        const answers = visible({ user: `user:${user}`, relation: kind.relation, type: kind.type, ids })
        group.seen = new Set(ids.filter((_, index) => answers[index] === true))
      }
      return group.seen.has(id)
    },
  }
}

function idOf(kind: Kind, record: unknown): string | undefined {
  const found = selectAll(record, kind.id)
  const id = found?.length === 1 ? found[0] : undefined
  if (typeof id === 'string') return id === '' ? undefined : id
  // Beyond 2^53 two records share one number: it names neither.
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined
}
