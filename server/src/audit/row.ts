// An entry on its way into the database: the text that is hashed, and what it can be found by.

import { canonical } from '../kernel/canonical.ts'
import type { EventId } from '../kernel/ids.ts'
import { bounded } from './bounded.ts'
import type { Entry } from './entry.ts'

export interface EventRow {
  id: EventId
  at: string
  entry: string
  kind: Entry['kind']
  operation: string
  sub: string | null
  agents: readonly string[]
  user_id: string | null
  client: string | null
  session: string | null
  task: string | null
  delegation: string | null
  actions: readonly string[]
  resources: readonly string[]
  outcome: string | null
  approval: string | null
  correlation: string | null
}

export function rowOf(given: Entry): EventRow {
  const entry = bounded(given)
  const { principal, questions = [] } = entry
  const resources = [...new Set(questions.map(({ resource }) => resource))]
  return {
    id: entry.id as EventId,
    at: entry.at,
    entry: canonical(entry),
    kind: entry.kind,
    operation: entry.operation,
    sub: principal?.sub ?? null,
    agents: [...new Set([...(principal?.act ?? []), ...(principal?.kind === 'agent' ? [principal.sub] : [])])],
    user_id: principal?.kind === 'user' ? principal.sub : null,
    client: principal?.client_id ?? null,
    session: principal?.sid ?? null,
    task: principal?.txn ?? null,
    delegation: principal?.del ?? null,
    actions: [...new Set(questions.map(({ action }) => action))],
    resources,
    outcome: entry.outcome ?? null,
    approval: approvalOf(entry, resources),
    correlation: entry.correlation ?? null,
  }
}

// A held call names its approval in its facts; the answer to an approval has it as its resource.
function approvalOf({ facts }: Entry, resources: readonly string[]): string | null {
  if (typeof facts?.approval === 'string') return facts.approval
  return resources.find((resource) => resource.startsWith('approval:'))?.slice('approval:'.length) ?? null
}
