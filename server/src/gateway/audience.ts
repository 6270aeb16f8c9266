// Who will read what a call brings back: its user always, and whoever it says. Only what all of them may see is shown.
import { type GroupId, isId, type UserId } from '../kernel/ids.ts'
import { isObject } from '../kernel/json-object.ts'
import { invalid, Problem } from '../kernel/problem.ts'
import type { Declared } from './records/declaration.ts'

export interface Audience {
  members: readonly UserId[]
  /** Somebody named is nobody we know, or is no longer active: who they are cannot be judged. */
  strangers: boolean
}

/** What is asked of the directory; people and groups that are not known read as nobody. */
export interface Readers {
  active(user: UserId): boolean
  membersOf(group: GroupId): readonly UserId[]
}

export const MOST_MEMBERS = 200
/** The header of a request, and the key of `_meta` in a message of MCP. */
const HEADER = 'mandate-audience'
export const META = 'mandate/audience'

const RULE = 'must be ids of users, or of a group'

export function audienceOf(
  headers: Readonly<Record<string, unknown>>,
  { readers, meta }: { readers: Readers; meta?: unknown },
): Audience | undefined {
  const named = [...inHeader(headers), ...inMeta(meta)]
  return named.length === 0 ? undefined : judged([...new Set(named)], readers)
}

/** An answer of which nobody knows what records it holds cannot be shown to others than who may ask for it. */
export function refuseUnjudged({ said }: Declared, audience: Audience | undefined): void {
  if (audience && !said)
    throw new Problem('forbidden', {
      detail: 'No records are declared of this, so nobody can say whether everyone in the audience may see its answer.',
      extensions: { reasons: ['audience_unjudged'] },
    })
}

/** What people are shown of it, and what a yes is bound to. */
export const shownTo = (audience: Audience | undefined): { audience?: readonly UserId[] } =>
  audience ? { audience: [...audience.members].sort() } : {}

function inHeader(headers: Readonly<Record<string, unknown>>): string[] {
  refuseOtherSpelling(Object.keys(headers), HEADER)
  const given = headers[HEADER]
  if (given === undefined) return []
  return checked([given].flat().join(',').split(','), HEADER)
}

function inMeta(meta: unknown): string[] {
  if (!isObject(meta)) return []
  refuseOtherSpelling(Object.keys(meta), META)
  const given = meta[META]
  if (given === undefined) return []
  return checked(Array.isArray(given) ? given : [given], `_meta.${META}`)
}

// Whoever means to narrow must not be shown more because of a slip.
function refuseOtherSpelling(names: readonly string[], right: string): void {
  const plain = (name: string) => name.toLowerCase().replaceAll(/[^a-z]/g, '')
  const alike = names.find((name) => name !== right && plain(name).includes('mandateaudience'))
  if (alike !== undefined) throw invalid(alike, `is not known here; write it ${right}`)
}

function checked(given: readonly unknown[], field: string): string[] {
  if (given.length > MOST_MEMBERS) throw invalid(field, `must name ${MOST_MEMBERS} or fewer`)
  if (given.length === 0) throw invalid(field, `${RULE}; it names nobody`)
  return given.map((value) => {
    const id = typeof value === 'string' ? value.trim() : ''
    if (!isId('user', id) && !isId('group', id)) throw invalid(field, RULE)
    return id
  })
}

function judged(named: readonly string[], { active, membersOf }: Readers): Audience {
  const members = new Set<UserId>()
  let strangers = false
  for (const id of named) {
    if (isId('user', id)) members.add(id)
    else {
      const group = membersOf(id as GroupId)
      // A group without members, and one that does not exist, read alike.
      strangers ||= group.length === 0
      for (const member of group) members.add(member)
    }
    if (members.size > MOST_MEMBERS) throw invalid(HEADER, `must be ${MOST_MEMBERS} people or fewer`)
  }
  strangers ||= [...members].some((member) => !active(member))
  return { members: [...members], strangers }
}
