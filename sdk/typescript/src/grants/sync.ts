// Keeps the grants up to date: follows the changes of the store, and lists anew for those whom they may have touched.
import type { Engine, Model } from '../engine.ts'
import { mustBePrincipal, type Principal } from '../principal.ts'
import { mustBeBound, namesOf } from '../readers.ts'
import { Refused } from '../refusals.ts'
import type { GrantsDatabase, Query } from './database.ts'

export interface Followed {
  type: string
  relation: string
}

export interface SyncGrants {
  engine: Engine
  database: GrantsDatabase
  /** What is kept; anything else is not granted here. */
  follow: readonly Followed[]
  /** People to answer for although no relation names them yet. */
  also?: readonly Principal[]
  /** Objects of one type for one subject; beyond it nothing is stored. 100,000 without it. */
  most?: number
}

export interface Synced {
  /** False when another process stored something newer meanwhile, and nothing was stored here. */
  stored: boolean
  changes: number
  /** Subjects that were listed anew. */
  subjects: number
}

interface State {
  store: string
  follows: string
  model: string
  changes_token: string
  revision: string
}

export async function syncGrants({ engine, database, follow, also = [], most = 100_000 }: SyncGrants): Promise<Synced> {
  mustBeBound(most)
  const follows = JSON.stringify(follow.map(({ type, relation }) => [type, relation]).sort())
  const held = await database.transaction(readState)
  if (held.state && held.state.store !== engine.store)
    throw new Refused('invalid', 'These tables hold the grants of another store.')
  const { changes, after } = await engine.changes(held.state?.changes_token ?? '')
  const model = await engine.modelAsked()
  for (const one of also) mustBePrincipal(one)

  const named = new Set([...also.flatMap((one) => namesOf(one, true)), ...changes.flatMap(subjectIn)])
  const added = [...named].filter((subject) => !held.subjects.has(subject))
  const same = held.state?.follows === follows && held.state.model === model.id
  const touched = same ? touchedBy(changes, model) : 'everyone'
  const everyone = [...held.subjects, ...added]
  const listed = touched === 'everyone' ? everyone : [...new Set([...touched, ...added])]

  const types = new Set(model.type_definitions.map(({ type }) => type))
  const grants = new Map<string, (Followed & { ids: string[] })[]>()
  for (const user of listed) {
    const known = types.has(user.slice(0, user.indexOf(':')))
    const lists: (Followed & { ids: string[] })[] = []
    for (const { type, relation } of follow)
      lists.push({ type, relation, ids: known ? await engine.listObjects({ user, type, relation, most }) : [] })
    grants.set(user, lists)
  }
  const stored = await database.transaction(async (query) => {
    const next = { store: engine.store, follows, model: model.id, changes_token: after }
    if (!(await claim(query, { held: held.state, next, at: held.at }))) return false
    if (held.state && held.state.follows !== follows) await query('delete from mandate_grants')
    for (const [subject, lists] of grants) await store(query, subject, lists)
    return true
  })
  return { stored, changes: changes.length, subjects: listed.length }
}

async function readState(query: Query) {
  const { rows: states } = await query(
    'select store, follows, model, changes_token, revision::text as revision from mandate_grants_state',
  )
  const { rows: subjects } = await query('select subject from mandate_grants_subjects')
  const { rows: clock } = await query('select clock_timestamp()::text as at')
  return {
    state: states[0] as State | undefined,
    subjects: new Set(subjects.map(({ subject }) => String(subject))),
    at: String(clock[0]?.at),
  }
}

interface Claim {
  held: State | undefined
  next: Omit<State, 'revision'>
  at: string
}

/** Whether nobody has stored anything since the state was read; the row stays locked until the end. */
async function claim(query: Query, { held, next, at }: Claim): Promise<boolean> {
  const values = [next.store, next.follows, next.model, next.changes_token, at]
  const { rows } = held
    ? await query(
        `update mandate_grants_state set store = $1, follows = $2, model = $3, changes_token = $4,
          synced_at = $5::timestamptz, revision = revision + 1 where revision = $6::bigint returning revision`,
        [...values, held.revision],
      )
    : await query(
        `insert into mandate_grants_state (store, follows, model, changes_token, synced_at, revision)
          values ($1, $2, $3, $4, $5::timestamptz, 1) on conflict do nothing returning revision`,
        values,
      )
  return rows.length === 1
}

async function store(query: Query, subject: string, lists: readonly (Followed & { ids: string[] })[]): Promise<void> {
  await query('insert into mandate_grants_subjects (subject) values ($1) on conflict do nothing', [subject])
  for (const { type, relation, ids } of lists) {
    await query(
      `delete from mandate_grants where subject = $1 and relation = $2 and type = $3 and object_id <> all($4::text[])`,
      [subject, relation, type, ids],
    )
    await query(
      `insert into mandate_grants (subject, relation, type, object_id)
        select $1, $2, $3, unnest($4::text[]) on conflict do nothing`,
      [subject, relation, type, ids],
    )
  }
}

type Change = Awaited<ReturnType<Engine['changes']>>['changes'][number]

/**
 * Whom the changes may have touched. A relation of one person alone touches nobody else, unless people have relations of
 * their own in the model; one of a group, of an object, or of everyone may touch anybody.
 */
function touchedBy(changes: readonly Change[], model: Model): 'everyone' | string[] {
  const leaves = new Set(
    model.type_definitions.filter(({ relations }) => Object.keys(relations ?? {}).length === 0).map(({ type }) => type),
  )
  const touched: string[] = []
  for (const { tuple_key } of changes) {
    const { user } = tuple_key
    if (!isOne(user) || !leaves.has(user.slice(0, user.indexOf(':')))) return 'everyone'
    if (isSubject(user)) touched.push(user)
  }
  return touched
}

const subjectIn = ({ tuple_key: { user } }: Change): string[] => (isSubject(user) ? [user] : [])
const isOne = (user: string): boolean => !user.includes('#') && !user.endsWith(':*')
const isSubject = (user: string): boolean => isOne(user) && /^(?:user|agent):/.test(user)
