// What the log says happened, joined to what is there: attempts with their ends, and objects with their records.
import type { AuditEvent } from '@mandate/contract'
import type { Api } from '../../testing/api.ts'
import { claimsOf } from '../../testing/claims.ts'
import type { Log } from '../../testing/log.ts'
import type { Shop } from '../../testing/shop.ts'

export interface Evidence {
  attempts: ReadonlyMap<string, AuditEvent>
  /** By the id of their attempt. */
  outcomes: ReadonlyMap<string, AuditEvent>
  /** Outcomes of no attempt, and second outcomes of one. */
  strays: readonly AuditEvent[]
  /** Attempts whose end nobody knows. */
  unknown: readonly AuditEvent[]
  /** How many acts of each operation were recorded as done. */
  done: Readonly<Record<string, number>>
}

export function evidenceIn({ events }: Log): Evidence {
  const attempts = new Map(events.filter(({ kind }) => kind === 'attempt').map((event) => [event.id, event]))
  const outcomes = new Map<string, AuditEvent>()
  const strays: AuditEvent[] = []
  const done: Record<string, number> = {}
  for (const event of events) {
    if (event.kind !== 'outcome') continue
    const { attempt = '' } = event
    if (!attempts.has(attempt) || outcomes.has(attempt)) strays.push(event)
    outcomes.set(attempt, event)
    if (event.outcome === 'done') done[event.operation] = (done[event.operation] ?? 0) + 1
  }
  const unknown = [...attempts.values()].filter(({ id }) => !outcomes.has(id))
  return { attempts, outcomes, strays, unknown, done }
}

/** The outcome of the call that was answered with this `X-Request-Id`, or with this token. */
export function outcomeOf(
  { outcomes }: Evidence,
  { correlation, token }: { correlation: string | null; token?: string },
): AuditEvent | undefined {
  const jti = token === undefined ? undefined : claimsOf(token).jti
  for (const outcome of outcomes.values())
    if (jti === undefined ? outcome.correlation === correlation : outcome.facts?.jti === jti) return outcome
  return undefined
}

// biome-ignore lint/suspicious/noExplicitAny: bodies are whatever the server says; tests look at them with assertions
type Body = any

export interface Kept {
  agents: ReadonlyMap<string, Body>
  connections: ReadonlyMap<string, Body>
  users: ReadonlyMap<string, Body>
  /** Tuples of each object. */
  tuples: ReadonlyMap<string, number>
}

/** Everything there is, by name. */
export async function keptIn({ admin, fga, store }: Shop): Promise<Kept> {
  const byName = (items: Body[]) => new Map(items.map((item) => [item.name, item]))
  return {
    agents: byName(await all(admin, '/api/v1/agents')),
    connections: byName(await all(admin, '/api/v1/connections')),
    users: byName(await all(admin, '/api/v1/users')),
    tuples: await tuplesOf(fga, store),
  }
}

async function all(admin: Api, path: string): Promise<Body[]> {
  const items: Body[] = []
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Body = await admin.must('GET', `${path}?limit=200${cursor === '' ? '' : `&cursor=${cursor}`}`)
    items.push(...page.items)
    cursor = page.next_cursor
  }
  return items
}

async function tuplesOf(fga: Api, store: string): Promise<Map<string, number>> {
  const counts = new Map<string, number>()
  for (let continuation_token = '', more = true; more; more = continuation_token !== '') {
    const page: Body = await fga.must('POST', `/fga/stores/${store}/read`, { page_size: 100, continuation_token })
    for (const { key } of page.tuples) counts.set(key.object, (counts.get(key.object) ?? 0) + 1)
    continuation_token = page.continuation_token
  }
  return counts
}
