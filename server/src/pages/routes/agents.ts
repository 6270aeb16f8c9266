// Agents for those who look after them: the list, one of them, stopping it and letting it act.
import { agentPage, agentsPage, idsIn, type Page, stoppedPage, told } from '@mandate/console'
import type { Agent, AgentCredential, AuditEvents, ManagedConnection, UniversalLogout } from '@mandate/contract'
import type { z } from 'zod'
import { Problem } from '../../kernel/problem.ts'
import { orAgain } from '../again.ts'
import type { PageRoute } from '../mount.ts'
import { namesOf } from '../names.ts'
import type { Visit } from '../visit.ts'

interface Listed<T> {
  items: T[]
  next_cursor: string | null
}

const RECENT = 20

async function list(visit: Visit): Promise<Page> {
  const { cursor } = visit.query
  const { items, next_cursor } = await visit.do<Listed<Agent>>('agents.list-agents', {
    limit: 100,
    ...(cursor !== undefined && { cursor }),
  })
  const names = await namesOf(
    visit,
    items.flatMap(({ owners }) => owners),
  )
  return agentsPage({ agents: items, names, next: next_cursor })
}

async function one(visit: Visit, refusal?: string): Promise<Page> {
  const id = visit.path.id ?? ''
  const agent = await visit.do<Agent>('agents.get-agent', { id })
  const managed = await visit.may<Listed<ManagedConnection>>('access.list-managed-connections', { id })
  const credentials = await visit.may<Listed<AgentCredential>>('agents.list-credentials', { id })
  const listed = await visit.may<z.infer<typeof AuditEvents>>('audit.list-events', { agent: id, limit: 2 * RECENT })
  const events = listed && told(listed.items).slice(0, RECENT)
  const ids = [
    ...agent.owners,
    ...agent.assigned.users,
    ...agent.assigned.groups,
    ...(managed?.items.flatMap(({ target, approval }) => [target, ...groupsIn(approval?.approvers)]) ?? []),
    ...idsIn(events ?? []),
  ]
  return agentPage({
    ...{ agent, events, managed: managed?.items, credentials: credentials?.items, now: visit.now },
    names: await namesOf(visit, ids),
    mayChange: await visit.holds('agents:write'),
    ...(refusal !== undefined && { refusal, reason: visit.form.reason ?? '' }),
  })
}

const groupsIn = (approvers: NonNullable<ManagedConnection['approval']>['approvers'] = []): string[] =>
  [approvers].flat().flatMap((one) => (typeof one === 'string' ? [] : [one.group]))

async function stop(visit: Visit): Promise<Page> {
  const { path, form, now } = visit
  const { id, name } = await visit.do<Agent>('agents.suspend-agent', { id: path.id, reason: form.reason ?? '' })
  if (!visit.mounted('universal-logout.log-out')) return { location: `/agents/${id}` }
  const agent = { id, name }
  const ending = { subject: { type: 'agent', id }, reason: form.reason ?? '' }
  try {
    const logout = await visit.do<UniversalLogout>('universal-logout.log-out', ending)
    return stoppedPage({ agent, logout, now })
  } catch (error) {
    // It is stopped all the same, and whoever stopped it must not be told otherwise.
    const failure = error instanceof Problem ? error.message : 'Something went wrong on our side.'
    return stoppedPage({ agent, logout: undefined, failure, now })
  }
}

export const agentRoutes: readonly PageRoute[] = [
  { method: 'GET', path: '/agents', guard: 'agents.list-agents', view: list },
  { method: 'GET', path: '/agents/{id}', guard: 'agents.get-agent', view: (visit) => one(visit) },
  {
    ...{ method: 'POST', path: '/agents/{id}/suspend', guard: 'agents.suspend-agent' },
    view: (visit) =>
      orAgain(
        () => stop(visit),
        (refusal) => one(visit, refusal),
      ),
  },
  {
    ...{ method: 'POST', path: '/agents/{id}/activate', guard: 'agents.activate-agent' },
    view: (visit) =>
      orAgain(
        async () => {
          const { id } = await visit.do<Agent>('agents.activate-agent', { id: visit.path.id })
          return { location: `/agents/${id}` }
        },
        (refusal) => one(visit, refusal),
      ),
  },
]
