// The audit log, filtered and a page at a time.
import { type AuditFilter, auditPage, idsIn, type Page, told } from '@mandate/console'
import type { AuditEvents } from '@mandate/contract'
import type { z } from 'zod'
import { orAgain } from '../again.ts'
import type { PageRoute } from '../mount.ts'
import { namesOf } from '../names.ts'
import type { Visit } from '../visit.ts'

const FILTERS = ['agent', 'user', 'task', 'action', 'outcome'] as const
const LIMIT = 50

// An empty field of a form means that it does not filter.
const filterOf = ({ query }: Visit): AuditFilter =>
  Object.fromEntries(
    FILTERS.flatMap((name) => {
      const value = query[name]?.trim() ?? ''
      return value === '' ? [] : [[name, value]]
    }),
  )

type Listed = z.infer<typeof AuditEvents>

async function page(visit: Visit, { items, next_cursor }: Listed, refusal?: string): Promise<Page> {
  return auditPage({
    ...{ filter: filterOf(visit), events: told(items), next: next_cursor, issuer: visit.issuer, now: visit.now },
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
        async () => {
          const { cursor } = visit.query
          const input = { limit: LIMIT, ...filterOf(visit), ...(cursor !== undefined && { cursor }) }
          return page(visit, await visit.do<Listed>('audit.list-events', input))
        },
        async (refusal) => page(visit, { items: [], next_cursor: null }, refusal),
      ),
  },
]
