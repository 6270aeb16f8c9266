// What was tried, by whom for whom, and how it ended.
import { type AuditEvent, AuditEvents, AuditQuery, page } from '@mandate/contract'
import { newId } from '../../kernel/ids.ts'
import { operation } from '../../pipeline/index.ts'
import { listEvents } from '../store.ts'

export const readEvents = operation({
  id: 'audit.list-events',
  summary: 'List audit events, newest first.',
  audit: 'read',
  input: AuditQuery,
  output: AuditEvents,
  asks: () => [{ action: 'read', resource: 'audit' }],
  async run({ tx, note }, { cursor, from, to, ...filter }) {
    const rows = await listEvents(tx, {
      ...filter,
      ...(from !== undefined && { from: new Date(from), since: timePart(from) }),
      ...(to !== undefined && { to: new Date(to), before: timePart(to) }),
      ...(cursor !== undefined && { cursor }),
    })
    const events = rows.map(({ id, entry, leaf_index }) => ({ ...(JSON.parse(entry) as AuditEvent), id, leaf_index }))
    const listed = page(events, filter.limit)
    note({ records: listed.items.length })
    return listed
  },
})

/** `evt_` and the ten characters of the time: what the ids of that millisecond begin with. */
const timePart = (time: string): string => newId('event', Math.max(0, Date.parse(time))).slice(0, 14)
