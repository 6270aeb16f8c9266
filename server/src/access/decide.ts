// One question, three answers: the strictest of every agent's managed connection in the chain.
import type { Mode } from '@mandate/contract'
import type { Agents } from '../agents/index.ts'
import { type Connections, effectOf, LISTING } from '../connections/index.ts'
import type { People } from '../directory/index.ts'
import { type Decision, deny, permit, type Question, strictest } from '../kernel/decision.ts'
import { type Id, isId } from '../kernel/ids.ts'
import { agentOf, type Principal, userOf } from '../kernel/principal.ts'
import { belowAsking } from './asked.ts'
import { decideManagement, decideOwn, isInPerson, reaches, scopeFor } from './management.ts'
import { grantsAnything, type ManagedConnections, modeOf } from './model.ts'

export interface Deciding {
  people: People
  agents: Agents
  connections: Connections
  managed: ManagedConnections
  /** Throws `unavailable` when what is held in memory may be too old. */
  assertFresh(): void
  now(): number
}

export type Decide = (principal: Principal, question: Question) => Decision

export function decider(given: Deciding): Decide {
  return (principal, question) => {
    given.assertFresh()
    const [word, id] = splitResource(question.resource)
    if (word === 'connection' && isId('connection', id))
      return decideUse(given, principal, { id, action: question.action, context: question.context })
    if (word === 'self') return decideOwn(principal, question)
    // Invariant 6. A token is not enough, not even the command line's: an agent on the person's machine can come by it.
    if (word === 'approval') return isInPerson(principal) ? permit : deny('only_a_person_in_their_own_session')
    if (stopsOwn(given.agents, principal, question)) return permit
    return decideManagement(given.people, principal, question)
  }
}

/** The client of the command line, as its tokens name it. */
const COMMAND_LINE: string = 'mandate-cli'

// Stopping is for people, here or on their command line; no other program does it in their name.
const mayStop = (principal: Principal, question: Question): boolean =>
  isInPerson(principal) ||
  (principal.client === COMMAND_LINE && principal.act.length === 0 && reaches(principal, scopeFor(question)))

// Who answers for an agent may stop it, whatever else they may do here.
function stopsOwn(agents: Agents, principal: Principal, question: Question): boolean {
  const { action, resource } = question
  if (!STOPPING.has(action)) return false
  const [, id = ''] = /^(?:agent|logout:agent):(agt_.+)$/.exec(resource) ?? []
  const user = userOf(principal)
  if (!isId('agent', id) || user === undefined || !mayStop(principal, question)) return false
  return agents.accountable(id).includes(user)
}

const STOPPING: ReadonlySet<string> = new Set(['suspend', 'log-out'])

function splitResource(resource: string): [string, string] {
  const colon = resource.indexOf(':')
  return colon < 0 ? [resource, ''] : [resource.slice(0, colon), resource.slice(colon + 1)]
}

const DECISIONS: Readonly<Record<Mode, (action: string) => Decision>> = {
  auto: () => permit,
  approval: (action) => ({ answer: 'ask', policies: ['managed-connection'], reasons: [`approval:${action}`] }),
  never: (action) => deny(`never:${action}`),
}

function decideUse(
  given: Deciding,
  principal: Principal,
  { id, action, context }: { id: Id<'connection'>; action: string; context?: Question['context'] },
): Decision {
  const connection = given.connections.byId(id)
  if (!connection) return deny('not_found')
  if (!agentOf(principal)) return deny('no_agent')
  if (connection.held) return deny('connection_on_hold')
  // Every agent of the chain, not only the one acting now: nobody may do through another what is closed to it.
  return strictest(
    principal.act.map(({ sub }) => {
      const standing = given.agents.standing(sub)
      if (standing !== 'active') return deny(`agent_${standing}`)
      const terms = given.managed.terms(sub, id)
      if (action === LISTING) return grantsAnything(terms, given.now()) ? permit : deny('nothing_granted')
      const said = modeOf(terms, action, given.now())
      const mode = said === 'approval' && belowAsking(terms, context) ? 'auto' : said
      // Irreversible without a written reason cannot be auto, however the declaration changed since it was granted.
      if (mode === 'auto' && !terms?.reason && effectOf(connection, action) === 'irreversible')
        return deny(`irreversible_without_reason:${action}`)
      return DECISIONS[mode](action)
    }),
  )
}
