// The audit log, filtered and a page at a time.
import { type AuditFilter, auditPage, idsIn, isLooking, type Page, told } from '@mandate/console'
import type { AuditEvents } from '@mandate/contract'
import type { z } from 'zod'
import { orAgain } from '../again.ts'
import type { PageRoute } from '../mount.ts'
import { namesOf } from '../names.ts'
import type { Visit } from '../visit.ts'

const FILTERS = ['agent', 'user', 'task', 'action', 'outcome'] as const
const SHOWN = 50
/** Read at a time, and how often at most, until there is a page of what is shown. */
const READ = 200
const MOST_READS = 5

type Listed = z.infer<typeof AuditEvents>

// An empty field of a form means that it does not filter.
const fieldsOf = ({ query }: Visit, names: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = query[name]?.trim() ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )

async function listed(visit: Visit): Promise<Listed> {
  const filter = fieldsOf(visit, FILTERS)
  const looking = visit.query.looking === 'shown'
  let cursor = visit.query.cursor
  let found: Listed['items'] = []
  for (let reads = 0; reads < MOST_READS; reads++) {
    const input = { ...filter, limit: READ, ...(cursor !== undefined && { cursor }) }
    const { items, next_cursor } = await visit.do<Listed>('audit.list-events', input)
    found = told([...found, ...items.filter((event) => looking || !isLooking(event))])
    const last = found[SHOWN - 1]
    if (last && (found.length > SHOWN || next_cursor !== null))
      return { items: found.slice(0, SHOWN), next_cursor: last.id }
    if (next_cursor === null) return { items: found, next_cursor }
    cursor = next_cursor
  }
  return { items: found, next_cursor: cursor ?? null }
}

async function page(visit: Visit, { items, next_cursor }: Listed, refusal?: string): Promise<Page> {
  const filter: AuditFilter = fieldsOf(visit, [...FILTERS, 'looking'])
  return auditPage({
    ...{ filter, events: items, next: next_cursor, issuer: visit.issuer, now: visit.now },
    names: await namesOf(visit, idsIn(items), ['agt_', 'usr_']),
    ...(refusal !== undefined && { refusal }),
  })
}

export const auditRoutes: readonly PageRoute[] = [
  {
    method: 'GET',
    path: '/audit',
    guard: 'audit.list-events',
    view: (visit) =>
      orAgain(
        async () => page(visit, await listed(visit)),
        (refusal) => page(visit, { items: [], next_cursor: null }, refusal),
      ),
  },
]
