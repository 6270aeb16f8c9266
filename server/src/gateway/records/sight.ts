// Which records the readers of an answer may see, all of them; asked together, by reader, type and relation.
import { selectAll } from '../../connections/index.ts'
import type { UserId } from '../../kernel/ids.ts'
import { type Principal, userOf } from '../../kernel/principal.ts'
import type { Visible } from '../../relationships/index.ts'
import type { Audience } from '../audience.ts'
import type { Kind } from './declaration.ts'

/** Records times readers that one call may have judged; beyond it nothing is judged, so that nothing is half judged. */
export const MOST_JUDGED = 50_000

export interface Sight {
  /** Remembers that this record will be asked about. False when it has no readable id. */
  meet(kind: Kind, record: unknown): boolean
  /** Asks about everything that was met, at one position. */
  judge(): Promise<void>
  /** Whether a record that was met, and judged since, may be seen by every reader. */
  sees(kind: Kind, record: unknown): boolean
  /** Whether more was met than is judged. */
  overwhelmed(): boolean
}

interface Met {
  kind: Kind
  /** By id, once it was asked about. */
  seen: Map<string, boolean>
  asking: Set<string>
}

/** The person behind the call reads its answer, and whoever it says will. An agent's own business has no reader. */
export function sightOf(principal: Principal, visible: Visible, audience?: Audience): Sight {
  const readers = readersOf(principal, audience)
  const met = new Map<string, Met>()
  let ids = 0
  return {
    meet(kind, record) {
      const id = idOf(kind, record)
      if (id === undefined) return false
      const key = JSON.stringify([kind.type, kind.relation])
      const group = met.get(key) ?? { kind, seen: new Map(), asking: new Set() }
      met.set(key, group)
      if (group.seen.has(id) || group.asking.has(id)) return true
      group.asking.add(id)
      ids += 1
      return true
    },
    judge: () => judge([...met.values()], readers, visible),
    sees(kind, record) {
      const id = idOf(kind, record)
      const group = met.get(JSON.stringify([kind.type, kind.relation]))
      return id !== undefined && group?.seen.get(id) === true
    },
    overwhelmed: () => ids * Math.max(readers.length, 1) > MOST_JUDGED,
  }
}

// Nobody at all, and somebody who is not known, see nothing.
function readersOf(principal: Principal, audience: Audience | undefined): readonly UserId[] {
  const user = userOf(principal)
  if (user === undefined || audience?.strangers) return []
  return [...new Set([user, ...(audience?.members ?? [])])]
}

async function judge(met: readonly Met[], readers: readonly UserId[], visible: Visible): Promise<void> {
  const asked = met.map((group) => ({ ...group, ids: [...group.asking] })).filter(({ ids }) => ids.length > 0)
  if (asked.length === 0) return
  const questions = asked.flatMap(({ kind: { type, relation }, ids }) =>
    readers.map((reader) => ({ user: `user:${reader}`, relation, type, ids })),
  )
  const answers = readers.length === 0 ? [] : await visible(...questions)
  for (const [nth, { seen, asking, ids }] of asked.entries()) {
    const own = answers.slice(nth * readers.length, (nth + 1) * readers.length)
    const whole = readers.length > 0 && own.length === readers.length
    for (const [index, id] of ids.entries()) {
      seen.set(id, whole && own.every((each) => each[index] === true))
      asking.delete(id)
    }
  }
}

function idOf(kind: Kind, record: unknown): string | undefined {
  const found = selectAll(record, kind.id)
  const id = found?.length === 1 ? found[0] : undefined
  if (typeof id === 'string') return id === '' ? undefined : id
  // Beyond 2^53 two records share one number: it names neither.
  return typeof id === 'number' && Number.isSafeInteger(id) ? String(id) : undefined
}
